import { EvaluationError } from "../value/evaluation-error.ts";
import type { Outside, Scope, Whereabouts } from "../value/scope.ts";
import { Secret } from "../value/secret.ts";
import type { Value, ValueMap } from "../value/value.ts";
import { appended, merged } from "./combine.ts";
import { evaluateValue, usesOf } from "./compile-value.ts";
import type { Variable, VarsLayer } from "./layer.ts";
import { secretNames } from "./variable-names.ts";

export interface VarsScope extends Scope {
  whereIs(name: string): Whereabouts | undefined;
}
export type Magic = ReadonlyMap<string, Value | (() => Value)>;

/**
 * The variables of one host at one moment. The highest level wins, and among equals the later layer; magic variables
 * win over all. Nothing is evaluated before it is read, and nothing twice.
 */
export function createScope(layers: readonly VarsLayer[], magic: Magic, outside?: Outside): VarsScope {
  return new LayeredScope(highestFirst(layers), magic, outside ?? layers.find((layer) => layer.outside)?.outside);
}

/** The same variables and in addition these, which win and which templates of every level see: loop variables. */
export function extendScope(scope: Scope, values: ValueMap): Scope {
  const added = new Map(Object.entries(values));
  if (scope instanceof LayeredScope) return scope.extended(added);
  return {
    get: (name) => added.get(name) ?? scope.get(name),
    has: (name) => added.has(name) || scope.has(name),
    names: () => new Set([...added.keys(), ...scope.names()]),
    ...(scope.outside && { outside: scope.outside }),
  };
}

interface Extension {
  readonly parent: LayeredScope;
  readonly values: ReadonlyMap<string, Value>;
  /** Whether a variable must be evaluated anew because it may read one of the values. */
  readonly leans: (name: string) => boolean;
}
export interface Found {
  readonly variable: Variable;
  readonly layer: VarsLayer;
}

/** A class, where functions would do: one is made several times for each task and host, and most are never read. */
class LayeredScope implements VarsScope {
  readonly outside?: Outside;
  readonly #layers: readonly VarsLayer[];
  readonly #magic: Magic;
  readonly #extension: Extension | undefined;
  #memo: Map<string, Value> | undefined;

  constructor(layers: readonly VarsLayer[], magic: Magic, outside: Outside | undefined, extension?: Extension) {
    this.#layers = layers;
    this.#magic = magic;
    if (outside) this.outside = outside;
    this.#extension = extension;
  }

