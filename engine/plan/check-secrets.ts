import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Inventory, InventoryHost } from "../inventory/inventory.ts";
import { findHost } from "../inventory/load-inventory.ts";
import type { Module } from "../module/define-module.ts";
import type { SiteFiles } from "../site/files.ts";
import { EvaluationError } from "../value/evaluation-error.ts";
import { UnknownRead, type ValueSource, type VariableUse } from "../value/expression.ts";
import type { Scope } from "../value/scope.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";
import type { CheckedEntry, CheckedPlay } from "./check-site.ts";
import { selected, type TagSelection } from "./expand.ts";
import { usesInParams } from "./uses-in-params.ts";
import { usesInEntry, usesInSource } from "./uses-in-play.ts";

export interface SecretsToCheck {
  readonly plays: readonly Pick<CheckedPlay, "entries" | "hosts">[];
  readonly selection: TagSelection;
  readonly inventory: Inventory;
  readonly extraVars: VarsLayer;
  readonly modules: ReadonlyMap<string, Module>;
  readonly files: SiteFiles;
}

/**
 * Opens the secrets that the run is about to read, and no others: a key that is missing is told before anything is sent,
 * and whoever runs one play needs the keys of that play alone.
 */
export function checkSecrets(request: SecretsToCheck): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  const open = (source: ValueSource): void => {
    for (const diagnostic of problemsIn(source)) {
      const { code, place } = diagnostic;
      found.set([code, place?.file, place?.line, place?.column].join("\0"), diagnostic);
    }
  };
  for (const { entries, hosts } of request.plays) {
    const running = entries.filter(({ context }) => selected(context.tags, request.selection));
    const inventoryHosts = hosts.flatMap((name) => findHost(request.inventory, name) ?? []);
    for (const entry of running) for (const source of sourcesOf(entry)) open(source);
    const uses = running.flatMap((entry) => [
      ...usesInEntry(entry),
      ...usesInParams(entry, request),
      ...entry.context.guards.flatMap(({ expression }) => expression.uses),
    ]);
    const inner = [...new Set(running.flatMap(({ context }) => context.layers))];
    for (const host of inventoryHosts) openRead(host, [...host.layers, ...inner, request.extraVars], uses, open);
  }
  return [...found.values()];
}

/** What a host's tasks read, over any number of variables, and what it takes to log in to it. */
function openRead(
  host: InventoryHost,
  layers: readonly VarsLayer[],
  uses: readonly VariableUse[],
  open: (source: ValueSource) => void,
): void {
  const seen = new Set<string>();
  const connection = host.layers.flatMap(({ variables }) =>
    [...variables.keys()].filter((name) => name.startsWith("lab_")),
  );
  const queue = [...connection, ...uses.flatMap(nameOf)];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const { content } of winnersOf(name, layers)) {
      if (content.kind !== "source") continue;
      open(content.source);
      queue.push(...[...usesInSource(content.source)].flatMap(nameOf));
    }
  }
}

function nameOf({ name, path }: VariableUse): readonly string[] {
  if (name !== "vars") return [name];
  return path[0] === undefined ? [] : [path[0]];
}

/** The definition that counts, and those that it is joined with. Of several tasks each has its own. */
function winnersOf(name: string, layers: readonly VarsLayer[]): readonly Variable[] {
  const all = layers.flatMap(({ level, variables }) => {
    const variable = variables.get(name);
    return variable ? [{ level, variable }] : [];
  });
  const highest = Math.max(...all.map(({ level }) => level));
  const within = all.filter(({ level }) => level === highest);
  // Above the hosts' own variables it depends on the task which of them counts.
  const counting = highest >= 4 ? within : within.slice(-1);
  const joined = counting.some(
    ({ variable: { content } }) => content.kind === "source" && content.source.combine !== undefined,
  );
  return (joined ? all : counting).map(({ variable }) => variable);
}

function sourcesOf({ source }: CheckedEntry): readonly ValueSource[] {
  if (source.kind !== "task") return [];
  const { loop, vars } = source.keywords;
  const own = [...vars.variables.values()].flatMap(({ content }) =>
    content.kind === "source" ? [content.source] : [],
  );
  return [source.params, ...(loop ? [loop] : []), ...own];
}

const nothing: Scope = { get: () => undefined, has: () => false, names: () => [] };

function* problemsIn(source: ValueSource): Iterable<Diagnostic> {
  if (source.kind === "list") for (const item of source.items) yield* problemsIn(item);
  if (source.kind === "map") for (const { value } of source.entries) yield* problemsIn(value);
  if (source.kind !== "expression" || source.expression.sealed !== true) return;
  try {
    source.expression.evaluate(nothing);
  } catch (error) {
    if (error instanceof EvaluationError) yield error.diagnostic;
    else if (!(error instanceof UnknownRead)) throw error;
  }
}
