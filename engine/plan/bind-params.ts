import type { z } from "zod";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import { omit } from "../functions/omit.ts";
import { setHere } from "../functions/set-here.ts";
import type { Module } from "../module/define-module.ts";
import type {
  Condition,
  Contributed,
  ExpressionValue,
  LocalDest,
  LocalFile,
  LocalTree,
  TemplateFile,
  VarsFile,
  VarsTree,
} from "../module/params.ts";
import { noContributions } from "../module/params.ts";
import { ansibleParameter } from "../site/ansible-parameters.ts";
import { nearest } from "../text/nearest.ts";
import type { Expression, Parsed, ValueSource } from "../value/expression.ts";
import type { Scope } from "../value/scope.ts";
import { Secret } from "../value/secret.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { issueMessage } from "./issue-message.ts";
import { withSoleParameter } from "./module-defaults.ts";
import {
  contributionsRead,
  fieldShape,
  itemShape,
  parameterNames,
  type Shape,
  shapeOf,
  specialOf,
} from "./param-schema.ts";

/** Where the pieces that a parameter can name come from: files of the site, and expressions written as texts. */
export interface Binding {
  localFile(name: string, place: Place): LocalFile;
  localTree(name: string, place: Place): LocalTree;
  localDest(name: string, place: Place): LocalDest;
  varsFile(name: string, place: Place): VarsFile;
  varsTree(name: string, place: Place): VarsTree;
  /** Rendered with the scope of the task. */
  templateFile(name: string, place: Place): TemplateFile;
  condition(source: ValueSource & { kind: "literal" }): Expression;
  expression(source: ValueSource & { kind: "literal" }): Expression;
  /** What was contributed so far; throws UnknownRead where that is not known yet. */
  contributed(to: string): Contributed;
  /** The value of a source; throws EvaluationError or UnknownRead. */
  value(source: ValueSource): Value;
  scope: Scope;
}

/** A value that is not known before the run: nothing is said about it, whatever the schema says. */
export const hole: unique symbol = Symbol("hole");

/** Parameters as zod gets them, templates rendered and special kinds resolved. */
export function rawParams(module: Module, source: ValueSource, binding: Binding): unknown {
  const raw = rawValue(normalized(module, source), shapeOf(module.params), binding);
  return withContributions(module, raw, binding);
}

/** Nobody writes down what others contribute: it is there unless somebody says false. */
function withContributions(module: Module, raw: unknown, binding: Binding): unknown {
  const read = contributionsRead(module);
  if (read.size === 0 || typeof raw !== "object" || raw === null || Array.isArray(raw)) return raw;
  const bound = [...read].flatMap(([name, to]): [string, unknown][] => {
    const said: unknown = Object.getOwnPropertyDescriptor(raw, name)?.value;
    if (said === false) return [[name, noContributions]];
    return said === undefined || said === true ? [[name, binding.contributed(to)]] : [];
  });
  return { ...raw, ...Object.fromEntries(bound) };
}

/** The map of parameters, whatever form the author chose: a map, a single value for the shorthand, or nothing. */
export function normalized(module: Module, given: ValueSource): ValueSource {
  const source = withSoleParameter(given, module.shorthand);
  if (source.kind === "literal" && source.value === null) {
    return { kind: "map", entries: [], place: source.place };
  }
  if (source.kind === "map" || module.shorthand === undefined) return source;
  // A literal map or expression that turns out to be a map is taken as the map of parameters.
  if (source.kind === "literal" && isMap(source.value)) return source;
  const entry = { key: module.shorthand, keyPlace: source.place, value: source };
  return { kind: "map", entries: [entry], place: source.place };
}

function rawValue(source: ValueSource, shape: Shape, binding: Binding): unknown {
  if (source.kind === "map") {
    const entries: [string, unknown][] = [];
    for (const entry of source.entries) {
      const value = rawValue(entry.value, fieldShape(shape, entry.key), binding);
      if (!isOmitted(value)) entries.push([entry.key, value]);
    }
    return Object.fromEntries(entries);
  }
  if (source.kind === "list") {
    const item = itemShape(shape);
    return source.items.map((child) => rawValue(child, item, binding)).filter((value) => !isOmitted(value));
  }
  const special = specialOf(shape);
  if (special === null || special === "contributed") return binding.value(source);
  return specialValue(source, special, binding);
}

