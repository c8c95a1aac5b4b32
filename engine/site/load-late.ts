import { join } from "node:path";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Parsed } from "../value/expression.ts";
import type { SiteFiles } from "./files.ts";
import { openLoadContext } from "./load-context.ts";
import { loadWantedRoles } from "./load-site.ts";
import { loadIncluded } from "./load-tasks.ts";
import type { Entry, Role, Settings, Site } from "./site.ts";

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
  /** Folder of the file in which it stands. */
  readonly folder: string;
  readonly role: Role | null;
}
export interface LateLoader {
  includeTasks(name: string, at: LatePlace): Parsed<readonly Entry[]>;
  includeRole(name: string, at: LatePlace): Parsed<Role>;
}

/** Loads what dynamic includes name. Each is loaded once; what is wrong with it is told to the task that includes it. */
export function openLateLoader({ files, site, libraryRoles, moduleNames }: LateOptions): LateLoader {
  const names = new Set(moduleNames);
  const settings: Settings = site.settings;
  const roles = new Map(site.roles);
  const loading = <T>(load: (context: ReturnType<typeof openLoadContext>) => T | undefined): Parsed<T> => {
    const diagnostics: Diagnostic[] = [];
    const context = openLoadContext(files, names, diagnostics);
    const value = load(context);
    // Roles that the loaded tasks name in their turn.
    loadWantedRoles(roles, settings, libraryRoles, context);
    const wrong = diagnostics.some(({ severity }) => severity !== "warning");
    return wrong || value === undefined ? { ok: false, diagnostics } : { ok: true, value };
  };
  return {
    includeTasks: (name, { place, playbookFolder, folder, role }) =>
      loading((context) => {
        const scope = {
          playbookFolder,
          roleTasks: role ? join(role.folder, "tasks") : null,
          boundary: role?.folder ?? files.root,
          files: [join(folder, "include")],
        };
        return loadIncluded(name, place, scope, context);
      }),
    includeRole: (name, { place, playbookFolder }) => {
      const known = roles.get(name);
      if (known) return { ok: true, value: known };
      return loading((context) => {
        context.wantedRoles.push({ name, place, playbookFolder });
        loadWantedRoles(roles, settings, libraryRoles, context);
        return roles.get(name);
      });
    },
  };
}
