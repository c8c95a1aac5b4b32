import type { Module } from "../module/define-module.ts";
import type { SiteFiles } from "../site/files.ts";
import type { TaskKeywords } from "../site/site.ts";
import type { Expression, ValueSource, VariableUse } from "../value/expression.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { inheritedValues } from "./inherited-values.ts";
import type { PlainEntry } from "./task.ts";
import { usesInParams } from "./uses-in-params.ts";

/** Every reading of a variable that these tasks can come to, their hosts' variables included. */
export function* usesInEntries(
  entries: Iterable<PlainEntry>,
  layers: readonly VarsLayer[],
  request: { readonly modules: ReadonlyMap<string, Module>; readonly files: SiteFiles },
): Iterable<VariableUse> {
  const seen = new Set<VarsLayer>();
  for (const layer of layers) yield* usesInLayer(layer, seen);
  for (const entry of entries) {
    for (const layer of entry.context.layers) yield* usesInLayer(layer, seen);
    for (const { expression } of entry.context.guards) yield* expression.uses;
    yield* usesInEntry(entry);
    yield* usesInUntil(entry.source.keywords);
    yield* usesInParams(entry, request);
  }
}

/** What a task or include itself reads, its inherited conditions left out. */
export function* usesInEntry(entry: PlainEntry): Iterable<VariableUse> {
  const { source, context } = entry;
  if (source.name) yield* usesInSource(source.name);
  if (source.kind === "task") yield* usesInSource(source.params);
  if (source.kind === "include-tasks") yield* usesInSource(source.file);
  if (source.kind === "include-role") {
    yield* usesInSource(source.role);
    if (source.tasksFrom) yield* usesInSource(source.tasksFrom);
  }
  yield* usesInKeywords(source.keywords);
  const inherited = [
    context.become,
    context.becomeUser,
    ...inheritedValues(context),
    ...context.environment,
    ...context.notify.map(({ name }) => name),
  ];
  for (const each of inherited) if (each) yield* usesInSource(each);
}

export function* usesInKeywords(keywords: TaskKeywords): Iterable<VariableUse> {
  const expressions: readonly Expression[] = [...(keywords.changedWhen ?? []), ...(keywords.failedWhen ?? [])];
  for (const { uses } of expressions) yield* uses;
  const sources = [
    keywords.loop,
    keywords.loopControl.label,
    keywords.ignoreErrors,
    keywords.async,
    keywords.poll,
    keywords.retries,
    keywords.delay,
    ...keywords.notify.map(({ name }) => name),
  ];
  for (const source of sources) if (source) yield* usesInSource(source);
}

/** `until` reads the task's own result, too: as what it is registered, else as `result`. */
export function* usesInUntil(keywords: TaskKeywords): Iterable<VariableUse> {
  for (const { uses } of keywords.until ?? []) yield* uses;
}

export function* usesInSource(source: ValueSource): Iterable<VariableUse> {
  if (source.kind === "expression") yield* source.expression.uses;
  if (source.kind === "list") for (const item of source.items) yield* usesInSource(item);
  if (source.kind === "map") for (const entry of source.entries) yield* usesInSource(entry.value);
}

function* usesInLayer(layer: VarsLayer, seen: Set<VarsLayer>): Iterable<VariableUse> {
  if (seen.has(layer)) return;
  seen.add(layer);
  for (const { content } of layer.variables.values())
    if (content.kind === "source") yield* usesInSource(content.source);
}
