import { dirname, join } from "node:path";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { type FileSource, openSiteFiles, type SiteFiles, yamlFile } from "../site/files.ts";
import { openLoadContext } from "../site/load-context.ts";
import { loadRole } from "../site/load-role.ts";
import { loadSettings } from "../site/load-settings.ts";
import { resolveRole } from "../site/resolve-role.ts";
import type { Role } from "../site/site.ts";
import { commandLine } from "../text/command-line.ts";

/** A role that playbooks of the site can name. */
export interface FoundRole {
  /** As playbooks name it. */
  readonly name: string;
  readonly folder: string;
  readonly from: "site" | "package" | "library";
}

interface Places {
  readonly source: FileSource;
  /** Absolute: the folder of lab.yml. */
  readonly root: string;
  readonly libraryRoles: string;
}

/** The site's own roles, those of installed packages, and those that ship with lab; a name that the site has, too, is its own. */
export function findRoles({ source, root, libraryRoles }: Places): readonly FoundRole[] {
  const files = openSiteFiles(source, root);
  const { rolesPath } = loadSettings(openLoadContext(files, new Set(), []));
  const found: FoundRole[] = [
    ...rolesPath.flatMap((folder) =>
      rolesIn(folder, files).map((name) => ({ name, folder: join(folder, name), from: "site" as const })),
    ),
    ...packages(root, files).flatMap(({ name, folder }) =>
      [join(folder, "roles"), folder].flatMap((at) =>
        rolesIn(at, files).map((role) => ({
          name: `${name}/${role}`,
          folder: join(at, role),
          from: "package" as const,
        })),
      ),
    ),
    ...rolesIn(libraryRoles, files).map((name) => ({
      name,
      folder: join(libraryRoles, name),
      from: "library" as const,
    })),
  ];
  const first = new Map<string, FoundRole>();
  for (const role of found) if (!first.has(role.name)) first.set(role.name, role);
  return [...first.values()];
}

/** A role by the name that a playbook would give it, all of it. */
export function openRole(
  name: string,
  { source, root, libraryRoles }: Places,
  moduleNames: Iterable<string>,
): { readonly role: Role | undefined; readonly diagnostics: readonly Diagnostic[]; readonly files: SiteFiles } {
  const files = openSiteFiles(source, root);
  const diagnostics: Diagnostic[] = [];
  const context = openLoadContext(files, new Set(moduleNames), diagnostics);
  const { rolesPath } = loadSettings(context);
  const place = { file: commandLine, line: 1, column: 1 };
  const folder = resolveRole({ name, place, playbookFolder: root }, { rolesPath, libraryRoles }, context);
  const role = folder === undefined ? undefined : loadRole(name, folder, root, context);
  // What is not found stands nowhere: it was said on the command line.
  return {
    role,
    files,
    diagnostics: diagnostics.map(({ place: at, ...rest }) =>
      at === place || at === undefined ? rest : { ...rest, place: at },
    ),
  };
}

/** Folders that hold tasks or say that they are a role. */
function rolesIn(folder: string, files: SiteFiles): readonly string[] {
  return (files.list(folder) ?? []).filter(
    (name) =>
      /^[A-Za-z0-9_][\w.-]*$/.test(name) &&
      ["tasks/main", "meta/main", "meta/arguments"].some(
        (path) => yamlFile(files, join(folder, name, path)) !== undefined,
      ),
  );
}

/** Every package that Node would find from the site's folder. */
function packages(folder: string, files: SiteFiles): readonly { readonly name: string; readonly folder: string }[] {
  const modules = join(folder, "node_modules");
  const here = (files.list(modules) ?? []).flatMap((name) => {
    if (name.startsWith(".")) return [];
    if (!name.startsWith("@")) return [{ name, folder: join(modules, name) }];
    return (files.list(join(modules, name)) ?? []).map((inner) => ({
      name: `${name}/${inner}`,
      folder: join(modules, name, inner),
    }));
  });
  return folder === dirname(folder) ? here : [...here, ...packages(dirname(folder), files)];
}
