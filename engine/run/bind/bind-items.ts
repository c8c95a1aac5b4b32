import type { Diagnostic } from "../../errors/diagnostic.ts";
import { type Bind, bindTask, evaluating } from "../../plan/bind-task.ts";
import type { Context, Guard, Task } from "../../plan/task.ts";
import type { TaskKeywords } from "../../site/site.ts";
import type { Expression } from "../../value/expression.ts";
import type { Scope } from "../../value/scope.ts";
import { isList, isMap, typeName, type Value } from "../../value/value.ts";
import { evaluateValue } from "../../vars/compile-value.ts";
import { extendScope } from "../../vars/resolve-vars.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import { type PlayRun, scopeOf, taskScope } from "../context/scope-of.ts";

/** Why a task does not run here, or cannot. */
export type Withheld = Exclude<Bind, { readonly kind: "bound" }>;

export interface Item {
  readonly value: Value;
  readonly index: number;
  readonly label: Value;
  /** What the task calls it. */
  readonly loopVar: string;
}

/** Whether and how often a task runs on a host. `items` is null where it does not loop. */
export type Occurrences = { readonly kind: "occurrences"; readonly items: readonly Item[] | null } | Withheld;

interface Looping {
  readonly context: Context;
  readonly source: { readonly keywords: TaskKeywords; readonly place: Task["source"]["place"] };
}

/** Decides the conditions that do not ask about the item, then the loop. */
export function occurrencesOf(context: RunContext, play: PlayRun, host: HostRun, task: Looping): Occurrences {
  const { keywords } = task.source;
  const before = task.context.guards.filter((guard) => keywords.loop === undefined || !readsItem(guard, keywords));
  const held = withheldBy(context, play, host, before, null, keywords);
  if (held) return held;
  if (keywords.loop === undefined) return { kind: "occurrences", items: null };
  const loop = keywords.loop;
  const scope = taskScope(context, play, host, task);
  const items = evaluating(() => itemsOf(evaluateValue(loop, scope)));
  if (items.kind !== "value") return items;
  if (items.value === null) {
    const got = evaluating(() => typeName(evaluateValue(loop, scope)));
    const diagnostic: Diagnostic = {
      code: "wrong-type",
      message: `\`loop\`: expected a list or a map, got ${got.kind === "value" ? got.value : "something else"}`,
      place: loop.place,
    };
    return { kind: "invalid", diagnostics: [diagnostic] };
  }
  const labelled = evaluating(() =>
    (items.value ?? []).map((value, index): Item => {
      const label = keywords.loopControl.label;
      return {
        value,
        index,
        label: label ? evaluateValue(label, itemScope(scope, keywords, { value, index })) : value,
        loopVar: keywords.loopControl.loopVar,
      };
    }),
  );
  return labelled.kind === "value" ? { kind: "occurrences", items: labelled.value } : labelled;
}

/** Binds one occurrence, after the conditions that ask about its item. */
export function bindItem(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  task: Task,
  item: Item | null,
  acting?: { readonly host: HostRun; readonly scope: Scope },
): Bind {
  const { keywords } = task.source;
  const held = heldByItem(context, play, host, task, item);
  if (held) return held;
  const base = taskScope(context, play, host, task);
  const scope = item ? itemScope(base, keywords, item) : base;
  return bindTask(context, {
    task,
    host: host.name,
    scope,
    ...(item && { item }),
    ...(acting && acting.host !== host && { acting: { name: acting.host.name, scope: acting.scope } }),
    defaults: context.options,
    checkOnly: task.context.checkMode === true,
    contributed: (to) => host.shared.contributions.read(to),
  });
}

/** The conditions that ask about the item: null where they let it through. */
export function heldByItem(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  task: Task,
  item: Item | null,
): Withheld | null {
  if (!item) return null;
  const { keywords } = task.source;
  const guards = task.context.guards.filter((guard) => readsItem(guard, keywords));
  return withheldBy(context, play, host, guards, item, keywords);
}

export function itemScope(
  scope: Scope,
  keywords: TaskKeywords,
  item: { readonly value: Value; readonly index: number },
): Scope {
  const { loopVar, indexVar } = keywords.loopControl;
  return extendScope(scope, { [loopVar]: item.value, ...(indexVar !== undefined && { [indexVar]: item.index }) });
}

function withheldBy(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  guards: readonly Guard[],
  item: Item | null,
  keywords: TaskKeywords,
): Withheld | null {
  for (const guard of guards) {
    const base = scopeOf(context, play, host, guard.layers, guard.role);
    const scope = item ? itemScope(base, keywords, item) : base;
    const answer = evaluating(() => guard.expression.evaluate(scope));
    if (answer.kind !== "value") return answer;
    if (answer.value !== true) return { kind: "skipped", reason: `\`${guard.expression.source}\` is false` };
  }
  return null;
}

function readsItem({ expression }: { readonly expression: Expression }, { loopControl }: TaskKeywords): boolean {
  return expression.uses.some(({ name, path }) => {
    const variable = name === "vars" ? path[0] : name;
    return variable === loopControl.loopVar || variable === loopControl.indexVar;
  });
}

/** A list gives its items, a map items with `key` and `value`; null for anything else. */
export function itemsOf(value: Value): readonly Value[] | null {
  if (isList(value)) return value;
  if (isMap(value)) return Object.entries(value).map(([key, each]) => ({ key, value: each }));
  return null;
}
