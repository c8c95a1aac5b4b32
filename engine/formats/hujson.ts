/**
 * HuJSON: JSON with comments and trailing commas, as Tailscale keeps its policies. Positions are kept, so that a text
 * can be changed where it must and stays what it is everywhere else.
 */
export type HujsonNode = HujsonObject | HujsonArray | HujsonScalar;
interface Span {
  /** Offsets in the text; `end` is behind the last character. */
  readonly start: number;
  readonly end: number;
}
export interface HujsonObject extends Span {
  readonly kind: "object";
  readonly members: readonly HujsonMember[];
}
export interface HujsonMember {
  readonly key: string;
  readonly keyStart: number;
  readonly value: HujsonNode;
}
export interface HujsonArray extends Span {
  readonly kind: "array";
  readonly items: readonly HujsonNode[];
}
export interface HujsonScalar extends Span {
  readonly kind: "scalar";
  readonly value: null | boolean | number | string;
}
export interface HujsonComment extends Span {
  /** Without its marks; each line without blanks around it. */
  readonly text: string;
  /** What it stands in front of: `acls[2]`, `groups.group:kids`; with ` (end)`: the last in it. Empty: the whole. */
  readonly at: string;
}
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface Hujson {
  readonly text: string;
  readonly root: HujsonNode;
  readonly value: Json;
  readonly comments: readonly HujsonComment[];
}
export interface HujsonError {
  readonly error: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** More than any policy has; a hostile text must not exhaust the stack. */
const DEEPEST = 100;

class Malformed extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

export function parseHujson(text: string): Hujson | HujsonError {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { error: error.message, ...placeIn(text, error.offset) };
  }
}

export function isHujsonError(parsed: Hujson | HujsonError): parsed is HujsonError {
  return "error" in parsed;
}

/** Line and column of an offset, both from 1. */
export function placeIn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** What a tree means, its comments aside. */
export function jsonOf(node: HujsonNode): Json {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "array") return node.items.map(jsonOf);
  return Object.fromEntries(node.members.map(({ key, value }) => [key, jsonOf(value)]));
}

function read(text: string): Hujson {
  const comments: HujsonComment[] = [];
  let waiting: Omit<HujsonComment, "at">[] = [];
  let offset = text.startsWith("\uFEFF") ? 1 : 0;

  const fail = (message: string, at = offset): never => {
    throw new Malformed(message, at);
  };
  const place = (at: string): void => {
    comments.push(...waiting.map((comment) => ({ ...comment, at })));
    waiting = [];
  };
  const skip = (): void => {
    for (;;) {
      while (/[ \t\r\n]/.test(text[offset] ?? "")) offset += 1;
      if (text.startsWith("//", offset)) {
        const line = text.indexOf("\n", offset);
        comment(line < 0 ? text.length : line, 0);
      } else if (text.startsWith("/*", offset)) {
        const close = text.indexOf("*/", offset + 2);
        if (close < 0) fail("this comment is never closed: */ is missing");
        comment(close + 2, 2);
      } else return;
    }
  };
  const comment = (end: number, closing: number): void => {
    const lines = text.slice(offset + 2, end - closing).split("\n");
    waiting.push({
      start: offset,
      end,
      text: lines
        .map((line) => line.trim())
        .join("\n")
        .trim(),
    });
    offset = end;
  };

  const value = (path: string, depth: number): HujsonNode => {
    if (depth > DEEPEST) fail(`nested deeper than ${DEEPEST}`);
    const character = text[offset];
    if (character === "{") return object(path, depth);
    if (character === "[") return array(path, depth);
    return scalar();
  };
  const scalar = (): HujsonScalar => {
    const start = offset;
    if (text[offset] === '"') return { kind: "scalar", value: string(), start, end: offset };
    const [word = ""] = /^[-+.\w]+/.exec(text.slice(offset, offset + 400)) ?? [];
    if (word === "")
      fail(offset >= text.length ? "the text ends too early" : `a value is missing before ${shown(text[offset])}`);
    if (
      word !== "null" &&
      word !== "true" &&
      word !== "false" &&
      !/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(word)
    ) {
      fail(`${JSON.stringify(word)} is no value: texts stand in double quotes`);
    }
    offset += word.length;
    const known = { null: null, true: true, false: false } as const;
    const parsed = word === "null" || word === "true" || word === "false" ? known[word] : Number(word);
    return { kind: "scalar", value: parsed, start, end: offset };
  };
  const string = (): string => {
    const start = offset;
    // One character or escape after the other; a line end within a text means that its quote is missing.
    const [found] = /^"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/.exec(text.slice(offset)) ?? [];
    if (found === undefined) return fail("this text is not closed on its line, or holds an unknown escape");
    offset = start + found.length;
    return String(JSON.parse(found));
  };
  const object = (path: string, depth: number): HujsonObject => {
    const start = offset;
    const members: HujsonMember[] = [];
    const names = new Set<string>();
    offset += 1;
    for (;;) {
      skip();
      if (text[offset] === "}") break;
      if (text[offset] !== '"') {
        fail(
          offset >= text.length
            ? "the text ends too early: } is missing"
            : `expected a name in double quotes, got ${shown(text[offset])}`,
        );
      }
      const keyStart = offset;
      const key = string();
      if (names.has(key)) fail(`${JSON.stringify(key)} is there twice`, keyStart);
      names.add(key);
      const own = path === "" ? key : `${path}.${key}`;
      place(own);
      skip();
      if (text[offset] !== ":") fail(`expected : after ${JSON.stringify(key)}, got ${shown(text[offset])}`);
      offset += 1;
      skip();
      place(own);
      members.push({ key, keyStart, value: value(own, depth + 1) });
      skip();
      if (text[offset] === ",") offset += 1;
      else if (text[offset] !== "}") fail(`expected , or } after ${JSON.stringify(key)}, got ${shown(text[offset])}`);
    }
    place(`${path} (end)`);
    offset += 1;
    return { kind: "object", members, start, end: offset };
  };
  const array = (path: string, depth: number): HujsonArray => {
    const start = offset;
    const items: HujsonNode[] = [];
    offset += 1;
    for (;;) {
      skip();
      if (text[offset] === "]") break;
      const own = `${path}[${items.length}]`;
      place(own);
      items.push(value(own, depth + 1));
      skip();
      if (text[offset] === ",") offset += 1;
      else if (text[offset] !== "]") fail(`expected , or ] in the list ${path}, got ${shown(text[offset])}`);
    }
    place(`${path} (end)`);
    offset += 1;
    return { kind: "array", items, start, end: offset };
  };

  skip();
  place("");
  const root = value("", 0);
  skip();
  place(" (end)");
  if (offset < text.length) fail(`expected the end of the text, got ${shown(text[offset])}`);
  return { text, root, value: jsonOf(root), comments };
}

function shown(character: string | undefined): string {
  return character === undefined ? "the end of the text" : JSON.stringify(character);
}
