import { z } from "zod";
import type { Json } from "../formats/hujson.ts";
import { Secret } from "../value/secret.ts";
import { Unknown } from "../value/unknown.ts";
import type { Value } from "../value/value.ts";

/** A parameter of any form that goes somewhere where everybody can read it. */
export const plainData = z.custom<Json>((value) => asPlainData(value) !== undefined || holdsHole(value), {
  error: "expected plain data: it cannot hold a secret",
});

/** The value if nothing in it is secret or unknown; undefined if something is. */
export function plainValue(value: Value): Json | undefined {
  return asPlainData(value);
}

/** Before the run a template inside of it is a hole, a symbol, of which nothing can be said yet. */
function holdsHole(value: unknown): boolean {
  if (typeof value === "symbol") return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsHole);
}

function asPlainData(value: unknown): Json | undefined {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  if (Array.isArray(value)) {
    const items = value.map(asPlainData);
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  if (typeof value !== "object" || value instanceof Secret || value instanceof Unknown) return undefined;
  const entries = Object.entries(value).map(([key, each]) => [key, asPlainData(each)] as const);
  const known = entries.flatMap(([key, each]) => (each === undefined ? [] : [[key, each] as const]));
  return known.length === entries.length ? Object.fromEntries(known) : undefined;
}
