import { join, relative, resolve } from "node:path";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { isError } from "../errors/is-error.ts";
import { ignoring } from "../lint/ignoring.ts";
import type { LintRun } from "../lint/lint.ts";
import { lintSite } from "../lint/lint-site.ts";
import { type FileSource, findRoot, openSiteFiles } from "../site/files.ts";
import { findPlaybooks } from "../site/find-playbooks.ts";
import { openLoadContext } from "../site/load-context.ts";
import { loadSettings } from "../site/load-settings.ts";
import { inOrder } from "../site/load-site.ts";
import { type RememberedFiles, rememberFiles } from "../site/remember-files.ts";
import { type CallRequest, loadCall } from "./load-call.ts";
import { openKeyring } from "./open-keyring.ts";
import { overlayFiles } from "./overlay-files.ts";

export type WholeRequest = Omit<CallRequest, "ask">;

export interface WholeCheck {
  readonly diagnostics: readonly Diagnostic[];
  /** How many files were read. */
  readonly files: number;
  readonly playbooks: readonly string[];
  source(file: string): string | undefined;
  /** All that it hangs on beside the call. */
  readonly seen: RememberedFiles;
}

/**
 * Every playbook by itself, as `lab play` would load it, then the roles that none of them uses, then what is suspicious
 * about all of it. Without playbooks: those of the site. Nothing is connected to.
 */
export async function checkWhole(request: WholeRequest): Promise<WholeCheck> {
  const { folder } = request;
  const root = findRoot(request.source, folder);
  // Shared by all playbooks, as is what was parsed with it.
  const unsealer = openKeyring({ root, wanted: "names", hide: () => {} });
  const source = rememberFiles({ ...request.source, unsealer });
  const whole = request.playbooks.length === 0;
  const read = new Set<string>();
  const { large } = source;
  const noting: FileSource = {
    ...source,
    bytes(path) {
      read.add(path);
      return source.bytes(path);
    },
    // Whose content nobody needs for a check is named by a task all the same.
    ...(large && {
      large(path: string) {
        read.add(path);
        return large(path);
      },
    }),
  };
  const own = openSiteFiles(source, root);
  const { rolesPath } = loadSettings(openLoadContext(own, new Set(), []));
  const playbooks = whole ? findPlaybooks(own) : request.playbooks;
  const texts = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  const runs: LintRun[] = [];
  const check = async (playbook: string, from: FileSource, at: string): Promise<readonly Diagnostic[]> => {
    const loaded = await loadCall({ ...request, source: from, folder: at, playbooks: [playbook], keepIgnored: true });
    for (const [file, text] of loaded.files.texts()) texts.set(file, text);
    if (loaded.seen) runs.push({ ...loaded.seen, files: loaded.files });
    return loaded.diagnostics;
  };
  for (const playbook of playbooks) diagnostics.push(...(await check(playbook, noting, whole ? root : folder)));
  if (whole) {
    const used = new Set(runs.flatMap(({ site }) => [...site.roles.values()].map((role) => role.folder)));
    const unused = rolesPath.flatMap((path) =>
      (own.list(path) ?? []).map((name) => join(path, name)).filter((role) => !used.has(role) && isRole(own, role)),
    );
    for (const role of unused) diagnostics.push(...(await checkUnused(role, root, noting, check)));
    // A site without playbooks has an inventory all the same.
    if (playbooks.length === 0 && unused.length === 0)
      diagnostics.push(...(await checkUnused(null, root, noting, check)));
    texts.delete(relative(root, standIn(root)));
  }
  const suspicious = lintSite({ whole, files: own, runs, moduleNames: request.modules.names, rolesPath, read });
  // What is wrong already is not suspicious besides.
  const wrong = new Set(diagnostics.filter(isError).map(placed));
  const all = [...diagnostics, ...suspicious.filter((diagnostic) => !wrong.has(placed(diagnostic)))];
  return {
    diagnostics: inOrder(ignoring(all, texts, { unused: whole })),
    files: texts.size,
    playbooks,
    source: (file) => texts.get(file),
    seen: source,
  };
}

function placed({ place }: Diagnostic): string {
  return place ? `${place.file}:${place.line}:${place.column}` : "";
}

/** A playbook that is not there, for what no playbook of the site uses. */
function standIn(root: string): string {
  return join(root, "playbooks", ".lab-check.yml");
}

/**
 * A role that nothing uses, as a play without parameters would use it. What such a play would have to give is not
 * missed: an undefined variable counts only where another name is so near that it is most likely meant.
 */
async function checkUnused(
  role: string | null,
  root: string,
  source: FileSource,
  check: (playbook: string, source: FileSource, folder: string) => Promise<readonly Diagnostic[]>,
): Promise<readonly Diagnostic[]> {
  const path = standIn(root);
  const name = role?.slice(role.lastIndexOf("/") + 1);
  const text = `- name: Stands in\n  hosts: all\n${name === undefined ? "" : `  roles: [${JSON.stringify(name)}]\n`}`;
  const found = await check(path, overlayFiles(source, new Map([[path, text]])), root);
  const shown = relative(root, path);
  return found.flatMap((diagnostic): readonly Diagnostic[] => {
    if (diagnostic.place?.file === shown) return [];
    if (role === null || diagnostic.code !== "undefined-variable") return [diagnostic];
    if (!diagnostic.hint?.startsWith("did you mean")) return [];
    const message = `${diagnostic.message}, unless who uses the role sets it`;
    return [{ ...diagnostic, severity: "warning", message }];
  });
}

function isRole(files: FileSource, folder: string): boolean {
  return ["tasks", "handlers", "defaults", "vars", "meta"].some(
    (part) => files.kind(resolve(folder, part)) === "folder",
  );
}
