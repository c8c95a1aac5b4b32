import { dirname, join, resolve } from "node:path";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Parsed } from "../value/expression.ts";
import type { SiteFiles } from "./files.ts";
import type { TaskScope } from "./find-included.ts";
import { findRoleCycles } from "./find-role-cycles.ts";
import { type LoadContext, openLoadContext } from "./load-context.ts";
import { inOrder, loadWantedRoles } from "./load-site.ts";
import { loadIncluded } from "./load-tasks.ts";
import type { Entry, Role, Site } from "./site.ts";

export interface LateOptions {
  readonly files: SiteFiles;
  readonly site: Site;
  readonly libraryRoles: string;
  readonly moduleNames: Iterable<string>;
}
/** Where an include stands, whose name is known only while the play runs. */
export interface LatePlace {
  readonly place: Place;
  readonly playbookFolder: string;
  readonly role: Role | null;
}
export interface LateLoader {
  /** The site to run: its roles grow with those that includes bring along, dependencies of theirs too. */
  readonly site: Site;
  includeTasks(name: string, at: LatePlace): Parsed<readonly Entry[]>;
  includeRole(name: string, at: LatePlace): Parsed<Role>;
}

/** Loads what dynamic includes name. What is wrong with it is told to the task that includes it. */
export function openLateLoader({ files, site: loaded, libraryRoles, moduleNames }: LateOptions): LateLoader {
  const names = new Set(moduleNames);
  const roles = new Map(loaded.roles);
  const site: Site = { ...loaded, roles };
  // Every host and every item of a loop asks again for the same file.
  const known = new Map<string, Parsed<readonly Entry[]>>();

  const loading = <T>(load: (context: LoadContext) => () => T | undefined): Parsed<T> => {
    const diagnostics: Diagnostic[] = [];
    const context = openLoadContext(files, names, diagnostics);
    const take = load(context);
    loadWantedRoles(roles, site.settings, libraryRoles, context);
    findRoleCycles(roles, context.report);
    const found = inOrder(diagnostics);
    const value = take();
    const wrong = value === undefined || found.some(({ severity }) => severity !== "warning");
    return wrong ? { ok: false, diagnostics: found } : { ok: true, value, warnings: found };
  };

  return {
    site,
    includeTasks(name, { place, playbookFolder, role }) {
      const key = [name, place.file, playbookFolder, role?.folder ?? ""].join("\0");
      const before = known.get(key);
      if (before) return before;
      const scope: TaskScope = {
        playbookFolder,
        roleTasks: role === null ? null : join(role.folder, isInHandlers(role, place, site) ? "handlers" : "tasks"),
        boundary: role?.folder ?? playbookFolder,
        files: [resolve(site.root, place.file)],
      };
      const entries = loading((context) => {
        const value = loadIncluded(name, place, scope, context);
        return () => value;
      });
      known.set(key, entries);
      return entries;
    },
    includeRole(name, { place, playbookFolder }) {
      const role = roles.get(name);
      if (role) return { ok: true, value: role };
      return loading((context) => {
        context.wantedRoles.push({ name, place, playbookFolder });
        return () => roles.get(name);
      });
    },
  };
}

/** The includes of a role's handlers look beside these. */
function isInHandlers(role: Role, { file }: Place, { root }: Site): boolean {
  return dirname(resolve(root, file)) === join(role.folder, "handlers");
}
