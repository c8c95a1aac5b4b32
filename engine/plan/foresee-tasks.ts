import type { Inventory } from "../inventory/inventory.ts";
import { findHost } from "../inventory/load-inventory.ts";
import type { Module } from "../module/define-module.ts";
import { noContributions } from "../module/params.ts";
import type { SiteFiles } from "../site/files.ts";
import type { Site } from "../site/site.ts";
import type { Scope } from "../value/scope.ts";
import { Unknown } from "../value/unknown.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { evaluateValue } from "../vars/compile-value.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { extendScope } from "../vars/resolve-vars.ts";
import { type Binding, rawParams } from "./bind-params.ts";
import { evaluating, taskName, templateAt } from "./bind-task.ts";
import type { CheckedPlay } from "./check-site.ts";
import { namesSetBy } from "./check-variables.ts";
import { expandInclude, literalText } from "./expand.ts";
import { findLocal, readLocalFile, readLocalTree } from "./find-local-file.ts";
import { staticScope } from "./static-scope.ts";
import { type Context, type DynamicInclude, flattened, type PlainEntry, type PlannedEntry, type Task } from "./task.ts";

/** A task as it would be on a host if the play ran now, as far as that can be known without asking the host. */
export interface Foreseen {
  readonly host: string;
  readonly task: Task;
  readonly name: string;
  /** Values that the run alone knows are `Unknown`. */
  readonly params: unknown;
  /** A condition that only the run decides. */
  readonly doubt: string | null;
}

export interface ForesightRequest {
  readonly site: Site;
  readonly plays: readonly CheckedPlay[];
  readonly inventory: Inventory;
  readonly modules: ReadonlyMap<string, Module>;
  readonly files: SiteFiles;
  readonly extraVars: VarsLayer;
  /** Of these modules alone: rendering every task of a thousand hosts takes its time. */
  wanted(module: string): boolean;
  /** Told of each include that only the run can expand. */
  unforeseen(include: DynamicInclude): void;
}

/** How deep includes are followed: a file may include itself under a condition that only the run decides. */
const deepest = 20;

/** Walks all plays without a connection: who would do what, with which parameters. */
export function* foreseeTasks(request: ForesightRequest): Generator<Foreseen> {
  const set = new Set<string>();
  for (const { expanded } of request.plays) {
    for (const entry of flattened(expanded.sections.flat()))
      for (const name of namesSetBy(entry, request.modules)) set.add(name);
  }
  const { inventory, extraVars } = request;
  const world = { inventory, extraVars, set, growing: false };
  for (const { expanded, hosts } of request.plays) {
    for (const name of hosts) {
      const host = findHost(request.inventory, name);
      if (!host) continue;
      const scopeOf = (layers: readonly VarsLayer[], role: Context["role"]): Scope =>
        staticScope(world, host, layers, role, expanded.play.folder);
      const seer: Seer = { request, host: name, scopeOf, depth: 0 };
      yield* foreseeEntries(seer, [...expanded.sections.flat(), ...expanded.handlers]);
    }
  }
}

interface Seer {
  readonly request: ForesightRequest;
  readonly host: string;
  readonly depth: number;
  scopeOf(layers: readonly VarsLayer[], role: Context["role"]): Scope;
}

function* foreseeEntries(seer: Seer, entries: readonly PlannedEntry[]): Generator<Foreseen> {
  for (const entry of entries) {
    if (entry.kind === "task") {
      if (seer.request.wanted(entry.source.module)) yield* foreseeTask(seer, entry);
    } else if (entry.kind === "block") {
      yield* foreseeEntries(seer, [...entry.body, ...entry.always]);
      for (const foreseen of foreseeEntries(seer, entry.rescue))
        yield { ...foreseen, doubt: "the block before it fails" };
    } else if (entry.kind === "dynamic-include") yield* foreseeInclude(seer, entry);
  }
}

function* foreseeTask({ request, host, scopeOf }: Seer, task: Task): Generator<Foreseen> {
  const module = request.modules.get(task.source.module);
  if (!module) return;
  const base = scopeOf(task.context.layers, task.context.role);
  for (const scope of roundsOf(task, base)) {
    const verdict = decide(task, (layers, role) => inRound(scopeOf(layers, role), scope, task));
    if (verdict === "no") continue;
    const params = rawParams(module, task.source.params, bindingOf(request, task.context, scope));
    yield { host, task, name: taskName(task, scope), params, doubt: verdict === "yes" ? null : verdict };
  }
}

