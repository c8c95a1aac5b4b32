import type { ModuleDefaults, TaskSource } from "../site/site.ts";
import type { Expression, SourceEntry, ValueSource } from "../value/expression.ts";
import { isMap, type Value } from "../value/value.ts";
import { evaluateValue, usesOf } from "../vars/compile-value.ts";

/**
 * Stands for the parameter that a single value means (`command: uptime`): which one it is only the module knows, and
 * where tasks are expanded no modules are at hand. No parameter is called so.
 */
export const soleParameter = "";

interface Made {
  readonly defaults: readonly ModuleDefaults[];
  readonly source: TaskSource;
}
/** A task is known by its source, in notifications and contributions: the same defaults must give the same object. */
const made = new WeakMap<TaskSource, Made[]>();

/** The task with the parameters that `module_defaults` gives its module, below its own. `defaults`: outermost first. */
export function withModuleDefaults(source: TaskSource, defaults: readonly ModuleDefaults[]): TaskSource {
  const fitting = defaults.flatMap((level) => level.filter(({ module }) => module === source.module));
  if (fitting.length === 0) return source;
  const known = made.get(source) ?? [];
  made.set(source, known);
  const before = known.find(
    (each) => each.defaults.length === defaults.length && each.defaults.every((level, at) => level === defaults[at]),
  );
  if (before) return before.source;
  const entries = new Map<string, SourceEntry>();
  for (const { params } of fitting) if (params.kind === "map") for (const entry of params.entries) set(entries, entry);
  for (const entry of ownEntries(source.params)) set(entries, entry);
  const params: ValueSource = { kind: "map", entries: [...entries.values()], place: source.params.place };
  const merged = { ...source, params };
  known.push({ defaults, source: merged });
  return merged;
}

function set(entries: Map<string, SourceEntry>, entry: SourceEntry): void {
  // What is overridden takes its new place: errors are told in the order of the task.
  entries.delete(entry.key);
  entries.set(entry.key, entry);
}

function ownEntries(params: ValueSource): readonly SourceEntry[] {
  if (params.kind === "map") return params.entries;
  if (params.kind === "literal" && params.value === null) return [];
  return [{ key: soleParameter, keyPlace: params.place, value: params }];
}

/** The map of parameters of a task with defaults, once its module is known. */
export function withSoleParameter(source: ValueSource, shorthand: string | undefined): ValueSource {
  if (source.kind !== "map") return source;
  const sole = source.entries.find(({ key }) => key === soleParameter);
  if (!sole) return source;
  const known = resolved.get(source);
  if (known) return known;
  const others = source.entries.filter((entry) => entry !== sole && entry.key !== shorthand);
  const result: ValueSource =
    shorthand === undefined
      ? wholeMap(sole.value, others)
      : { ...source, entries: [...others, { ...sole, key: shorthand }] };
  resolved.set(source, result);
  return result;
}

const resolved = new WeakMap<ValueSource, ValueSource>();

/** `copy: "{{ parameters }}"`: the value is the map, and what it does not have comes from the defaults. */
function wholeMap(own: ValueSource, defaults: readonly SourceEntry[]): ValueSource {
  const { place } = own;
  const below: ValueSource = { kind: "map", entries: defaults, place };
  const expression: Expression = {
    source: own.kind === "expression" ? own.expression.source : "",
    place,
    uses: [...usesOf(own), ...usesOf(below)],
    evaluate(scope): Value {
      const value = evaluateValue(own, scope);
      const lower = evaluateValue(below, scope);
      return isMap(value) && isMap(lower) ? { ...lower, ...value } : value;
    },
  };
  return { kind: "expression", expression, place };
}
