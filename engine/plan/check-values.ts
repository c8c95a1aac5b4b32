import type { Diagnostic } from "../errors/diagnostic.ts";
import { omit } from "../functions/omit.ts";
import type { InventoryHost } from "../inventory/inventory.ts";
import type { Module } from "../module/define-module.ts";
import { noContributions } from "../module/params.ts";
import type { SiteFiles } from "../site/files.ts";
import type { Expression, Parsed, ValueSource } from "../value/expression.ts";
import type { Scope } from "../value/scope.ts";
import { tolerating } from "../value/tolerance.ts";
import { Unknown } from "../value/unknown.ts";
import { isList, isMap, typeName, type Value } from "../value/value.ts";
import { evaluateValue } from "../vars/compile-value.ts";
import { extendScope } from "../vars/resolve-vars.ts";
import { detachedOf } from "./bind-amounts.ts";
import { type Binding, hole, rawParams, validateParams } from "./bind-params.ts";
import { becomeUser, environmentOf, evaluating, parsedExpression, templateAt } from "./bind-task.ts";
import { findLocalDest } from "./find-local-dest.ts";
import { findLocal, readLocalFile, readLocalTree } from "./find-local-file.ts";
import { inheritedValues } from "./inherited-values.ts";
import { guardedEntry } from "./role-arguments.ts";
import { settledParams } from "./settled-params.ts";
import { type StaticWorld, staticScope } from "./static-scope.ts";
import type { Context, PlainEntry } from "./task.ts";
import { findVarsFile, findVarsTree } from "./vars-files.ts";

export interface ValuesToCheck {
  readonly entries: readonly PlainEntry[];
  readonly hosts: readonly InventoryHost[];
  readonly world: StaticWorld;
  readonly request: { readonly modules: ReadonlyMap<string, Module>; readonly files: SiteFiles };
}

/** Of a long loop the first items stand for all. */
const mostItems = 50;
/** Of many hosts the first ones do. */
const mostHosts = 40;

/**
 * Evaluates what tasks would evaluate in the run, as far as values are known before it: what fails here fails there.
 * What a condition holds back for certain is not looked at; a variable that nothing defines has been told elsewhere.
 */
export function checkValues({ entries, hosts, world, request }: ValuesToCheck): readonly Diagnostic[] {
  const found = new Map<string, { readonly diagnostic: Diagnostic; readonly hosts: Set<string> }>();
  const some = hosts.slice(0, mostHosts);
  for (const host of some) {
    const complain = (diagnostic: Diagnostic): void => {
      if (toldElsewhere(diagnostic)) return;
      const { code, message, place } = diagnostic;
      const key = [code, place?.file, place?.line, place?.column, message].join("\0");
      const before = found.get(key) ?? { diagnostic, hosts: new Set() };
      before.hosts.add(host.name);
      found.set(key, before);
    };
    for (const entry of entries) checkEntry(entry, host, world, request, complain);
  }
  return [...found.values()].map(({ diagnostic, hosts: wrong }) => {
    if (wrong.size === some.length) return diagnostic;
    const names = [...wrong];
    const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
    return { ...diagnostic, message: `${diagnostic.message}, on ${names.slice(0, 3).join(", ")}${more}` };
  });
}

function toldElsewhere({ code, message }: Diagnostic): boolean {
  // A connection variable that is written out has been judged where the inventory was read.
  if (code === "wrong-type" && message.startsWith("`lab_become`:")) return true;
  return code === "undefined-variable" || (code === "undefined-key" && message.startsWith('"facts" has no key'));
}

type Complain = (diagnostic: Diagnostic) => void;

function checkEntry(
  entry: PlainEntry,
  host: InventoryHost,
  world: StaticWorld,
  request: ValuesToCheck["request"],
  complain: Complain,
): void {
  const { context, source } = entry;
  const { keywords } = source;
  const scope = staticScope(world, host, context.layers, context.role, context.playbookFolder);
  // Arguments of roles are checked apart, each where it is given.
  const conditions = context.guards.filter(({ expression }) => guardedEntry(expression) === undefined);
  const guards = conditions.map(({ expression, layers, role }) => ({
    expression,
    scope: staticScope(world, host, layers, role, context.playbookFolder),
  }));
  const { loopVar, indexVar } = keywords.loopControl;
  const looping = keywords.loop !== undefined;
  const within = (outer: Scope, item: Value, index: Value): Scope =>
    looping ? extendScope(outer, { [loopVar]: item, ...(indexVar !== undefined && { [indexVar]: index }) }) : outer;
  const items = itemsOf(keywords.loop, scope, complain);
  // What the conditions that do not ask about the item hold back has no loop either; nobody minds its items.
  items.slice(0, mostItems).forEach((item, index) => {
    const number = item instanceof Unknown ? item : index;
    const held = guards.some(({ expression, scope: outer }) => {
      const answer = attempt(() => expression.evaluate(within(outer, item, number)), complain);
      return answer !== undefined && answer.value !== true;
    });
    if (!held) checkOccurrence(entry, within(scope, item, number), host.name, request, complain);
  });
}

function itemsOf(loop: ValueSource | undefined, scope: Scope, complain: Complain): readonly Value[] {
  const unknown = new Unknown("known when the loop runs");
  if (loop === undefined) return [unknown];
  const answer = attempt(() => evaluateValue(loop, scope), complain);
  if (answer === undefined || answer.value instanceof Unknown) return [unknown];
  const { value } = answer;
  if (isList(value)) return value;
  if (isMap(value)) return Object.entries(value).map(([key, each]) => ({ key, value: each }));
  const message = `\`loop\`: expected a list or a map, got ${typeName(value)}`;
  complain({ code: "wrong-type", message, place: loop.place });
  return [unknown];
}

