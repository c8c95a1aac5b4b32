import { evaluationFailure } from "../functions/evaluation-failure.ts";
import { keyIfDefined, missingKey, readIfDefined, readVariable } from "../functions/read-value.ts";
import { nearest } from "../text/nearest.ts";
import { isMap, type Value } from "../value/value.ts";
import { type Compiler, placeOf, report, type Surroundings } from "./compiler.ts";
import type { Evaluate, EvaluateOptional, Frame } from "./frame.ts";

/** What a path begins with, and how many of its parts that took. */
interface Root {
  readonly read: EvaluateOptional;
  readonly readStrict: Evaluate;
  /** The keys that follow. */
  readonly keys: readonly string[];
  readonly name: string;
}

/** `a.b`, `this`, `../a`, `@index`, `@root.a`, block parameters. `optional`: undefined instead of an error where it is not there. */
export function compilePath(
  compiler: Compiler,
  node: hbs.AST.PathExpression,
  around: Surroundings | undefined,
  optional: false,
): Evaluate;
export function compilePath(
  compiler: Compiler,
  node: hbs.AST.PathExpression,
  around: Surroundings | undefined,
  optional: true,
): EvaluateOptional;
export function compilePath(
  compiler: Compiler,
  node: hbs.AST.PathExpression,
  around: Surroundings | undefined,
  optional: boolean,
): EvaluateOptional {
  const root = rootOf(compiler, node, around, optional);
  const at = placeOf(compiler, node);
  if (optional) {
    return (frame) => {
      let value = root.read(frame);
      for (const key of root.keys) {
        if (value === undefined) return undefined;
        value = keyIfDefined(value, key);
      }
      return value;
    };
  }
  if (root.keys.length === 0) return root.readStrict;
  return (frame) => {
    let value = root.readStrict(frame);
    for (let index = 0; index < root.keys.length; index += 1) {
      const key = root.keys[index] ?? "";
      const next = keyIfDefined(value, key);
      if (next === undefined) throw missingKey(value, key, [root.name, ...root.keys.slice(0, index)].join("."), at());
      value = next;
    }
    return value;
  };
}

function rootOf(
  compiler: Compiler,
  node: hbs.AST.PathExpression,
  around: Surroundings | undefined,
  optional: boolean,
): Root {
  const [head, ...rest] = node.parts;
  if (node.data)
    return head === "root" ? rootVariable(compiler, node, rest, optional) : positionRoot(compiler, node, around);
  if (node.depth === 0 && head !== undefined && !/^(this|\.)\b/.test(node.original)) {
    const param = paramRoot(head, rest, around);
    if (param !== undefined) return param;
  }
  let level = around;
  for (let hop = 0; hop < node.depth; hop += 1) {
    if (level === undefined) {
      report(
        compiler,
        node,
        "no-outer-block",
        "`../` leads out of the template",
        "one `../` for each #each or #with around it",
      );
      return nothing;
    }
    level = level.outer;
  }
  if (level === undefined) return rootVariable(compiler, node, node.parts, optional);
  return itemRoot(compiler, node);
}

/** A variable of the run. */
function rootVariable(compiler: Compiler, node: hbs.AST.Node, parts: readonly string[], optional: boolean): Root {
  const [name, ...keys] = parts;
  if (name === undefined) {
    report(
      compiler,
      node,
      "no-item-here",
      "`this` is the item of an #each or #with, and here is none",
      "name a variable",
    );
    return nothing;
  }
  const at = placeOf(compiler, node);
  compiler.uses.push({ name, path: keys, place: at(), optional });
  return {
    read: (frame) => readIfDefined(frame.scope, name, at),
    readStrict: (frame) => readVariable(frame.scope, name, at),
    keys,
    name,
  };
}

/** A bare name inside #each or #with: a key of the item, as everywhere in Handlebars. */
function itemRoot(compiler: Compiler, node: hbs.AST.PathExpression): Root {
  const { depth, parts } = node;
  const [key, ...keys] = parts;
  const item = (frame: Frame): Value => hop(frame, depth)?.item ?? null;
  if (key === undefined) return { read: item, readStrict: item, keys, name: "this" };
  const at = placeOf(compiler, node);
  const readStrict = (frame: Frame): Value => {
    const value = item(frame);
    const found = keyIfDefined(value, key);
    if (found !== undefined) return found;
    if (!frame.scope.has(key)) throw missingKey(value, key, "this", at());
    const message = isMap(value) ? `the item has no key "${key}"` : `the item is no map and has no key "${key}"`;
    const hint = `the variable of that name is \`@root.${key}\` inside a block`;
    throw evaluationFailure("undefined-key", message, at(), hint);
  };
  return { read: (frame) => keyIfDefined(item(frame), key), readStrict, keys, name: key };
}

function paramRoot(name: string, keys: readonly string[], around: Surroundings | undefined): Root | undefined {
  let depth = 0;
  for (let level = around; level !== undefined; level = level.outer, depth += 1) {
    const slot = level.params.indexOf(name);
    if (slot < 0) continue;
    const hops = depth;
    const read = (frame: Frame): Value => hop(frame, hops)?.params[slot] ?? null;
    return { read, readStrict: read, keys, name };
  }
  return undefined;
}

/** @index and its like, of the nearest #each around. */
function positionRoot(compiler: Compiler, node: hbs.AST.PathExpression, around: Surroundings | undefined): Root {
  const [name, ...keys] = node.parts;
  if (name !== "index" && name !== "key" && name !== "first" && name !== "last") {
    const near = nearest(name ?? "", ["index", "key", "first", "last", "root"]);
    const hint = near === undefined ? "there are @index, @key, @first, @last and @root" : `did you mean "@${near}"?`;
    report(compiler, node, "unknown-data-variable", `there is no "@${name ?? ""}"`, hint);
    return nothing;
  }
  let hops = 0;
  let outward = node.depth;
  for (let level = around; level !== undefined; level = level.outer, hops += 1) {
    if (!level.counts) continue;
    if (outward > 0) {
      outward -= 1;
      continue;
    }
    const depth = hops;
    const read = (frame: Frame): Value => hop(frame, depth)?.position?.[name] ?? null;
    return { read, readStrict: read, keys, name: `@${name}` };
  }
  report(compiler, node, "no-item-here", `"@${name}" has a value only inside #each`);
  return nothing;
}

// Stands in for a root that was reported; a template with diagnostics is never evaluated.
const nothing: Root = { read: () => null, readStrict: () => null, keys: [], name: "" };

function hop(frame: Frame, count: number): Frame["inner"] {
  let current: Frame["inner"] = frame.inner;
  for (let done = 0; done < count; done += 1) current = current?.outer.inner;
  return current;
}
