import { niceBytes, niceDate, niceNumber } from "./numbers.ts";
import { isWrittenProperty, type Property, quotaProperty } from "./properties.ts";
import type { PropertySource } from "./resolve-property.ts";

/** A value as people read it; what has no value is `-` in both forms. */
export function humanValue(name: string, property: Property | undefined, value: string): string {
  if (value === "-" || value === "") return value;
  const quota = quotaProperty(name);
  if (quota !== undefined) {
    if (!quota.used && value === "0") return "none";
    return quota.objects ? niceNumber(Number(value)) : niceBytes(Number(value));
  }
  if (isWrittenProperty(name)) return niceBytes(Number(value));
  switch (property?.kind) {
    case "quota":
      return value === "0" ? "none" : niceNumber(Number(value));
    case "bytes":
      return niceBytes(Number(value));
    case "block":
      return niceNumber(Number(value));
    case "limit":
      return /^\d{1,19}$/.test(value) ? niceNumber(Number(value)) : "none";
    case "ratio":
      return `${value}x`;
    case "date":
      return niceDate(Number(value));
    default:
      return value;
  }
}

export function sourceText(source: PropertySource): string {
  switch (source.kind) {
    case "inherited":
      return `inherited from ${source.from}`;
    case "none":
      return "-";
    default:
      return source.kind;
  }
}

/** How wide a column is whatever is in it; null: as wide as what is in it. */
export function fixedWidth(name: string, property: Property | undefined): number | null {
  if (property === undefined || property.kind === "string" || name === "creation") return null;
  const heading = property.column.length;
  if (property.kind !== "index") return Math.max(heading, 5);
  return Math.max(heading, ...[...property.words.keys()].map((word) => word.length));
}