function checkOccurrence(
  entry: PlainEntry,
  scope: Scope,
  host: string,
  { modules, files }: ValuesToCheck["request"],
  complain: Complain,
): void {
  const { keywords } = entry.source;
  const expressions: readonly Expression[] = [...(keywords.changedWhen ?? []), ...(keywords.failedWhen ?? [])];
  for (const expression of expressions) attempt(() => expression.evaluate(scope), complain);
  const result = { result: new Unknown("known when the task has run") };
  const afterwards = keywords.register ? scope : extendScope(scope, result);
  for (const expression of keywords.until ?? []) attempt(() => expression.evaluate(afterwards), complain);
  const sources = [...inheritedValues(entry.context), keywords.loopControl.label, keywords.retries, keywords.delay];
  for (const source of sources) if (source) attempt(() => evaluateValue(source, scope), complain);
  if (entry.kind !== "task") return;
  attempt(() => becomeUser(entry.context, scope, { become: false, becomeUser: "root" }), complain);
  attempt(() => environmentOf(entry.context, scope), complain);
  attempt(() => detachedOf(entry, scope), complain);
  const module = modules.get(entry.source.module);
  // What has nothing to evaluate is the same on every host, and right.
  if (!module || settledParams(module, entry.source)) return;
  const binding = staticBinding(files, entry.context, scope, host, complain);
  const raw = attempt(() => rawParams(module, entry.source.params, binding), complain);
  if (raw === undefined) return;
  const valid = validateParams(module, raw.value, entry.source.params, entry.source.modulePlace, scope);
  if (!valid.ok) for (const diagnostic of valid.diagnostics) complain(diagnostic);
}

/** Binds what is known; what is not is a hole, about which the schema says nothing. Files have been looked for already. */
function staticBinding(files: SiteFiles, context: Context, scope: Scope, host: string, complain: Complain): Binding {
  const broken = hole as never;
  const known = (evaluate: () => Value): Value => {
    const answer = attempt(evaluate, complain);
    return answer === undefined ? broken : (withHoles(answer.value) as Value);
  };
  const parsed = (each: Parsed<Expression>, other: Value): Expression => {
    const value = each.ok ? each.value : undefined;
    const evaluate = (): Value => (value ? (attempt(() => value.evaluate(scope), complain)?.value ?? other) : other);
    return { source: "", place: { file: "", line: 1, column: 1 }, uses: [], evaluate };
  };
  const usable = <T>(each: Parsed<T>): T | undefined => {
    if (!each.ok) each.diagnostics.forEach(complain);
    return each.ok ? each.value : undefined;
  };
  return {
    scope,
    contributed: () => noContributions,
    value: (source) => known(() => evaluateValue(source, scope)),
    condition: (source) => parsed(parsedExpression(source, "condition"), true),
    expression: (source) => parsed(parsedExpression(source, "expression"), null),
    localFile: (name, place) => {
      const path = usable(findLocal(files, name, { kind: "file", folder: "files" }, context, place));
      return path === undefined ? broken : localFileOnce(files, path, name);
    },
    localTree: (name, place) => {
      const path = usable(findLocal(files, name, { kind: "folder", folder: "files" }, context, place));
      return path === undefined ? broken : localTreeOnce(files, path, name);
    },
    varsFile: (name, place) => usable(findVarsFile(files, name, context, place)) ?? broken,
    varsTree: (name, place) => usable(findVarsTree(files, name, context, place)) ?? broken,
    localDest: (name, place) => usable(findLocalDest(files, name, host, context, place)) ?? broken,
    templateFile: (name, place) => {
      const path = usable(findLocal(files, name, { kind: "file", folder: "templates" }, context, place));
      const template = path === undefined ? undefined : usable(templateAt(files, path));
      if (template === undefined) return broken;
      const content = known(() => template.evaluate(scope));
      return typeof content === "string" ? { kind: "template-file", name, content } : broken;
    },
  };
}

/** What is known; what went wrong is told. Undefined where it is not known. */
function attempt<T>(evaluate: () => T, complain: Complain): { readonly value: T } | undefined {
  const { failures, value } = tolerating(() => evaluating(evaluate));
  for (const { diagnostic } of failures) complain(diagnostic);
  if (value?.kind === "invalid") value.diagnostics.forEach(complain);
  return value?.kind === "value" ? { value: value.value } : undefined;
}

function withHoles(value: Value): unknown {
  if (value instanceof Unknown) return value === omit ? value : hole;
  if (isList(value)) return value.some(holdsUnknown) ? value.map(withHoles) : value;
  if (!isMap(value) || !holdsUnknown(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withHoles(each)]));
}

function holdsUnknown(value: Value): boolean {
  if (value instanceof Unknown) return true;
  if (isList(value)) return value.some(holdsUnknown);
  return isMap(value) && Object.values(value).some(holdsUnknown);
}

const localFiles = new WeakMap<SiteFiles, Map<string, unknown>>();

/** Digests of big files are not reckoned again for each host. */
function once<T>(files: SiteFiles, key: string, make: () => T): T {
  const known = localFiles.get(files) ?? new Map<string, unknown>();
  localFiles.set(files, known);
  if (!known.has(key)) known.set(key, make());
  return known.get(key) as T;
}
const localFileOnce = (files: SiteFiles, path: string, name: string) =>
  once(files, `file ${path} ${name}`, () => readLocalFile(files, path, name));
const localTreeOnce = (files: SiteFiles, path: string, name: string) =>
  once(files, `tree ${path} ${name}`, () => readLocalTree(files, path, name));
