// The type of a Handlebars node is a plain string in its typings; these guards are the "check before the cast".

export const isMustache = (node: hbs.AST.Node): node is hbs.AST.MustacheStatement => node.type === "MustacheStatement";
export const isBlock = (node: hbs.AST.Node): node is hbs.AST.BlockStatement => node.type === "BlockStatement";
export const isContent = (node: hbs.AST.Node): node is hbs.AST.ContentStatement => node.type === "ContentStatement";
export const isComment = (node: hbs.AST.Node): node is hbs.AST.CommentStatement => node.type === "CommentStatement";
export const isPath = (node: hbs.AST.Node): node is hbs.AST.PathExpression => node.type === "PathExpression";
export const isCall = (node: hbs.AST.Node): node is hbs.AST.SubExpression => node.type === "SubExpression";

/** The value of a literal node, undefined for any other. */
export function literalOf(node: hbs.AST.Node): null | boolean | number | string | undefined {
  if (node.type === "NullLiteral") return null;
  if (node.type !== "StringLiteral" && node.type !== "NumberLiteral" && node.type !== "BooleanLiteral")
    return undefined;
  const value: unknown = Reflect.get(node, "value");
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : undefined;
}

/** A path of one plain name: the only ones that can name a function or a block. */
export function simpleName(node: hbs.AST.Node): string | undefined {
  if (!isPath(node) || node.data || node.depth > 0 || node.parts.length !== 1) return undefined;
  // `this.x` and `[x]`: a key, whatever functions there are.
  return node.original === node.parts[0] ? node.parts[0] : undefined;
}

/** A mustache's or sub-expression's head with its arguments. */
export interface CallNode extends hbs.AST.Node {
  readonly path: hbs.AST.PathExpression | hbs.AST.Literal;
  readonly params: hbs.AST.Expression[];
  readonly hash?: hbs.AST.Hash;
}