  get(name: string): Value | undefined {
    const given = this.#extension?.values.get(name);
    if (given !== undefined) return given;
    if (this.#magic.has(name)) return this.#magicValue(name);
    const kept = this.#memo?.get(name);
    if (kept !== undefined) return kept;
    // What does not read a loop variable has one value in all rounds of the loop: the parent remembers it.
    if (this.#extension?.leans(name) === false) return this.#extension.parent.get(name);
    const found = allOf(this.#layers, name);
    if (found.length === 0) return undefined;
    const plain = secretNames.has(name) ? asSecret(this.#evaluate(name, found)) : this.#evaluate(name, found);
    return this.#remember(name, refined(this.#layers, name, plain));
  }

  has(name: string): boolean {
    if (this.#extension?.values.has(name) || this.#magic.has(name)) return true;
    return this.#layers.some((layer) => layer.variables.has(name));
  }

  names(): Iterable<string> {
    const names = new Set([...(this.#extension?.values.keys() ?? []), ...this.#magic.keys()]);
    for (const layer of this.#layers) for (const name of layer.variables.keys()) names.add(name);
    return names;
  }

  whereIs(name: string): Whereabouts | undefined {
    if (this.#extension?.values.has(name) || this.#magic.has(name)) return undefined;
    const [winner, ...others] = allOf(this.#layers, name).map(({ variable, layer }) => ({
      place: variable.place,
      origin: layer.origin,
    }));
    return winner === undefined ? undefined : { ...winner, shadowed: others };
  }

  extended(values: ReadonlyMap<string, Value>): VarsScope {
    const all = joined(this.#extension?.values, values);
    const leans = leaningOn(this.#layers, new Set(all.keys()));
    return new LayeredScope(this.#layers, this.#magic, this.outside, { parent: this, values: all, leans });
  }

  #remember(name: string, value: Value): Value {
    this.#memo ??= new Map();
    this.#memo.set(name, value);
    return value;
  }

  #magicValue(name: string): Value | undefined {
    const value = this.#magic.get(name);
    if (typeof value !== "function") return value;
    return this.#memo?.get(name) ?? this.#remember(name, value());
  }

  #evaluate(name: string, found: readonly Found[]): Value {
    const start = underWay.findIndex((entry) => entry.scope === this && entry.name === name);
    // Through `hostvars` variables of many scopes read each other, and each reading makes scopes anew: no scope comes
    // twice, and only the depth tells.
    if (start >= 0 || underWay.length >= deepest) {
      throw cycle(this.#layers, [...underWay.slice(start >= 0 ? start : -4).map((entry) => entry.name), name]);
    }
    underWay.push({ scope: this, name });
    try {
      return combined(found, 0, this);
    } catch (error) {
      throw located(error, name, found[0]);
    } finally {
      underWay.pop();
    }
  }
}

/** What a role has declared of the variable holds for its value, wherever that comes from. */
function refined(layers: readonly VarsLayer[], name: string, value: Value): Value {
  return layers.reduce((made, { refine }) => refine?.get(name)?.(made) ?? made, value);
}

/** Numbers too: a PIN in an inventory is read as one. */
function asSecret(value: Value): Value {
  return typeof value === "string" || typeof value === "number" ? new Secret(String(value)) : value;
}

/** The variables being evaluated, outermost first: evaluation is synchronous, so there is one such chain at a time. */
const underWay: { readonly scope: Scope; readonly name: string }[] = [];

/** More definitions than this that read one another are no honest chain. */
const deepest = 100;

/** The winner's value, joined with those below it as far as tags say so. */
function combined(found: readonly Found[], index: number, scope: Scope): Value {
  const { content, place } = found[index]?.variable ?? {};
  if (content === undefined || place === undefined) return null;
  if (content.kind === "data") return content.value;
  const { source } = content;
  const value = evaluateValue(source, scope);
  // Nothing below: what the tag would join is empty.
  if (source.combine === undefined || index + 1 >= found.length) return value;
  const lower = combined(found, index + 1, scope);
  return source.combine === "merge" ? merged(lower, value, place) : appended(lower, value, place);
}

/** Every definition of a variable, the one that wins first. */
export function definitionsOf(layers: readonly VarsLayer[], name: string): readonly Found[] {
  return allOf(highestFirst(layers), name);
}

function allOf(layers: readonly VarsLayer[], name: string): readonly Found[] {
  const found: Found[] = [];
  for (const layer of layers) {
    const variable = layer.variables.get(name);
    if (variable !== undefined) found.push({ variable, layer });
  }
  return found;
}

/** Sorting keeps the order of equals, so the later of equal level must come first before it. */
function highestFirst(layers: readonly VarsLayer[]): readonly VarsLayer[] {
  const filled = layers.filter((layer) => layer.variables.size > 0 || layer.refine !== undefined);
  return filled.reverse().sort((left, right) => right.level - left.level);
}

/** Whether evaluating a variable may read one of the names, over any number of other variables. */
function leaningOn(layers: readonly VarsLayer[], names: ReadonlySet<string>): (name: string) => boolean {
  const answers = new Map<string, boolean>();
  const leans = (name: string): boolean => {
    const known = answers.get(name);
    if (known !== undefined) return known;
    // False meanwhile: a cycle is found, with its chain, by evaluating it.
    answers.set(name, false);
    const answer = allOf(layers, name).some(({ variable: { content } }) => {
      if (content.kind === "data") return false;
      // `vars[…]` may read any variable.
      return usesOf(content.source).some((use) => names.has(use.name) || use.name === "vars" || leans(use.name));
    });
    answers.set(name, answer);
    return answer;
  };
  return leans;
}

function joined(
  outer: ReadonlyMap<string, Value> | undefined,
  inner: ReadonlyMap<string, Value>,
): ReadonlyMap<string, Value> {
  return outer === undefined ? inner : new Map([...outer, ...inner]);
}

function cycle(layers: readonly VarsLayer[], chain: readonly string[]): EvaluationError {
  const related = chain.slice(0, -1).flatMap((name) => {
    const place = allOf(layers, name)[0]?.variable.place;
    return place === undefined ? [] : [{ message: `"${name}" is defined here`, place }];
  });
  const alone = chain.length === 2;
  const place = related[0]?.place;
  return new EvaluationError({
    code: "variable-cycle",
    message: alone
      ? `the variable "${chain[0]}" is defined by itself`
      : `variables are defined by each other: ${chain.join(" → ")}`,
    ...(place === undefined ? {} : { place }),
    hint: alone
      ? "a value that builds on one of a lower level is tagged !merge or !append, or has another name"
      : "one of them must not read the next",
    related,
  });
}

/** An error within a definition says whose definition it was; a cycle has said so already. */
function located(error: unknown, name: string, winner: Found | undefined): unknown {
  if (!(error instanceof EvaluationError) || winner === undefined || error.diagnostic.code === "variable-cycle")
    return error;
  const message = `in the definition of "${name}" (${winner.layer.origin})`;
  const related = [...(error.diagnostic.related ?? []), { message, place: winner.variable.place }];
  return new EvaluationError({ ...error.diagnostic, related });
}
