import { type ASTNode, Environment, ParseError } from "@marcbachmann/cel-js";
import { onceForEach } from "../text/once-for-each.ts";

/**
 * The one door to the CEL library. Its grammar and tree are used; evaluation is ours (compile-node.ts), because a
 * value of the site may be a secret, not known yet, or a list of mixed types, and none of these has a place in the
 * library's values. Converting whole variables to its BigInts for each evaluation would cost more than evaluating.
 */
export type ParsedCel =
  | { readonly kind: "tree"; readonly tree: ASTNode }
  | { readonly kind: "failure"; readonly start: number; readonly end: number; readonly message: string };

const environment = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false });

export const parseCel = onceForEach(parse);

function parse(source: string): ParsedCel {
  try {
    return { kind: "tree", tree: environment.parse(source).ast };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const { start, end } = error.range ?? { start: 0, end: source.length };
    return { kind: "failure", start, end, message: messageOf(error) };
  }
}

export type { ASTNode };

function messageOf(error: ParseError): string {
  if (/EOF/.test(error.summary) && error.code !== "expected_token") return "the expression ends too early";
  if (error.code === "unexpected_character" || error.code === "unexpected_token") return "this cannot stand here";
  if (error.code === "reserved_identifier")
    return `${error.summary.replace("Reserved identifier: ", '"')}" is a reserved word of CEL`;
  if (error.code === "invalid_macro_argument") return "the first argument must be a new name for the item";
  const missing = /^Expected (\w+), got/.exec(error.summary)?.[1];
  if (missing !== undefined) return `${tokens[missing] ?? missing} is missing`;
  return error.summary.charAt(0).toLowerCase() + error.summary.slice(1);
}

const tokens: Readonly<Record<string, string>> = {
  RPAREN: '")"',
  RBRACKET: '"]"',
  RBRACE: '"}"',
  COLON: '":"',
  COMMA: '","',
  IDENTIFIER: "a name",
};
