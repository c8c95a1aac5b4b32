import { styleText } from "node:util";
import { yamlText } from "../formats/yaml-text.ts";
import type { Definition, Told } from "../plan/explain-variables.ts";
import { printable } from "../text/printable.ts";
import { shorten } from "../text/shorten.ts";
import { Secret } from "../value/secret.ts";
import { Unknown } from "../value/unknown.ts";
import { isList, isMap, type Value } from "../value/value.ts";

/** How values look on the terminal and in JSON, for the commands that show variables and facts. */
export interface ValueLook {
  readonly colour: boolean;
  readonly width: number;
}

/** On one line. */
export function shortValue(told: Told, width: number): string {
  return shorten(printable(lineOf(told)), Math.max(8, width));
}

function lineOf(told: Told): string {
  if (told.kind === "value") return JSON.stringify(told.value);
  if (told.kind === "secret") return "*** (secret)";
  return told.kind === "unknown" ? `(${told.why})` : `(error: ${told.diagnostic.message})`;
}

/** In full, on lines of its own where it is more than a word. */
export function fullValue(told: Told): string {
  if (told.kind !== "value" || (!isList(told.value) && !isMap(told.value))) return printable(lineOf(told));
  return `\n${yamlOf(told.value).trimEnd().replace(/^/gm, "  ")}`;
}

export function yamlOf(value: Value): string {
  return yamlText(plainValue(value));
}

type Plain = Parameters<typeof yamlText>[0];

export function plainValue(value: Value): Plain {
  if (value instanceof Secret) return "***";
  if (value instanceof Unknown) return `(${value.why})`;
  if (isList(value)) return value.map(plainValue);
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainValue(each)]));
  return value;
}

export function placeText({ place }: Pick<Definition, "place">): string {
  return place.file === "" ? "(in the run)" : `${place.file}:${place.line}:${place.column}`;
}

/** For a program: the value, or why there is none. */
export function toldJson(told: Told): Readonly<Record<string, Plain>> {
  if (told.kind === "value") return { value: plainValue(told.value) };
  if (told.kind === "secret") return { secret: true };
  if (told.kind === "unknown") return { unknown: told.why };
  const { code, message, hint, place } = told.diagnostic;
  const where = place && { file: place.file, line: place.line, column: place.column };
  return { error: { code, message, ...(hint !== undefined && { hint }), ...(where && { place: where }) } };
}

export function paint(
  style: "bold" | "dim" | "cyan" | "red",
  text: string,
  { colour }: Pick<ValueLook, "colour">,
): string {
  return colour ? styleText(style, text, { validateStream: false }) : text;
}
