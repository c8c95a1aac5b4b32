import type { ListNode, MapEntry, MapNode, Node, ScalarNode } from "../value/node.ts";
import { placeOfRange, placesIn, type ScalarStyle, type Source } from "./text-scalar.ts";

/** What was read, and the offset behind it. */
interface Read<T> {
  readonly node: T;
  readonly end: number;
}
export interface Key {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Implicit keys may have 1024 characters, their white space counted in. */
const longestKey = 1000;
const deepest = 50;

/**
 * A value that stands on one line, which ends at `end`: a scalar, or a list or map in brackets. Undefined: it is something
 * that `readPlainYaml` leaves to the library.
 */
export function readInline(
  source: Source,
  at: number,
  end: number,
  inside: boolean,
  level = 0,
): Read<Node> | undefined {
  const { text } = source;
  const first = text[at];
  if (first === "[" || first === "{") {
    if (level > deepest) return undefined;
    return first === "[" ? readList(source, at, end, level) : readMap(source, at, end, level);
  }
  if (first !== "!") return readScalar(source, at, end, inside, undefined);
  const tag = tagAt(text, at);
  return tag && readScalar(source, afterSpaces(text, at + tag.length, end), end, inside, tag);
}

/** The tag before a scalar, if it is one of those that make it a text. */
export function tagAt(text: string, at: number): "!expr" | "!raw" | undefined {
  if (text.startsWith("!expr ", at)) return "!expr";
  return text.startsWith("!raw ", at) ? "!raw" : undefined;
}

export function afterSpaces(text: string, at: number, end: number): number {
  let found = at;
  while (found < end && text[found] === " ") found += 1;
  return found;
}

/** The key that a line or an entry in braces begins with. Null: no colon stands behind it. */
export function readKey(text: string, at: number, end: number, inside: boolean): Key | null | undefined {
  const quoted = quotedAt(text, at, end);
  if (quoted === undefined) return undefined;
  if (quoted !== null) {
    if (text[quoted.end] !== ":") return null;
    // Only in braces the colon may stand close to what follows.
    if (!inside && quoted.end + 1 < end && text[quoted.end + 1] !== " ") return undefined;
    return checkedKey({ name: quoted.value, start: at, end: quoted.end });
  }
  if (!startsPlain(text, at, end)) return undefined;
  const stop = plainStop(text, at, end, inside);
  if (text[stop] !== ":" || stop >= end) return null;
  // What is no text is refused as a key; a number is one as it is written.
  const name = text.slice(at, stop);
  if (name.endsWith(" ") || name === "<<" || wordValue(name) !== undefined) return undefined;
  return checkedKey({ name, start: at, end: stop });
}

function checkedKey(key: Key): Key | undefined {
  return key.end - key.start > longestKey ? undefined : key;
}

/** `text` from `start` to `end` as a scalar. */
export function scalarNode(
  source: Source,
  start: number,
  end: number,
  value: ScalarNode["value"],
  style: ScalarStyle,
  tag: string | undefined,
): ScalarNode {
  const place = placeOfRange(source, start, end);
  const placeAt = placesIn(source, [start, end], place, value, style);
  return { kind: "scalar", place, ...(tag !== undefined && { tag }), value, placeAt };
}

function readScalar(
  source: Source,
  at: number,
  end: number,
  inside: boolean,
  tag: string | undefined,
): Read<ScalarNode> | undefined {
  const { text } = source;
  const quoted = quotedAt(text, at, end);
  if (quoted === undefined) return undefined;
  if (quoted !== null) {
    const node = scalarNode(source, at, quoted.end, quoted.value, quoted.style, tag);
    return { node, end: quoted.end };
  }
  if (!startsPlain(text, at, end)) return undefined;
  const stop = plainStop(text, at, end, inside);
  if (text[stop] === ":" && stop < end) return undefined;
  let last = stop;
  while (text[last - 1] === " ") last -= 1;
  const written = text.slice(at, last);
  const value = tag === undefined ? plainValue(written) : written;
  return value === undefined ? undefined : { node: scalarNode(source, at, last, value, "PLAIN", tag), end: stop };
}

function readList(source: Source, start: number, end: number, level: number): Read<ListNode> | undefined {
  const { text } = source;
  const items: Node[] = [];
  let at = afterSpaces(text, start + 1, end);
  if (text[at] !== "]") {
    for (;;) {
      const item = readInline(source, at, end, true, level + 1);
      if (item === undefined) return undefined;
      items.push(item.node);
      at = afterSpaces(text, item.end, end);
      if (at >= end || (text[at] !== "," && text[at] !== "]")) return undefined;
      if (text[at] === "]") break;
      at = afterSpaces(text, at + 1, end);
    }
  }
  if (at >= end) return undefined;
  return { node: { kind: "list", place: placeOfRange(source, start, at + 1), items }, end: at + 1 };
}

function readMap(source: Source, start: number, end: number, level: number): Read<MapNode> | undefined {
  const { text } = source;
  const entries = new Map<string, MapEntry>();
  let at = afterSpaces(text, start + 1, end);
  if (text[at] !== "}") {
    for (;;) {
      const key = readKey(text, at, end, true);
      if (!key || entries.has(key.name)) return undefined;
      const value = readInline(source, afterSpaces(text, key.end + 1, end), end, true, level + 1);
      if (value === undefined) return undefined;
      const keyPlace = placeOfRange(source, key.start, key.end);
      entries.set(key.name, { key: key.name, keyPlace, value: value.node });
      at = afterSpaces(text, value.end, end);
      if (at >= end || (text[at] !== "," && text[at] !== "}")) return undefined;
      if (text[at] === "}") break;
      at = afterSpaces(text, at + 1, end);
    }
  }
  if (at >= end) return undefined;
  const place = placeOfRange(source, start, at + 1);
  return { node: { kind: "map", place, entries: [...entries.values()] }, end: at + 1 };
}

interface Quoted {
  readonly value: string;
  readonly style: ScalarStyle;
  readonly end: number;
}

/** Null: no quotes stand here. Undefined: what they hold is left to the library. */
function quotedAt(text: string, at: number, end: number): Quoted | null | undefined {
  const quote = text[at];
  if (quote !== '"' && quote !== "'") return null;
  const pattern = quote === '"' ? /"(?:[^"\\\n]|\\[^\n])*"/y : /'(?:[^'\n]|'')*'/y;
  pattern.lastIndex = at;
  const [written] = pattern.exec(text) ?? [];
  if (written === undefined || at + written.length > end) return undefined;
  const style = quote === '"' ? "QUOTE_DOUBLE" : "QUOTE_SINGLE";
  const value = quote === '"' ? unescaped(written) : written.slice(1, -1).replaceAll("''", "'");
  return value === undefined ? undefined : { value, style, end: at + written.length };
}

