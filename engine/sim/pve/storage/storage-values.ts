import { distinctWords, nodeList } from "../command/formats.ts";
import { parseBoolean, valueFault } from "../command/schema.ts";
import { contentList, overrideList, storagePath } from "./storage-formats.ts";
import { PROPERTIES } from "./storage-properties.ts";

/** Why a property of a storage is refused; null: it is fine, or no property of storages at all. */
export function checkProperty(name: string, value: string): string | null {
  const property = PROPERTIES[name];
  return property === undefined ? null : valueFault(property, value, name);
}

/** How the value is kept: booleans as digits, lists without doubles, folders without a slash at the end. */
export function normaliseProperty(name: string, value: string): string {
  const property = PROPERTIES[name];
  if (property?.kind === "boolean") return parseBoolean(value) ?? value;
  const format = property?.kind === "string" ? property.format : undefined;
  if (format === contentList) return distinctWords(value).join(",") || "none";
  if (format === nodeList) return distinctWords(value).join(",");
  if (format === storagePath) return value.replace(/(.)\/+$/, "$1");
  if (format === overrideList) return [...distinctWords(value)].sort().join(",");
  return value;
}
