import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { VariableUse } from "../value/expression.ts";
import { offsetOf } from "./source-offsets.ts";

/** Where the text stands in the site: offsets of the text made places of a file. */
export interface TextPlace {
  readonly place: Place;
  placeAt(offset: number, length?: number): Place;
}

/** The state of one compilation: what was found so far, and how to name places. */
export interface Compiler {
  readonly text: string;
  readonly at: TextPlace;
  readonly uses: VariableUse[];
  readonly diagnostics: Diagnostic[];
}

/** The blocks around a node that change `this`, innermost first. */
export interface Surroundings {
  readonly params: readonly string[];
  /** #with has no @index. */
  readonly counts: boolean;
  readonly outer: Surroundings | undefined;
}

export function report(compiler: Compiler, node: hbs.AST.Node, code: string, message: string, hint?: string): void {
  const place = placeOf(compiler, node)();
  compiler.diagnostics.push({ code, message, place, ...(hint === undefined ? {} : { hint }) });
}

/** The node's place, found when it is asked for. */
export function placeOf(compiler: Compiler, node: hbs.AST.Node): () => Place {
  const { loc } = node;
  return () => {
    const start = offsetOf(compiler.text, loc.start.line, loc.start.column);
    const end = offsetOf(compiler.text, loc.end.line, loc.end.column);
    return compiler.at.placeAt(start, Math.max(1, end - start));
  };
}