/** Escapes that mean in YAML what they mean in JSON. */
function unescaped(written: string): string | undefined {
  if (!written.includes("\\")) return written.slice(1, -1);
  return /^(?:[^\\]|\\["\\/bfnrt])*$/.test(written) ? JSON.parse(written) : undefined;
}

/** Whether a text without quotes may begin here, and one that needs no second look. */
function startsPlain(text: string, at: number, end: number): boolean {
  if (at >= end) return false;
  const first = text[at] ?? "";
  if (first === "-") return /[\w/.-]/.test(text[at + 1] ?? "");
  return !"?:,[]{}#&*!|>'\"%@`=".includes(first);
}

/** Where it ends: before a comment, at a colon that makes it a key, at a bracket or comma inside of brackets; spaces before that counted in. */
function plainStop(text: string, at: number, end: number, inside: boolean): number {
  for (let index = at; index < end; index += 1) {
    const character = text[index] ?? "";
    if (character === ":") {
      const next = text[index + 1] ?? "";
      if (index + 1 === end || next === " " || (inside && ",[]{}".includes(next))) return index;
    } else if (character === "#") {
      if (text[index - 1] === " ") return index;
    } else if (inside && ",[]{}".includes(character)) return index;
  }
  return end;
}

const anyNumber =
  /^[-+]?(?:0o[0-7]+|0x[\da-fA-F]+|(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|\.(?:inf|Inf|INF))$|^\.(?:nan|NaN|NAN)$/;

/** The core schema. Undefined for numbers of which something is to be told, and for rare ones. */
function plainValue(written: string): ScalarNode["value"] | undefined {
  const word = wordValue(written);
  if (word !== undefined) return word;
  if (/^-?(?:[1-9]\d{0,14}|0(?=\.)|[1-9]\d{0,8}(?=\.))(?:\.\d{1,6})?$|^0$/.test(written)) return Number(written);
  return anyNumber.test(written) ? undefined : written;
}

function wordValue(written: string): null | boolean | undefined {
  if (/^(?:~|[Nn]ull|NULL)$/.test(written)) return null;
  if (/^(?:[Tt]rue|TRUE)$/.test(written)) return true;
  return /^(?:[Ff]alse|FALSE)$/.test(written) ? false : undefined;
}
