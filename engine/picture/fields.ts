import { Secret } from "../value/secret.ts";
import { Unknown } from "../value/unknown.ts";

/** Reading parameters of which nobody knows whether they are right: what is not as expected is not there. */
export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields {
  const plain = typeof value === "object" && value !== null && !Array.isArray(value);
  return plain && !(value instanceof Secret) && !(value instanceof Unknown) ? { ...value } : {};
}

export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** One line. What the run alone knows is a question mark. */
export function textOf(value: unknown): string | undefined {
  if (value instanceof Secret) return "***";
  if (value instanceof Unknown) return "?";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string") return undefined;
  const line = value.replace(/\s+/g, " ").trim();
  return line === "" ? undefined : line;
}

/** A list of words, or one word. */
export function wordsOf(value: unknown): readonly string[] {
  const items = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => textOf(item) ?? []);
}

/** The facts that are there, without the others. */
export function facts(...said: readonly (string | false | undefined)[]): readonly string[] {
  return said.filter((each): each is string => typeof each === "string" && each !== "");
}

/** `prefix value suffix`, if there is a value. */
export function fact(value: unknown, prefix = "", suffix = ""): string | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : `${prefix}${text}${suffix}`;
}
