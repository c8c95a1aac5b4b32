import Handlebars from "handlebars";
import { Bug } from "../errors/bug.ts";
import { onceForEach } from "../text/once-for-each.ts";
import { offsetOf } from "./source-offsets.ts";

/** The one door to Handlebars: its grammar is used, its runtime is not (that knows no types, no strict arguments, no secrets). */
export type ParsedTemplate =
  | { readonly kind: "program"; readonly program: hbs.AST.Program }
  | { readonly kind: "failure"; readonly offset: number; readonly length: number; readonly message: string };

export const parseHandlebars = onceForEach(parse);

function parse(text: string): ParsedTemplate {
  try {
    return { kind: "program", program: Handlebars.parse(text) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const position = positionOf(error);
    const offset = Math.min(offsetOf(text, position.line, position.column), text.length);
    return { kind: "failure", offset, length: position.length, message: shortMessage(error) };
  }
}

interface Position {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/**
 * Handlebars' own exceptions (a block closed by another name) carry line and column. Errors of its generated parser
 * carry only text whose caret is cut to twenty characters; the lexer it leaves behind knows the token exactly.
 */
function positionOf(error: Error): Position {
  const line = numberField(error, "lineNumber");
  const column = numberField(error, "column");
  if (line !== undefined && column !== undefined) return { line, column, length: 1 };
  const token = field(field(field(field(Handlebars, "Parser"), "yy"), "lexer"), "yylloc");
  const firstLine = numberField(token, "first_line");
  const firstColumn = numberField(token, "first_column");
  if (firstLine === undefined || firstColumn === undefined)
    throw new Bug("Handlebars no longer tells where an error is");
  const sameLine = numberField(token, "last_line") === firstLine;
  const length = sameLine ? (numberField(token, "last_column") ?? firstColumn) - firstColumn : 1;
  return { line: firstLine, column: firstColumn, length: Math.max(1, length) };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function numberField(value: unknown, name: string): number | undefined {
  const found = field(value, name);
  return typeof found === "number" ? found : undefined;
}

const tokenWords: Readonly<Record<string, string>> = {
  EOF: "the text ends too early",
  OPEN_ENDBLOCK: "this block is closed here without having been opened",
  INVERSE: "this {{else}} belongs to no block",
  CLOSE: "the expression ends too early",
};

function shortMessage(error: Error): string {
  const mismatch = /^(\S+) doesn't match (\S+)/.exec(error.message);
  if (mismatch !== null) return `the block "${mismatch[1]}" is closed as "${mismatch[2]}"`;
  const got = /got '(\w+)'$/.exec(error.message)?.[1];
  if (got !== undefined) return tokenWords[got] ?? "this cannot stand here";
  if (error.message.startsWith("Lexical error")) return "this cannot stand here";
  return error.message.split("\n")[0]?.replace(/ - \d+:\d+$/, "") ?? "it cannot be read";
}
