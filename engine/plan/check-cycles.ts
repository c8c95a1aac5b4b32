import type { Diagnostic } from "../errors/diagnostic.ts";
import type { InventoryHost } from "../inventory/inventory.ts";
import type { Play } from "../site/site.ts";
import { tolerating } from "../value/tolerance.ts";
import { usesOf } from "../vars/compile-value.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { type StaticWorld, staticScope } from "./static-scope.ts";
import type { PlainEntry } from "./task.ts";

interface CyclesToCheck {
  readonly play: Pick<Play, "vars" | "folder">;
  readonly entries: readonly PlainEntry[];
  readonly hosts: readonly InventoryHost[];
  readonly world: StaticWorld;
}

/** Variables that are defined by each other, whether a task reads them or not. Each circle is told once. */
export function checkCycles({ play, entries, hosts, world }: CyclesToCheck): readonly Diagnostic[] {
  // A play without tasks has variables all the same.
  const ofPlay = { layers: [play.vars], role: null, playbookFolder: play.folder };
  const contexts = new Map(
    [ofPlay, ...entries.map(({ context }) => context)].map((context) => [context.layers.map(idOf).join(), context]),
  );
  const found = new Map<string, Diagnostic>();
  const seen = new Set<string>();
  for (const host of hosts) {
    for (const { layers, role, playbookFolder } of contexts.values()) {
      const all = [...host.layers, ...layers, world.extraVars];
      // Hosts differ in few layers, and tasks in fewer.
      const key = all.map(idOf).join();
      if (seen.has(key)) continue;
      seen.add(key);
      const suspects = suspectsIn(all);
      if (suspects.length === 0) continue;
      const scope = staticScope(world, host, layers, role, playbookFolder);
      for (const name of suspects) {
        const { failures } = tolerating(() => scope.get(name));
        for (const { diagnostic } of failures) if (diagnostic.code === "variable-cycle") note(found, diagnostic);
      }
    }
  }
  return [...found.values()];
}

/** A circle is met at each of its variables: the same places in another order. */
function note(found: Map<string, Diagnostic>, diagnostic: Diagnostic): void {
  const places = (diagnostic.related ?? []).map(({ place }) => `${place.file}:${place.line}:${place.column}`);
  const key = [...new Set(places)].sort().join();
  if (!found.has(key)) found.set(key, diagnostic);
}

/** Variables from whose definitions a way leads back to them. Evaluating tells whether it is ever taken. */
function suspectsIn(layers: readonly VarsLayer[]): readonly string[] {
  const reads = new Map<string, Set<string>>();
  for (const layer of layers) {
    for (const [name, { content }] of layer.variables) {
      if (content.kind !== "source") continue;
      const uses = usesOf(content.source);
      if (uses.length === 0) continue;
      const known = reads.get(name) ?? new Set<string>();
      for (const use of uses) known.add(use.name === "vars" ? (use.path[0] ?? "") : use.name);
      reads.set(name, known);
    }
  }
  return [...reads.keys()].filter((start) => {
    const seen = new Set<string>();
    const queue = [...(reads.get(start) ?? [])];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (name === start) return true;
      if (seen.has(name)) continue;
      seen.add(name);
      queue.push(...(reads.get(name) ?? []));
    }
    return false;
  });
}

const ids = new WeakMap<VarsLayer, number>();
let lastId = 0;

function idOf(layer: VarsLayer): number {
  const known = ids.get(layer);
  if (known !== undefined) return known;
  lastId += 1;
  ids.set(layer, lastId);
  return lastId;
}
