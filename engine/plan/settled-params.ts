import { Bug } from "../errors/bug.ts";
import type { Module } from "../module/define-module.ts";
import type { TaskSource } from "../site/site.ts";
import type { ValueSource } from "../value/expression.ts";
import type { Secret } from "../value/secret.ts";
import { type Binding, normalized, rawParams, secretsIn, validateParams } from "./bind-params.ts";
import { contributionsRead, fieldShape, itemShape, type Shape, shapeOf, specialOf } from "./param-schema.ts";

/** Parameters as a module gets them, and what of them must not be shown. */
export interface BoundParams {
  readonly params: unknown;
  readonly secrets: readonly Secret[];
}

/**
 * The parameters of a task that writes all of them out, without templates, files or whatever else could come out
 * differently, as its module gets them: validated once, however many hosts and windows ask. Null where there is
 * something to evaluate, or something wrong, which is told where it is bound.
 */
export function settledParams(module: Module, source: TaskSource): BoundParams | null {
  const known = settled.get(source.params);
  if (known?.module === module) return known.made;
  const made = settle(module, source);
  settled.set(source.params, { module, made });
  return made;
}

const settled = new WeakMap<ValueSource, { readonly module: Module; readonly made: BoundParams | null }>();

function settle(module: Module, { params, modulePlace }: TaskSource): BoundParams | null {
  const source = normalized(module, params);
  if (contributionsRead(module).size > 0 || !writtenOut(source, shapeOf(module.params))) return null;
  const raw = rawParams(module, params, literalsAlone);
  const valid = validateParams(module, raw, params, modulePlace);
  return valid.ok ? { params: valid.value, secrets: [...secretsIn(raw), ...secretsIn(valid.value)] } : null;
}

function writtenOut(source: ValueSource, shape: Shape): boolean {
  switch (source.kind) {
    case "expression":
      return false;
    case "literal":
      return specialOf(shape) === null;
    case "list":
      return source.items.every((item) => writtenOut(item, itemShape(shape)));
    case "map":
      return source.entries.every(({ key, value }) => writtenOut(value, fieldShape(shape, key)));
    default:
      return source satisfies never;
  }
}

const nothingElse = (): never => {
  throw new Bug("parameters that are written out ask for more than literals");
};
const literalsAlone: Binding = {
  scope: { get: nothingElse, has: nothingElse, names: nothingElse },
  value: (source) => (source.kind === "literal" ? source.value : nothingElse()),
  condition: nothingElse,
  expression: nothingElse,
  contributed: nothingElse,
  localFile: nothingElse,
  localTree: nothingElse,
  localDest: nothingElse,
  varsFile: nothingElse,
  varsTree: nothingElse,
  templateFile: nothingElse,
};
