import type { FrozenHost } from "../world.ts";
import { findDevice } from "./devices.ts";
import type { Vdev } from "./state.ts";
import { guidOf, type VdevClass } from "./vdevs.ts";

/** What a command line lays out: top-level vdevs by their class. Groups have no number yet. */
export type Layout = Readonly<Record<VdevClass, readonly Vdev[]>>;

/** Words that begin a class. */
const CLASS_WORDS: ReadonlyMap<string, Exclude<VdevClass, "vdevs">> = new Map([
  ["log", "logs"],
  ["cache", "cache"],
  ["spare", "spares"],
  ["special", "special"],
]);

/** Reads the vdevs of `zpool create` and `zpool add`. The error is what the tool prints. */
export function parseVdevs(
  host: FrozenHost,
  words: readonly string[],
  poolGuid: string,
): Layout | { readonly error: string } {
  const layout: Record<VdevClass, Vdev[]> = { vdevs: [], special: [], logs: [], cache: [], spares: [] };
  let target: VdevClass = "vdevs";
  const seen = new Set<string>();
  const queue = [...words];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    const named = CLASS_WORDS.get(word);
    if (named !== undefined) {
      if (named !== "special" && seen.has(word))
        return { error: `invalid vdev specification: '${word}' can be specified only once\n` };
      seen.add(word);
      target = named;
      continue;
    }
    const group = groupOf(word);
    if (group === undefined) {
      const leaf = leafOf(host, word, poolGuid);
      if ("error" in leaf) return leaf;
      layout[target].push(leaf);
      continue;
    }
    if (target === "cache" || target === "spares" || (target === "logs" && group.type !== "mirror")) {
      const shown = target === "spares" ? "spare" : target === "logs" ? "log" : target;
      return { error: `invalid vdev specification: unsupported '${shown}' device: ${group.label}\n` };
    }
    const children: Vdev[] = [];
    while (queue[0] !== undefined && groupOf(queue[0]) === undefined && !CLASS_WORDS.has(queue[0])) {
      const leaf = leafOf(host, queue.shift() ?? "", poolGuid);
      if ("error" in leaf) return leaf;
      children.push(leaf);
    }
    if (children.length < group.least)
      return { error: `invalid vdev specification: ${group.label} requires at least ${group.least} devices\n` };
    const name = group.type === "draid" ? draidName(word, children.length) : group.type;
    layout[target].push({
      type: group.type,
      name,
      children,
      state: "ONLINE",
      guid: guidOf(`${poolGuid} ${words.join()} ${name} ${children.map((child) => child.name).join()}`),
    });
  }
  if (Object.values(layout).every((vdevs) => vdevs.length === 0))
    return { error: "invalid vdev specification: at least one toplevel vdev must be specified\n" };
  return layout;
}

/** One device as a vdev of its own. */
export function leafOf(host: FrozenHost, word: string, poolGuid: string): Vdev | { readonly error: string } {
  const device = findDevice(host, word);
  if ("error" in device) return device;
  return {
    type: device.kind,
    name: device.path,
    children: [],
    state: "ONLINE",
    guid: guidOf(`${poolGuid} ${device.path} ${host.clockMs}`),
    bytes: device.bytes,
    ...(device.whole && { wholeDisk: true as const }),
  };
}

interface Group {
  readonly type: "mirror" | "raidz1" | "raidz2" | "raidz3" | "draid";
  /** As it was typed. */
  readonly label: string;
  readonly least: number;
}
function groupOf(word: string): Group | undefined {
  if (word === "mirror") return { type: "mirror", label: word, least: 2 };
  const raidz = /^raidz([123]?)$/.exec(word);
  if (raidz !== null) {
    const parity = Number(raidz[1] || 1);
    return { type: parity === 3 ? "raidz3" : parity === 2 ? "raidz2" : "raidz1", label: word, least: parity + 1 };
  }
  return /^draid[123]?(:\d+[dcs])*$/.test(word) ? { type: "draid", label: word, least: 2 } : undefined;
}

/** `draid1:2d:4c:1s`: what was not said is filled in. */
function draidName(word: string, children: number): string {
  const parity = Number(/^draid(\d)/.exec(word)?.[1] ?? 1);
  const part = (letter: string) => new RegExp(`:(\\d+)${letter}`).exec(word)?.[1];
  const spares = Number(part("s") ?? 0);
  const data = Number(part("d") ?? Math.min(8, children - spares - parity));
  return `draid${parity}:${data}d:${children}c:${spares}s`;
}
