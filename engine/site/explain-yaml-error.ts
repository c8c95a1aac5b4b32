import type { YAMLError } from "yaml";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import { findOpening } from "./find-opening.ts";

type PlaceOf = (offset: number, length?: number) => Place;

/** A syntax error in the user's words. The parser's own messages speak of tokens and indicators. */
export function explainYamlError(error: YAMLError, text: string, placeOf: PlaceOf): Diagnostic {
  const [start, end] = error.pos;
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const line = text.slice(lineStart, lineEnd(text, lineStart));
  // The parser stops behind the braces; what must be quoted is the value that begins with them.
  const brace = /^(\s*(?:- +)*(?:[\w.-]+: +)?)(\{\{.*)$/.exec(line);
  if (brace) return unquotedTemplate(placeOf, lineStart + (brace[1] ?? "").length, text);
  // The parser tells a tab in some places as the word behind it.
  const tab = /^ *\t/.exec(line);
  if (tab) return { code: "yaml-syntax", place: placeOf(lineStart + tab[0].length - 1), ...tabs };
  // Told where it was opened: where it is missed may be the end of the file.
  const opening = isUnclosed(error) ? findOpening(text, start) : undefined;
  if (opening !== undefined) {
    const what = text[opening] === "[" || text[opening] === "{" ? "bracket" : "quote";
    const place = placeOf(opening);
    return { code: "yaml-syntax", message: `this ${what} is never closed`, place, hint: closing[what] };
  }
  const deeper = error.code === "BLOCK_AS_IMPLICIT_KEY" ? deeperLine(text, start) : undefined;
  if (deeper !== undefined) {
    const message = "this line is indented further than the one above it, which has a value already";
    const hint = "entries of one map start in the same column";
    return { code: "yaml-syntax", message, place: placeOf(deeper.at, deeper.length), hint };
  }
  const { message, hint } = explain(error, line, text.slice(start, end));
  // A wrong indentation is marked by what is indented, not by the blanks.
  const blanks = start === lineStart ? (/^ */.exec(line)?.[0].length ?? 0) : 0;
  return {
    code: error.code === "MULTIPLE_DOCS" ? "several-documents" : "yaml-syntax",
    message,
    place: placeOf(Math.min(start + blanks, text.length), error.code === "MULTIPLE_DOCS" ? 3 : end - start),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** A bracket or quote that was opened, and what follows was read as if it stood inside. */
export function isUnclosed({ code, message }: YAMLError): boolean {
  return code === "MISSING_CHAR" || (code === "BAD_INDENT" && /must be sufficiently indented/.test(message));
}

const closing = {
  bracket: "close it in the line in which it was opened, or indent what follows further",
  quote: "close it, or use a block (`|`) for a text of several lines",
} as const;

/** `one: 1` and below it, further indented, `two: 2`: for YAML one text of two lines, with a colon in it. */
function deeperLine(text: string, start: number): { readonly at: number; readonly length: number } | undefined {
  const end = lineEnd(text, start);
  if (/:(\s|$)/.test(text.slice(start, end))) return undefined;
  const next = /^(\s*)([^\s:#][^:\n]*):(?:\s|$)/m.exec(text.slice(end + 1));
  if (!next) return undefined;
  return { at: end + 1 + next.index + (next[1] ?? "").length, length: (next[2] ?? "").length };
}

/** `name: {{ x }}` is a map of a map for YAML. `start` is where the braces stand. */
export function unquotedTemplate(placeOf: PlaceOf, start: number, text: string): Diagnostic {
  const value = text
    .slice(start, lineEnd(text, start))
    .replace(/\s+#.*$/, "")
    .trimEnd();
  return {
    code: "unquoted-template",
    message: "a value that begins with {{ must be in quotes: YAML takes a brace for the start of a map",
    place: placeOf(start, value.length),
    hint: `write ${value.includes('"') ? `'${value.replaceAll("'", "''")}'` : `"${value}"`}`,
  };
}

const tabs = {
  message: "a tab is used for indentation",
  hint: "YAML is indented with spaces alone; two per level are customary",
};

function explain(error: YAMLError, line: string, marked: string): { message: string; hint?: string } {
  switch (error.code) {
    case "TAB_AS_INDENT":
      return tabs;
    case "BLOCK_AS_IMPLICIT_KEY":
      return { message: "a second `: ` in one value", hint: 'put the whole value in quotes: `name: "one: two"`' };
    case "MULTIPLE_DOCS":
      return {
        message: "a second document begins here",
        hint: "a file of the site is one document: remove the `---`, or use a file of its own",
      };
    case "BAD_SCALAR_START":
      return { message: `a value cannot begin with \`${marked}\``, hint: "put the value in quotes" };
    case "MISSING_CHAR":
      return {
        message: error.message.includes("quote")
          ? "a quote that was opened before is never closed"
          : lowerFirst(error.message),
        hint: "look at the nearest quote or bracket above this place",
      };
    case "BAD_DQ_ESCAPE":
      return {
        message: `\`${line.slice(line.indexOf("\\")).slice(0, 2)}\` is no escape sequence in double quotes`,
        hint: "use single quotes for a text with backslashes",
      };
    case "BAD_INDENT":
      return /must be sufficiently indented/.test(error.message)
        ? {
            message: "a bracket that was opened before is not closed here",
            hint: "close it, or indent this line further",
          }
        : {
            message: "this line's indentation fits nothing above it",
            hint: "entries of one map or list start in the same column",
          };
    case "MULTILINE_IMPLICIT_KEY":
      return {
        message: "this text is neither a key nor a value",
        hint: "is a `:` missing behind a key, or are the quotes of a text of several lines?",
      };
    case "UNEXPECTED_TOKEN":
      return {
        message: marked.trim() === "" ? "something is missing here" : `\`${shorten(marked)}\` is not expected here`,
        hint: "check the quotes, and the indentation of this line and of the one above",
      };
    case "BAD_ALIAS":
      return {
        message: "a `*` at the start of a value refers to an anchor",
        hint: 'put a text that begins with `*` in quotes: `"*"`',
      };
    default:
      return { message: lowerFirst(error.message) };
  }
}

function shorten(text: string): string {
  const line = text.split("\n")[0] ?? "";
  return line.length > 30 ? `${line.slice(0, 29)}…` : line;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}
