import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import { nearest } from "../text/nearest.ts";
import { type FileSource, openSiteFiles, type SiteFiles } from "./files.ts";
import { findRoleCycles } from "./find-role-cycles.ts";
import { type LoadContext, openLoadContext } from "./load-context.ts";
import { loadPlaybook } from "./load-playbook.ts";
import { loadRole } from "./load-role.ts";
import { loadSettings } from "./load-settings.ts";
import { resolveRole } from "./resolve-role.ts";
import type { Role, Settings, Site } from "./site.ts";

export interface LoadSiteOptions {
  /** Absolute: the folder of lab.yml, see `findRoot`. */
  readonly root: string;
  /** As given on the command line: a path, or a name to be found in `playbooks/`. Relative to `folder`. */
  readonly playbooks: readonly string[];
  /** The current folder, absolute. Unsaid: the root. */
  readonly folder?: string;
  /** The roles that ship with lab, absolute. */
  readonly libraryRoles: string;
  readonly moduleNames: Iterable<string>;
}
export interface LoadedSite {
  /** All that could be made sense of, also when something is wrong, so that later stages can check the rest. Null only without a playbook. */
  readonly site: Site | null;
  /** Of all files together, in the order of their places. A run starts only if none is an error. */
  readonly diagnostics: readonly Diagnostic[];
  /** For excerpts, and for files and templates later on. */
  readonly files: SiteFiles;
}

/** Files → Site. */
export function loadSite(source: FileSource, options: LoadSiteOptions): LoadedSite {
  const diagnostics: Diagnostic[] = [];
  const files = openSiteFiles(source, options.root);
  const context = openLoadContext(files, new Set(options.moduleNames), diagnostics);
  const settings = loadSettings(context);
  const paths = options.playbooks.flatMap((name) => findPlaybook(name, options.folder ?? options.root, context) ?? []);
  const playbooks = [...new Set(paths)].map((path) => loadPlaybook(path, context));
  const roles = new Map<string, Role>();
  loadWantedRoles(roles, settings, options.libraryRoles, context);
  findRoleCycles(roles, context.report);
  // Who asks for no playbook wants the settings alone.
  const missing = playbooks.length === 0 && options.playbooks.length > 0;
  const site = missing ? null : { root: options.root, settings, playbooks, roles };
  return { site, diagnostics: inOrder(diagnostics), files };
}

/** Loads what is wanted until nothing more is: roles want further roles. */
export function loadWantedRoles(
  roles: Map<string, Role>,
  settings: Settings,
  libraryRoles: string,
  context: LoadContext,
): void {
  for (let request = context.wantedRoles.shift(); request !== undefined; request = context.wantedRoles.shift()) {
    const folder = resolveRole(request, { rolesPath: settings.rolesPath, libraryRoles }, context);
    if (folder === undefined) continue;
    const known = roles.get(request.name);
    if (known === undefined) roles.set(request.name, loadRole(request.name, folder, request.playbookFolder, context));
    else if (known.folder !== folder) {
      const message = `role ${request.name} is ${context.files.show(folder)} here and ${context.files.show(known.folder)} elsewhere`;
      const hint = "give one of them another name, or run the playbooks apart";
      context.report({ code: "ambiguous-role", message, place: request.place, hint });
    }
  }
}

function findPlaybook(name: string, folder: string, { files, report }: LoadContext): string | undefined {
  const candidates = isAbsolute(name) ? [name] : [resolve(folder, name), join(files.root, "playbooks", name)];
  const found = candidates.find((path) => files.kind(path) === "file");
  if (found !== undefined) return found;
  const nearby = [...new Set(candidates.map((path) => dirname(path)))].flatMap((at) =>
    (files.list(at) ?? []).filter((file) => /\.ya?ml$/.test(file)),
  );
  const bare = basename(name);
  const guess = nearby.find((file) => file.replace(/\.ya?ml$/, "") === bare) ?? nearest(bare, nearby);
  report({
    code: "missing-playbook",
    message: `there is no playbook ${name}`,
    hint:
      guess === undefined
        ? `looked for ${candidates.map(files.show).join(" and ")}`
        : `did you mean ${join(dirname(name), guess)}?`,
  });
  return undefined;
}

/** By place, each once: a file that is reached on two ways tells the same twice. */
export function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const unique = new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic]));
  return [...unique.values()].toSorted((left, right) => compare(left.place, right.place));
}

function compare(left: Place | undefined, right: Place | undefined): number {
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return left.line - right.line || left.column - right.column;
}
