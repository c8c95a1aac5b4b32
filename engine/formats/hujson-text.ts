import type { Hujson, HujsonNode, Json } from "./hujson.ts";
import { isHujsonError, parseHujson } from "./hujson.ts";

const WIDTH = 100;
/** A rule with its lists, or a map of lists. */
const DEPTH = 2;

/** A value as people write it: what fits and is not nested deep stands on one line, all else is indented by two blanks. */
export function printHujson(value: Json, indent = ""): string {
  const flat = flatText(value);
  if (flat.length + indent.length <= WIDTH && depthOf(value) <= DEPTH) return flat;
  const inner = `${indent}  `;
  if (isList(value)) {
    return `[\n${value.map((item) => `${inner}${printHujson(item, inner)},\n`).join("")}${indent}]`;
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(
      ([key, item]) => `${inner}${JSON.stringify(key)}: ${printHujson(item, inner)},\n`,
    );
    return `{\n${members.join("")}${indent}}`;
  }
  return flat;
}

/** On one line, with blanks where people put them. */
export function flatText(value: Json): string {
  if (isList(value)) return `[${value.map(flatText).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${flatText(item)}`);
    return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
  }
  return JSON.stringify(value);
}

function depthOf(value: Json): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...(isList(value) ? value : Object.values(value)).map(depthOf));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * The text with one more member (of an object; `key` is its name) or item at the end of what `path` leads to. Everything
 * else stays as it is written, comments included. Null: there is no such object or list.
 */
export function withAdded(
  parsed: Hujson,
  path: readonly string[],
  addition: { readonly key?: string; readonly value: Json },
): string | null {
  let node: HujsonNode = parsed.root;
  for (const name of path) {
    const next: HujsonNode | undefined =
      node.kind === "object" ? node.members.find(({ key }) => key === name)?.value : undefined;
    if (next === undefined) return null;
    node = next;
  }
  if (node.kind === "scalar" || (node.kind === "object") !== (addition.key !== undefined)) return null;
  const { text } = parsed;
  const children = node.kind === "object" ? node.members.map(({ value }) => value) : node.items;
  const last = children.at(-1);
  const close = node.end - 1;
  const label = addition.key === undefined ? "" : `${JSON.stringify(addition.key)}: `;
  if (last === undefined && !text.slice(node.start, node.end).includes("\n")) {
    // A list of words stays on its line.
    if (
      typeof addition.value !== "object" &&
      node.kind === "array" &&
      text.slice(node.start + 1, close).trim() === ""
    ) {
      return `${text.slice(0, node.start + 1)}${flatText(addition.value)}${text.slice(close)}`;
    }
    const outer = indentAt(text, node.start);
    const inner = `${outer}  `;
    const written = `\n${inner}${label}${printHujson(addition.value, inner)},\n${outer}`;
    return (
      text.slice(0, node.start + 1) + trimmedInside(text.slice(node.start + 1, close)) + written + text.slice(close)
    );
  }
  const oneLine = last !== undefined && !text.slice(node.start, node.end).includes("\n");
  // The comma after the last child comes right behind it: what follows (a comment of its line) stays where it is.
  const comma = last === undefined || commaAfter(parsed, last.end, close) ? "" : ",";
  const head =
    last === undefined ? text.slice(0, close) : text.slice(0, last.end) + comma + text.slice(last.end, close);
  const [, body = "", gap = ""] = /^([\s\S]*?)([ \t\r\n]*)$/.exec(head) ?? [];
  if (oneLine) {
    // A comment at the end of a list on one line can only be a block.
    return `${body} ${label}${flatText(addition.value)}${gap}${text.slice(close)}`;
  }
  const inner = last === undefined ? `${indentAt(text, close)}  ` : indentAt(text, last.start);
  return `${body}\n${inner}${label}${printHujson(addition.value, inner)},\n${indentAt(text, close)}${text.slice(close)}`;
}

function trimmedInside(text: string): string {
  return text.trim() === "" ? "" : text.trimEnd();
}

/** Whether a comma stands between the last child and the end of its container; one in a comment is none. */
function commaAfter({ text, comments }: Hujson, from: number, to: number): boolean {
  for (let offset = from; offset < to; offset += 1) {
    const comment = comments.find(({ start, end }) => start <= offset && offset < end);
    if (comment !== undefined) offset = comment.end - 1;
    else if (text[offset] === ",") return true;
  }
  return false;
}

/** The blanks that a line begins with. */
function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

/** The same for a text that is known to be well-formed: it was parsed before it was changed. */
export function parsedAgain(text: string): Hujson {
  const parsed = parseHujson(text);
  if (isHujsonError(parsed)) throw new Error(`line ${parsed.line}: ${parsed.error}`);
  return parsed;
}
