import type { Inventory } from "../inventory/inventory.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { createScope } from "../vars/resolve-vars.ts";
import { evaluating } from "./bind-task.ts";

/** One of several runs that share the hosts of a call between them. Both count from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/**
 * Host → the number of its shard, the same in every run that is given the same hosts. Hosts of one machine stay together:
 * they share its connection and its lock, and what is written on one of them may change the others. The machines are dealt
 * out by how many hosts they bring, each to the shard that has the fewest by then. `now`: the inventory, which may have
 * grown since.
 */
export function partitionHosts(
  names: readonly string[],
  { inventory, extraVars }: { readonly inventory: Inventory; readonly extraVars: VarsLayer },
  of: number,
): (name: string, now: Inventory) => number {
  const machines = new Map<string, string[]>();
  for (const name of new Set(names)) {
    const key = shardKey(name, inventory, extraVars);
    const hosts = machines.get(key) ?? [];
    machines.set(key, hosts);
    hosts.push(name);
  }
  const dealt = [...machines].sort(
    ([key, hosts], [other, others]) => others.length - hosts.length || (key < other ? -1 : 1),
  );
  const sizes = new Array<number>(of).fill(0);
  const shards = new Map<string, number>();
  const ofMachines = new Map<string, number>();
  for (const [key, hosts] of dealt) {
    const lightest = sizes.indexOf(Math.min(...sizes));
    sizes[lightest] = (sizes[lightest] ?? 0) + hosts.length;
    ofMachines.set(key, lightest + 1);
    for (const name of hosts) shards.set(name, lightest + 1);
  }
  // A host that comes about while the run goes on is where its machine is. One with a machine of its own is known to all
  // shards by its name alone.
  return (name, now) => {
    const dealtTo = shards.get(name);
    if (dealtTo !== undefined) return dealtTo;
    const key = shardKey(name, now, extraVars);
    return ofMachines.get(key) ?? (fingerprint(key) % of) + 1;
  };
}

/** What hosts of one machine have in common, as far as the inventory tells; or what it says by `lab_shard_key`. */
function shardKey(name: string, inventory: Inventory, extraVars: VarsLayer): string {
  const seen = new Set<string>();
  for (let current = name; ; ) {
    seen.add(current);
    const variable = variablesOf(current, inventory, extraVars);
    const said = variable("lab_shard_key");
    if (said !== undefined) return `key ${said}`;
    const node = variable("lab_node");
    if (node === undefined || seen.has(node)) {
      if (variable("lab_connection") === "local") return "controller";
      const address = variable("lab_host");
      return address === undefined ? `host ${current}` : `address ${address} ${variable("lab_port") ?? 22}`;
    }
    current = node;
  }
}

function variablesOf(
  name: string,
  inventory: Inventory,
  extraVars: VarsLayer,
): (variable: string) => string | undefined {
  const host = inventory.hosts.get(name);
  const scope = createScope([...(host?.layers ?? []), extraVars], new Map([["inventory_hostname", name]]));
  return (variable) => {
    const value = evaluating(() => scope.get(variable));
    return value.kind === "value" && (typeof value.value === "string" || typeof value.value === "number")
      ? String(value.value)
      : undefined;
  };
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/). */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
