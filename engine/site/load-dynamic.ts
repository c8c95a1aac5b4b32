import { resolve } from "node:path";
import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Parsed } from "../value/expression.ts";
import type { SiteFiles } from "./files.ts";
import { findRoleCycles } from "./find-role-cycles.ts";
import { type LoadContext, openLoadContext } from "./load-context.ts";
import { inOrder, loadWantedRoles } from "./load-site.ts";
import { loadIncluded, type TaskScope } from "./load-tasks.ts";
import type { Entry, IncludeRole, IncludeTasks, Role, Site } from "./site.ts";

export interface DynamicOptions {
  readonly libraryRoles: string;
  readonly moduleNames: Iterable<string>;
}

/** Loads what an include names, where the name is known only while the play runs. `site` comes back with the roles it brought along. */
export interface DynamicLoader {
  tasks(
    site: Site,
    include: IncludeTasks,
    name: string,
    at: { readonly role: Role | null; readonly playbookFolder: string },
  ): Parsed<{ readonly site: Site; readonly entries: readonly Entry[] }>;
  role(
    site: Site,
    include: IncludeRole,
    name: string,
    at: { readonly playbookFolder: string },
  ): Parsed<{ readonly site: Site; readonly role: Role }>;
}

export function openDynamicLoader(files: SiteFiles, options: DynamicOptions): DynamicLoader {
  const moduleNames = new Set(options.moduleNames);
  return {
    tasks(site, include, name, { role, playbookFolder }) {
      const diagnostics: Diagnostic[] = [];
      const context = openLoadContext(files, moduleNames, diagnostics);
      const scope: TaskScope = {
        playbookFolder,
        roleTasks: role === null ? null : resolve(role.folder, "tasks"),
        boundary: role?.folder ?? site.root,
        files: [resolve(site.root, include.place.file)],
      };
      const entries = loadIncluded(name, include.file.place, scope, context);
      const roles = loadRoles(site, context);
      return outcome(diagnostics, { site: { ...site, roles }, entries });
    },
    role(site, include, name, { playbookFolder }) {
      const diagnostics: Diagnostic[] = [];
      const context = openLoadContext(files, moduleNames, diagnostics);
      context.wantedRoles.push({ name, place: include.role.place, playbookFolder });
      const roles = loadRoles(site, context);
      const role = roles.get(name);
      if (role === undefined) return { ok: false, diagnostics: inOrder(diagnostics) };
      return outcome(diagnostics, { site: { ...site, roles }, role });
    },
  };

  function loadRoles(site: Site, context: LoadContext): ReadonlyMap<string, Role> {
    const roles = new Map(site.roles);
    loadWantedRoles(roles, site.settings, options.libraryRoles, context);
    findRoleCycles(roles, context.report);
    return roles;
  }
}

function outcome<T>(diagnostics: readonly Diagnostic[], value: T): Parsed<T> {
  const found = inOrder(diagnostics);
  return found.some(({ severity }) => severity !== "warning")
    ? { ok: false, diagnostics: found }
    : { ok: true, value, warnings: found };
}
