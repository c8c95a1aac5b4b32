import { pathToFileURL } from "node:url";

/**
 * Runs a JavaScript file of the site and gives what it exports. A file of its own in what is built too: where code comes
 * from V8's cache, `import` knows nobody to ask.
 */
export function importFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  return import(pathToFileURL(path).href);
}