function specialValue(
  source: ValueSource & { kind: "literal" | "expression" },
  special: Exclude<ReturnType<typeof specialOf>, null | "contributed">,
  binding: Binding,
): unknown {
  if (special === "condition" || special === "expression") {
    if (source.kind === "literal" && typeof source.value === "boolean") {
      return { kind: "condition", source: String(source.value), holds: source.value } satisfies Condition;
    }
    if (source.kind === "expression") {
      // A template that gives a value: the value is the answer, its text the source.
      const value = binding.value(source);
      if (special === "expression") {
        return { kind: "expression", source: source.expression.source, value } satisfies ExpressionValue;
      }
      if (typeof value !== "boolean") return value;
      return { kind: "condition", source: source.expression.source, holds: value } satisfies Condition;
    }
    if (typeof source.value !== "string") return source.value;
    if (special === "expression") {
      const expression = binding.expression(source);
      return {
        kind: "expression",
        source: source.value,
        value: expression.evaluate(binding.scope),
      } satisfies ExpressionValue;
    }
    const expression = binding.condition(source);
    return {
      kind: "condition",
      source: source.value,
      holds: expression.evaluate(binding.scope) === true,
    } satisfies Condition;
  }
  const name = binding.value(source);
  if (typeof name !== "string") return name;
  if (special === "localFile") return binding.localFile(name, source.place);
  if (special === "localTree") return binding.localTree(name, source.place);
  if (special === "varsFile") return binding.varsFile(name, source.place);
  if (special === "varsTree") return binding.varsTree(name, source.place);
  if (special === "localDest") return binding.localDest(name, source.place);
  return binding.templateFile(name, source.place);
}

/** `omit` leaves the parameter out, as if it had not been written. */
function isOmitted(value: unknown): boolean {
  return value === omit;
}

/** Values through the schema: parameters as the module gets them, or what is wrong with them and where. */
export function validateParams(
  module: Module,
  raw: unknown,
  source: ValueSource,
  place: Place,
  /** What the values were rendered with: for a wrong one it is told where its variables were set. */
  scope?: Scope,
): Parsed<unknown> {
  const parsed = module.params.safeParse(raw);
  if (parsed.success) return { ok: true, value: parsed.data };
  const params = normalized(module, source);
  return {
    ok: false,
    diagnostics: parsed.error.issues.flatMap((issue) =>
      diagnose(module, issue, raw, params, place).map((diagnostic) => withOrigin(diagnostic, issue, params, scope)),
    ),
  };
}

type Issue = z.core.$ZodIssue;

function withOrigin(diagnostic: Diagnostic, issue: Issue, source: ValueSource, scope: Scope | undefined): Diagnostic {
  if (scope === undefined || diagnostic.code !== "invalid-parameter") return diagnostic;
  const wrong = sourceAt(
    source,
    issue.path.filter((key) => typeof key !== "symbol"),
  );
  const related = wrong?.kind === "expression" ? setHere(scope, wrong.expression.uses) : [];
  return related.length === 0 ? diagnostic : { ...diagnostic, related: [...(diagnostic.related ?? []), ...related] };
}

