import { z } from "zod";
import type { YamlMap, YamlValue } from "../../engine/formats/yaml-text.ts";
import { Secret } from "../../engine/module/index.ts";

/** A compose file as it stands in a playbook: what YAML can say, and secrets among it. */
export type Definition = { readonly [key: string]: DefinitionValue };
export type DefinitionValue = null | boolean | number | string | Secret | readonly DefinitionValue[] | Definition;

/**
 * Values that are known only when the play runs are symbols while a playbook is checked: they pass, so that all around
 * them is checked all the same. What is said about their place is left out by the engine.
 */
export const definitionValue = z.custom<Definition>((value) => isMap(value) && fits(value, 0), {
  error: "expected a map: a compose file, with services",
});

/** As plain YAML, secrets open, and the paths at which they stood. */
export function openDefinition(definition: Definition): {
  readonly value: YamlMap;
  readonly secrets: readonly (readonly string[])[];
} {
  const secrets: (readonly string[])[] = [];
  const open = (value: DefinitionValue, path: readonly string[]): YamlValue => {
    if (value instanceof Secret) {
      secrets.push(path);
      return value.reveal();
    }
    if (isList(value)) return value.map((each, index) => open(each, [...path, String(index)]));
    if (typeof value === "symbol") return NOT_KNOWN;
    if (!isMap(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, open(each, [...path, key])]));
  };
  const value = open(definition, []);
  return { value: isYamlMap(value) ? value : {}, secrets };
}

/** Stands for a value that is not known yet: a word that no lint minds. */
const NOT_KNOWN = "unknown:yet";

function fits(value: unknown, depth: number): boolean {
  if (depth > 50) return false;
  if (value === null || ["boolean", "string", "symbol"].includes(typeof value)) return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (value instanceof Secret) return true;
  if (Array.isArray(value)) return value.every((each) => fits(each, depth + 1));
  return isMap(value) && Object.values(value).every((each) => fits(each, depth + 1));
}

function isMap(value: unknown): value is Definition {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Secret) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
function isList(value: DefinitionValue): value is readonly DefinitionValue[] {
  return Array.isArray(value);
}
function isYamlMap(value: YamlValue): value is YamlMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
