import { join, resolve } from "node:path";
import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Parsed } from "../value/expression.ts";
import type { SiteFiles } from "./files.ts";
import type { TaskScope } from "./find-included.ts";
import { findRoleCycles } from "./find-role-cycles.ts";
import { type LoadContext, openLoadContext } from "./load-context.ts";
import { inOrder, loadWantedRoles } from "./load-site.ts";
import { loadIncluded } from "./load-tasks.ts";
import type { Entry, IncludeRole, IncludeTasks, Role, Site } from "./site.ts";

export interface DynamicOptions {
  readonly libraryRoles: string;
  readonly moduleNames: Iterable<string>;
}

/** Loads what an include names, where the name is known only while the play runs. */
export interface DynamicLoader {
  /** The site to run: its map of roles grows with what includes bring along. */
  readonly site: Site;
  includeTasks(file: string, include: IncludeTasks, role: Role | null): Parsed<readonly Entry[]>;
  includeRole(name: string, include: IncludeRole): Parsed<Role>;
}

export function openDynamicLoader(files: SiteFiles, loaded: Site, options: DynamicOptions): DynamicLoader {
  const moduleNames = new Set(options.moduleNames);
  const roles = new Map(loaded.roles);
  const site: Site = { ...loaded, roles };
  const playbookFolders = [...new Set(site.playbooks.flatMap(({ plays }) => plays.map(({ folder }) => folder)))];

  /** An include does not know its play. With playbooks in several folders, the one that has what it names is meant. */
  const playbookFolder = (wanted: string): string =>
    playbookFolders.find((folder) => files.kind(join(folder, wanted)) !== undefined) ?? playbookFolders[0] ?? site.root;

  const finish = <T>(
    context: LoadContext,
    diagnostics: readonly Diagnostic[],
    value: () => T | undefined,
  ): Parsed<T> => {
    loadWantedRoles(roles, site.settings, options.libraryRoles, context);
    findRoleCycles(roles, context.report);
    const found = inOrder(diagnostics);
    const wanted = value();
    const broken = wanted === undefined || found.some(({ severity }) => severity !== "warning");
    return broken ? { ok: false, diagnostics: found } : { ok: true, value: wanted, warnings: found };
  };

  return {
    site,
    includeTasks(file, include, role) {
      const diagnostics: Diagnostic[] = [];
      const context = openLoadContext(files, moduleNames, diagnostics);
      const scope: TaskScope = {
        playbookFolder: playbookFolder(file),
        roleTasks: role === null ? null : join(role.folder, "tasks"),
        boundary: role?.folder ?? playbookFolder(file),
        files: [resolve(site.root, include.place.file)],
      };
      const entries = loadIncluded(file, include.file.place, scope, context);
      return finish(context, diagnostics, () => entries);
    },
    includeRole(name, include) {
      const diagnostics: Diagnostic[] = [];
      const context = openLoadContext(files, moduleNames, diagnostics);
      const folder = playbookFolder(join("roles", name));
      context.wantedRoles.push({ name, place: include.role.place, playbookFolder: folder });
      return finish(context, diagnostics, () => roles.get(name));
    },
  };
}
