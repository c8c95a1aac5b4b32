import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { schemaFolder, schemaPath } from "../schema/editor-settings.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import { type SchemaName, siteSchemas } from "../schema/site-schemas.ts";
import { diskFiles } from "./disk-files.ts";
import { libraryRoles } from "./library-roles.ts";
import { loadSiteModules } from "./site-modules.ts";

/** The schemas of a site, with the roles that it and the library have. */
export async function schemasOf(root: string): Promise<Readonly<Record<SchemaName, JsonSchema>>> {
  const { modules: shelf } = await loadSiteModules(root);
  const modules = await shelf.load(shelf.names);
  const folders = [join(root, "roles"), libraryRoles];
  const roles = new Set(
    folders.flatMap((folder) =>
      (diskFiles.list(folder) ?? []).filter((name) => diskFiles.kind(join(folder, name)) === "folder"),
    ),
  );
  return siteSchemas({ modules, roles: [...roles].sort() });
}

/** Writes them below the site's folder; the paths, from there. */
export async function writeSchemas(root: string): Promise<readonly string[]> {
  // As private as the rest of what runs leave there.
  mkdirSync(join(root, ".lab"), { recursive: true, mode: 0o700 });
  mkdirSync(join(root, schemaFolder), { recursive: true });
  return Object.entries(await schemasOf(root)).map(([name, schema]) => {
    const path = schemaPath(name as SchemaName);
    // Replaced whole: an editor watches these files and reads them at once.
    writeFileSync(join(root, `${path}.new`), `${JSON.stringify(schema, null, 2)}\n`);
    renameSync(join(root, `${path}.new`), join(root, path));
    return path;
  });
}