function* foreseeInclude(seer: Seer, include: DynamicInclude): Generator<Foreseen> {
  const { request, scopeOf, depth } = seer;
  if (depth >= deepest) return request.unforeseen(include);
  const base = scopeOf(include.context.layers, include.context.role);
  let occurrence = 0;
  for (const scope of roundsOf(include, base)) {
    const verdict = decide(include, (layers, role) => inRound(scopeOf(layers, role), scope, include));
    if (verdict === "no") continue;
    const target = targetOf(request.site, include, scope);
    if (target === null || verdict !== "yes") {
      request.unforeseen(include);
      continue;
    }
    const { loopVar, indexVar } = include.source.keywords.loopControl;
    const extra = new Map<string, Value>();
    if (include.source.keywords.loop) {
      extra.set(loopVar, scope.get(loopVar) ?? null);
      if (indexVar !== undefined) extra.set(indexVar, scope.get(indexVar) ?? null);
    }
    const inner = expandInclude(request.site, include, target, extra, occurrence, null);
    occurrence += 1;
    yield* foreseeEntries({ ...seer, depth: depth + 1 }, [...inner.entries, ...inner.handlers]);
  }
}

type Looping = Pick<PlainEntry, "source" | "context">;

/** A scope for each item of the loop; where the items are not known, one in which the item is not. */
function roundsOf({ source }: Looping, base: Scope): readonly Scope[] {
  const { loop, loopControl } = source.keywords;
  if (loop === undefined) return [base];
  const items = evaluating(() => evaluateValue(loop, base));
  const known = items.kind === "value" ? listOf(items.value) : null;
  return (known ?? [new Unknown("known when the loop runs")]).map((item, index) =>
    extendScope(base, {
      [loopControl.loopVar]: item,
      ...(loopControl.indexVar !== undefined && { [loopControl.indexVar]: index }),
    }),
  );
}

/** The variables of a condition's own place, and of this round of the loop. */
function inRound(scope: Scope, round: Scope, { source }: Looping): Scope {
  if (source.keywords.loop === undefined) return scope;
  const { loopVar, indexVar } = source.keywords.loopControl;
  const names = indexVar === undefined ? [loopVar] : [loopVar, indexVar];
  return extendScope(scope, Object.fromEntries(names.map((name) => [name, round.get(name) ?? null])));
}

function listOf(value: Value): readonly Value[] | null {
  if (isList(value)) return value;
  return isMap(value) ? Object.entries(value).map(([key, each]) => ({ key, value: each })) : null;
}

/** "yes", "no", or the condition that nobody can decide before the run. */
function decide({ context }: Looping, scopeOf: Seer["scopeOf"]): string {
  let doubt: string | null = null;
  for (const { expression, layers, role } of context.guards) {
    const answer = evaluating(() => expression.evaluate(scopeOf(layers, role)));
    if (answer.kind !== "value" || answer.value instanceof Unknown) doubt ??= expression.source;
    else if (answer.value !== true) return "no";
  }
  return doubt ?? "yes";
}

function targetOf(site: Site, { source }: DynamicInclude, scope: Scope): Parameters<typeof expandInclude>[2] | null {
  if (source.kind === "block") return { block: source };
  if (source.kind === "include-tasks") return source.entries ? { entries: source.entries } : null;
  const name = evaluating(() => evaluateValue(source.role, scope));
  const role = name.kind === "value" && typeof name.value === "string" ? site.roles.get(name.value) : undefined;
  const tasksFrom = source.tasksFrom ? literalText(source.tasksFrom) : null;
  return role && (source.tasksFrom === null || tasksFrom !== null) ? { role, tasksFrom } : null;
}

/** What cannot be evaluated is unknown; the static check has told of it if it is wrong. */
function bindingOf({ files }: ForesightRequest, context: Context, scope: Scope): Binding {
  const known = <T>(evaluate: () => T): T => {
    const answer = evaluating(evaluate);
    if (answer.kind === "value") return answer.value;
    return new Unknown("known when the play runs") as never;
  };
  const found = (
    name: string,
    what: Parameters<typeof findLocal>[2],
    place: Parameters<typeof findLocal>[4],
  ): string => {
    const path = findLocal(files, name, what, context, place);
    return path.ok ? path.value : (new Unknown("not found") as never);
  };
  const unknown = (): never => new Unknown("known when the play runs") as never;
  return {
    scope,
    contributed: () => noContributions,
    value: (source) => known(() => evaluateValue(source, scope)),
    // No part of the picture is made of conditions.
    condition: (source) => ({ source: String(source.value), place: source.place, uses: [], evaluate: () => true }),
    expression: (source) => ({ source: String(source.value), place: source.place, uses: [], evaluate: () => null }),
    localFile: (name, place) => {
      const path = found(name, { kind: "file", folder: "files" }, place);
      return typeof path === "string" ? readLocalFile(files, path, name) : unknown();
    },
    localTree: (name, place) => {
      const path = found(name, { kind: "folder", folder: "files" }, place);
      return typeof path === "string" ? readLocalTree(files, path, name) : unknown();
    },
    localDest: unknown,
    varsFile: unknown,
    varsTree: unknown,
    templateFile: (name, place) => {
      const path = found(name, { kind: "file", folder: "templates" }, place);
      const template = typeof path === "string" ? templateAt(files, path) : { ok: false as const };
      if (!template.ok) return unknown();
      return known(() => ({ kind: "template-file" as const, name, content: template.value.evaluate(scope) as string }));
    },
  };
}
