import type { ListNode, MapEntry, MapNode, Node } from "../value/node.ts";
import { readBlockText } from "./plain-block-text.ts";
import { afterSpaces, readInline, readKey, tagAt } from "./plain-inline.ts";
import { type PlaceOf, placeOfRange, type Source } from "./text-scalar.ts";

/** The line that is to be read next, blank ones and comments passed over. An item of a list begins a line of its own behind its dash. */
interface Line {
  readonly indent: number;
  /** Of its first character that is no space, and behind its last one. */
  readonly start: number;
  readonly end: number;
}

/** Tabs, carriage returns, what cannot be printed or read; marks of documents; directives. */
const unusual = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffd]|^(?:---|\.\.\.|%)/m;
const deepest = 50;

/**
 * YAML as most files of a site are written: maps and lists by indentation, scalars and brackets that end on their line,
 * `|` and `>`. It takes a fraction of the time of the library, which knows all of YAML and keeps what it has read for writing it
 * again. Undefined where anything else is met, above all anything wrong: then the library reads the whole text, so that
 * this need know of nothing but what is right. What it does read is what the library would.
 */
export function readPlainYaml(text: string, placeOf: PlaceOf): Node | undefined {
  if (unusual.test(text)) return undefined;
  const source: Source = { text, placeOf };
  let line: Line | undefined;
  /** Where the line behind it begins. */
  let next = 0;
  let level = 0;

  function advance(): void {
    while (next < text.length) {
      const found = text.indexOf("\n", next);
      const end = found < 0 ? text.length : found;
      const start = afterSpaces(text, next, end);
      const indent = start - next;
      next = end + 1;
      if (start === end || text[start] === "#") continue;
      line = { indent, start, end };
      return;
    }
    line = undefined;
  }

  function readBlock(from: Line): Node | undefined {
    if (level >= deepest) return undefined;
    level += 1;
    const node = isItem(from) ? readList(from) : readMap(from);
    level -= 1;
    return node;
  }

  function isItem({ start, end }: Line): boolean {
    return text[start] === "-" && (start + 1 === end || text[start + 1] === " ");
  }

  function readMap(from: Line): MapNode | undefined {
    const entries = new Map<string, MapEntry>();
    let firstEnd = from.end;
    for (let at: Line | undefined = from; at?.indent === from.indent; at = line) {
      const key = isItem(at) ? undefined : readKey(text, at.start, at.end, false);
      if (!key || entries.has(key.name)) return undefined;
      if (entries.size === 0) firstEnd = key.end;
      const value = readValue(key.end + 1, at);
      if (value === undefined) return undefined;
      entries.set(key.name, { key: key.name, keyPlace: placeOfRange(source, key.start, key.end), value });
    }
    if (line && line.indent > from.indent) return undefined;
    return { kind: "map", place: placeOf(from.start, firstEnd - from.start), entries: [...entries.values()] };
  }

  function readList(from: Line): ListNode | undefined {
    const items: Node[] = [];
    for (let at: Line | undefined = from; at?.indent === from.indent && isItem(at); at = line) {
      const start = afterSpaces(text, at.start + 1, at.end);
      const inner: Line = { indent: at.indent + start - at.start, start, end: at.end };
      if (start === at.end || text[start] === "#" || isItem(inner)) return undefined;
      const key = /[[{!|>]/.test(text[start] ?? "") ? null : readKey(text, start, at.end, false);
      if (key === undefined) return undefined;
      const item = key === null ? readOnLine(start, at) : readBlock(inner);
      if (item === undefined) return undefined;
      items.push(item);
    }
    if (line && line.indent > from.indent) return undefined;
    return { kind: "list", place: placeOf(from.start), items };
  }

  /** What stands behind a colon, or below it. */
  function readValue(behind: number, at: Line): Node | undefined {
    const start = afterSpaces(text, behind, at.end);
    if (start < at.end && text[start] !== "#") return readOnLine(start, at);
    if (start < at.end && start === behind) return undefined;
    advance();
    if (line && (line.indent > at.indent || (line.indent === at.indent && isItem(line)))) return readBlock(line);
    if (start !== behind || start < at.end) return undefined;
    const place = placeOf(behind);
    return { kind: "scalar", place, value: null, placeAt: () => place };
  }

  /** A value that begins on the line of its key or dash. */
  function readOnLine(start: number, at: Line): Node | undefined {
    const tag = tagAt(text, start);
    const own = tag === undefined ? start : afterSpaces(text, start + tag.length, at.end);
    if (text[own] === "|" || text[own] === ">") {
      const block = readBlockText(source, own, at.end, at.indent, tag);
      if (block === undefined) return undefined;
      next = block.next;
      advance();
      return line && line.indent > at.indent ? undefined : block.node;
    }
    const read = readInline(source, start, at.end, false);
    if (read === undefined) return undefined;
    const rest = afterSpaces(text, read.end, at.end);
    if (rest < at.end && (text[rest] !== "#" || text[rest - 1] !== " ")) return undefined;
    advance();
    // A line that is deeper goes on with it.
    return line && line.indent > at.indent ? undefined : read.node;
  }

  advance();
  const first = line as Line | undefined;
  if (first?.indent !== 0) return undefined;
  const whole = /[[{]/.test(text[first.start] ?? "") ? readOnLine(first.start, first) : readBlock(first);
  return line === undefined ? whole : undefined;
}