function diagnose(module: Module, issue: Issue, raw: unknown, source: ValueSource, place: Place): Diagnostic[] {
  const path = issue.path.filter((key) => typeof key !== "symbol");
  const holes = holeOn(raw, path);
  if (issue.code === "unrecognized_keys") {
    const names = parameterNames(path.reduce<Shape>(belowShape, shapeOf(module.params)));
    return issue.keys.map((key) => {
      const near = nearest(key, names);
      const foreign = path.length === 0 ? ansibleParameter(module.name, key) : undefined;
      return {
        code: "unknown-parameter",
        message: `\`${module.name}\` has no parameter \`${[...path, key].join(".")}\``,
        place: keyPlaceAt(source, [...path, key]) ?? place,
        ...((foreign ?? near)
          ? { hint: foreign ?? `did you mean \`${near}\`?` }
          : names.length > 0 && { hint: `it takes ${names.map((name) => `\`${name}\``).join(", ")}` }),
      };
    });
  }
  // What is not known before the run may well be right.
  if (holes || (issue.code === "invalid_union" && hasHole(valueAt(raw, path)))) return [];
  if (issue.code === "custom" && path.length === 0 && hasHole(raw)) return [];
  const where = path.join(".");
  const value = valueAt(raw, path);
  const label = where === "" ? `\`${module.name}\`` : `\`${where}\` of \`${module.name}\``;
  if (value === undefined && path.length > 0) {
    return [
      {
        code: "missing-parameter",
        message: `\`${module.name}\` needs the parameter \`${where}\``,
        place,
        // What is needed only beside something else the module says in its own words.
        hint: issue.code === "custom" ? issue.message : `add \`${where}:\` below \`${module.name}:\``,
      },
    ];
  }
  if (value instanceof Secret) {
    return [
      {
        code: "secret-parameter",
        message: `${label} cannot hold a secret`,
        place: placeAt(source, path) ?? place,
        hint: "it would be seen in diffs, logs or process lists; hand the secret over by a parameter made for it",
      },
    ];
  }
  return [
    {
      code: "invalid-parameter",
      message: `${label}: ${issueMessage(issue, value)}`,
      place: placeAt(source, path) ?? place,
    },
  ];
}

function belowShape(shape: Shape, key: string | number): Shape {
  return typeof key === "number" ? itemShape(shape) : fieldShape(shape, key);
}

// ---- places of values ----

function placeAt(source: ValueSource, path: readonly (string | number)[]): Place | undefined {
  return sourceAt(source, path)?.place;
}

/** What is written at a path, or the expression that makes what is there. */
function sourceAt(source: ValueSource, path: readonly (string | number)[]): ValueSource | undefined {
  let current: ValueSource | undefined = source;
  for (const key of path) {
    if (current.kind === "map") current = current.entries.find((entry) => entry.key === key)?.value;
    else if (current.kind === "list") current = current.items[Number(key)];
    else break;
    if (!current) return undefined;
  }
  return current;
}

function keyPlaceAt(source: ValueSource, path: readonly (string | number)[]): Place | undefined {
  const parent = path.slice(0, -1);
  let current: ValueSource | undefined = source;
  for (const key of parent) {
    if (current?.kind === "map") current = current.entries.find((entry) => entry.key === key)?.value;
    else if (current?.kind === "list") current = current.items[Number(key)];
  }
  if (current?.kind !== "map") return current?.place;
  return current.entries.find((entry) => entry.key === path.at(-1))?.keyPlace;
}

function valueAt(raw: unknown, path: readonly (string | number)[]): unknown {
  let current = raw;
  for (const key of path) {
    if (current === hole) return hole;
    if (typeof current !== "object" || current === null) return undefined;
    current = Array.isArray(current) ? current[Number(key)] : Object.getOwnPropertyDescriptor(current, key)?.value;
  }
  return current;
}

function holeOn(raw: unknown, path: readonly (string | number)[]): boolean {
  return path.some((_, index) => valueAt(raw, path.slice(0, index)) === hole) || valueAt(raw, path) === hole;
}

function hasHole(value: unknown): boolean {
  if (value === hole) return true;
  if (Array.isArray(value)) return value.some(hasHole);
  return typeof value === "object" && value !== null && Object.values(value).some(hasHole);
}

/** Every secret in a value, for the redactor. */
export function secretsIn(value: unknown): readonly Secret[] {
  if (value instanceof Secret) return [value];
  if (isList(value as Value)) return (value as readonly unknown[]).flatMap(secretsIn);
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(secretsIn);
  return [];
}
