import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { VariableUse } from "../value/expression.ts";
import type { Scope } from "../value/scope.ts";
import type { CelValue } from "./cel-value.ts";
import type { ASTNode } from "./parse-cel.ts";

/** Where the expression stands in the site: its offsets made places of a file. */
export interface SourcePlace {
  readonly place: Place;
  placeAt(offset: number, length?: number): Place;
}

/** What one evaluation sees: the variables, and the names bound by `map`, `filter`, `exists` and their like. */
export interface Environment {
  readonly scope: Scope;
  readonly bound?: { readonly name: string; readonly value: CelValue; readonly outer: Environment };
}
export type Evaluate = (environment: Environment) => CelValue;
/** Like Evaluate, but undefined where a variable or key is not there. */
export type EvaluateOptional = (environment: Environment) => CelValue | undefined;

/** The state of one compilation. `bound` are the names of the macros around a node. */
export interface Compiler {
  readonly source: string;
  readonly at: SourcePlace;
  readonly uses: VariableUse[];
  readonly diagnostics: Diagnostic[];
}
export type Bound = readonly string[];

export function placeOf(compiler: Compiler, node: ASTNode): () => Place {
  return () => compiler.at.placeAt(node.start, Math.max(1, node.end - node.start));
}

export function textOf(compiler: Compiler, node: ASTNode): string {
  return compiler.source.slice(node.start, node.end);
}

export function report(compiler: Compiler, node: ASTNode, code: string, message: string, hint?: string): void {
  const place = placeOf(compiler, node)();
  compiler.diagnostics.push({ code, message, place, ...(hint === undefined ? {} : { hint }) });
}

export function bind(environment: Environment, name: string, value: CelValue): Environment {
  return { scope: environment.scope, bound: { name, value, outer: environment } };
}
