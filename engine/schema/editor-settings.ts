import { tagSettings } from "./json-schema.ts";
import { type SchemaName, schemaFiles } from "./site-schemas.ts";

/** Where the schemas of a site are kept, below its folder: made by the program, and no part of what is versioned. */
export const schemaFolder = ".lab/schema";

/**
 * The settings of the YAML language server that make an editor know the language; Visual Studio Code reads them from
 * .vscode/settings.json.
 */
export function editorSettings(): Readonly<Record<string, unknown>> {
  const schemas = Object.entries(schemaFiles).map(([name, files]) => [`./${schemaPath(name as SchemaName)}`, files]);
  return { "yaml.schemas": Object.fromEntries(schemas), "yaml.customTags": tagSettings };
}

export function schemaPath(name: SchemaName): string {
  return `${schemaFolder}/${name}.json`;
}
