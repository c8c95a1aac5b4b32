import type { z } from "zod";
import { Secret } from "../value/secret.ts";
import { Unknown } from "../value/unknown.ts";
import { typeName } from "../value/value.ts";

/** What a schema has against a value, in words. The module's own words are better than any made here: zod's are known by how they begin. */
export function issueMessage(issue: z.core.$ZodIssue, value: unknown): string {
  if ((issue.code === "too_small" || issue.code === "too_big") && issue.message.startsWith("Too ")) {
    return `expected ${bound(issue)}, got ${measured(issue.origin, value)}`;
  }
  const key = issue.code === "invalid_key" ? issue.issues[0] : undefined;
  if (key !== undefined) return `a key: ${issueMessage(key, issue.path.at(-1))}`;
  if (!issue.message.startsWith("Invalid")) return issue.message;
  if (issue.code === "invalid_format" && issue.format === "regex" && issue.pattern !== undefined) {
    return `expected a text that matches ${issue.pattern}, got ${shown(value)}`;
  }
  if (issue.code === "invalid_type") {
    return `expected a ${nounOf(issue.expected)}, got ${shown(value)}`;
  }
  if (issue.code === "invalid_value") {
    return `expected ${issue.values.map((wanted) => `\`${String(wanted)}\``).join(", ")}; got ${shown(value)}`;
  }
  if (issue.code === "invalid_union") {
    const inner = issue.errors.flat();
    // A union of types: say what any of them would take. A union of forms: the deepest complaint is the nearest.
    const types = inner.filter((each) => each.code === "invalid_type" && each.path.length === 0);
    if (types.length === inner.length && types.length > 0) {
      const wanted = [...new Set(types.map((each) => (each.code === "invalid_type" ? each.expected : "")))].filter(
        (type) => type !== "Secret",
      );
      return `expected ${wanted.map(nounOf).join(" or ")}, got ${shown(value)}`;
    }
    const telling = inner.filter((each) => each.code !== "invalid_type" || each.path.length > 0);
    const deepest = telling.sort((a, b) => b.path.length - a.path.length)[0];
    if (deepest) {
      const at = deepest.path.length > 0 ? `\`${deepest.path.join(".")}\` ` : "";
      return `${at}${issueMessage(deepest, deepest.path.reduce(entryOf, value))}`;
    }
  }
  // Of a union that complains about nothing in particular zod's own words would be left.
  return issue.message.startsWith("Invalid input") ? `this does not fit: ${shown(value)}` : issue.message;
}

/** Types by the names that the manual pages have for them. */
function nounOf(type: string): string {
  const nouns: Readonly<Record<string, string>> = {
    string: "text",
    int: "whole number",
    object: "map",
    record: "map",
    array: "list",
  };
  return nouns[type] ?? type;
}

function entryOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function shown(value: unknown): string {
  if (value === null) return "nothing";
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
  if (typeof value === "number" || typeof value === "boolean") return `the ${typeof value} ${value}`;
  if (Array.isArray(value)) return "a list";
  if (value instanceof Secret || value instanceof Unknown) return `a ${typeName(value)}`;
  return "a map";
}

type Bound = Extract<z.core.$ZodIssue, { readonly code: "too_small" | "too_big" }>;
function bound(issue: Bound): string {
  const [word, limit] = issue.code === "too_small" ? ["at least", issue.minimum] : ["at most", issue.maximum];
  if (issue.origin === "string") return `${word} ${counted(limit, "character")}`;
  if (issue.origin === "array" || issue.origin === "set") return `${word} ${counted(limit, "item")}`;
  if (issue.origin === "map" || issue.origin === "record") return `${word} ${counted(limit, "entry")}`;
  return `a number of ${word} ${limit}`;
}

function counted(limit: number | bigint, noun: string): string {
  const plural = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${limit} ${Number(limit) === 1 ? noun : plural}`;
}

/** A text or list that has the wrong length is better told by its length than by its beginning. */
function measured(origin: string, value: unknown): string {
  if (value === "") return "an empty text";
  if (origin === "string" && typeof value === "string") return `one of ${value.length}`;
  if (origin === "array" && Array.isArray(value)) return value.length === 0 ? "an empty list" : `${value.length}`;
  return shown(value);
}
