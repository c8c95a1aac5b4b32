import type { Unsealer } from "../value/sealed.ts";
import { placesOf } from "./places-of.ts";
import { readAnyYaml, type YamlFile } from "./read-any-yaml.ts";
import { readPlainYaml } from "./read-plain-yaml.ts";

/** The one door to YAML: a text of the site as nodes that know their places. YAML 1.2, core schema, one document. */
export function readYaml(file: string, text: string, unsealer?: Unsealer): YamlFile {
  const placeOf = placesOf(file, text);
  const plain = readPlainYaml(text, placeOf);
  return plain ? { node: plain, diagnostics: [] } : readAnyYaml(text, placeOf, unsealer);
}
