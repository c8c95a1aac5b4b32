import { type Document, parseDocument, type YAMLError } from "yaml";
import { isUnclosed } from "./explain-yaml-error.ts";
import { findOpening } from "./find-opening.ts";

export interface ParsedAround {
  /** Null if too little could be made sense of. */
  readonly document: Document | null;
  /** Each with the text as it was when it was met. Offsets are those of the original. */
  readonly errors: readonly { readonly error: YAMLError; readonly text: string }[];
  /** What was left out to get on: names may be defined in it. */
  readonly lost: readonly string[];
}

/** More syntax errors than this in one file are one: it is no YAML. */
const mostErrors = 20;

/**
 * Parses a document. A syntax error makes the parser stumble over what follows, so the smallest part around it that
 * stands for itself (a task, a play, a key with what is below it) is taken out, and the rest is read again: what is
 * wrong there is told in the same run.
 */
export function parseAround(original: string): ParsedAround {
  const errors: { error: YAMLError; text: string }[] = [];
  const lost: string[] = [];
  let text = original;
  for (;;) {
    const document = parse(text);
    const first = firstError(document);
    if (first === undefined) return { document, errors, lost };
    errors.push({ error: first, text });
    const next = errors.length < mostErrors ? without(text, first) : null;
    if (next === null) return { document: null, errors, lost: [original] };
    lost.push(next.lost);
    text = next.text;
  }
}

function parse(text: string): Document {
  return parseDocument(text, {
    version: "1.2",
    schema: "core",
    prettyErrors: false,
    // Checked while converting: there `1` and `"1"` are the same key, and the place of the first one is at hand.
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: "error",
  });
}

function firstError(document: Document): YAMLError | undefined {
  return document.errors.toSorted((left, right) => left.pos[0] - right.pos[0])[0];
}

/** The text with the part blanked that an error stands in: the smallest one behind which the parser gets on. */
function without(text: string, error: YAMLError): { readonly text: string; readonly lost: string } | null {
  const lines = text.split("\n");
  const starts: number[] = [];
  let offset = 0;
  for (const line of lines) {
    starts.push(offset);
    offset += line.length + 1;
  }
  const from = isUnclosed(error) ? (findOpening(text, error.pos[0]) ?? error.pos[0]) : error.pos[0];
  const at = Math.max(
    0,
    starts.findLastIndex((start) => start <= from),
  );
  for (const [from, to] of partsAround(lines, at)) {
    const blanked = lines.map((line, index) => (index >= from && index < to ? line.replace(/[^\r]/g, " ") : line));
    const rest = blanked.join("\n");
    if (rest.trim() === "") continue;
    const next = firstError(parse(rest));
    if (next === undefined || next.pos[0] >= (starts[to] ?? text.length)) {
      return { text: rest, lost: lines.slice(from, to).join("\n") };
    }
  }
  return null;
}

/** Ranges of lines around one, smaller ones first: an item of a list if it holds no other items, else its key, then what they stand in. */
function* partsAround(lines: readonly string[], at: number): Iterable<readonly [number, number]> {
  let indent = Number.POSITIVE_INFINITY;
  let key: readonly [number, number] | undefined;
  for (let line = at; line >= 0; line -= 1) {
    const text = lines[line] ?? "";
    if (/^\s*(#.*)?$/.test(text)) continue;
    const own = indentOf(text);
    if (own >= indent) continue;
    indent = own;
    const range = [line, endOf(lines, line, own)] as const;
    if (range[1] <= at) continue;
    if (!/^\s*-(\s|$)/.test(text)) {
      key ??= range;
      // Within an item of its own the whole item goes: half a task would only be told as a second fault.
      if (own === 0) {
        yield key;
        yield range;
      }
      continue;
    }
    const holdsItems = lines.slice(line + 1, range[1]).some((inner) => /^\s*-\s/.test(inner));
    if (holdsItems && key) yield key;
    yield range;
  }
}

function endOf(lines: readonly string[], start: number, indent: number): number {
  for (let line = start + 1; line < lines.length; line += 1) {
    const text = lines[line] ?? "";
    if (/^\s*(#.*)?$/.test(text)) continue;
    // Items of a list may stand in the column of the key that holds them.
    const listBelow = indentOf(text) === indent && /^\s*-(\s|$)/.test(text) && !/^\s*-(\s|$)/.test(lines[start] ?? "");
    if (indentOf(text) <= indent && !listBelow) return line;
  }
  return lines.length;
}

function indentOf(line: string): number {
  // A tab is meant as some levels, and is a fault in itself.
  return (/^[ \t]*/.exec(line)?.[0] ?? "").replaceAll("\t", "        ").length;
}
