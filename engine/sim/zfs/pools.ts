import { makePartitions } from "../host/block-devices.ts";
import type { Session } from "../session.ts";
import { type Disk, type FrozenHost, type Host, own } from "../world.ts";
import { deviceAt, diskOf } from "./devices.ts";
import { scanNow } from "./scan.ts";
import type { Pool, Vdev } from "./state.ts";
import { allLeaves, CLASSES, isLeaf, leavesOf, type PoolView, parityOf, type VdevView } from "./vdevs.ts";

/** Why a device is not what it should be. */
type Trouble = "missing" | "corrupt" | "dead";

/** What keeps a pool's device from serving, from what the disks of the host are now. */
export function troubleOf(host: FrozenHost, pool: PoolView, leaf: VdevView): Trouble | null {
  const device = deviceAt(host, leaf.name);
  const disk = device === undefined ? undefined : diskOf(host, device);
  if (disk === undefined) return "missing";
  if (disk.health === "dead") return "dead";
  return disk.content.kind === "zfs" && disk.content.guid === pool.guid ? null : "corrupt";
}

/**
 * A pool as it shows itself now: the states of its vdevs follow from its devices, a scan whose time has come is done,
 * and a replacement that it carried through is over.
 */
export function poolNow(host: FrozenHost, pool: PoolView): PoolView {
  const scan = scanNow(host, pool.scan);
  const resilvering = scan?.function === "resilver" && scan.state === "scanning";
  const seen = (vdev: VdevView): VdevView => {
    if (isLeaf(vdev)) return { ...vdev, state: leafState(host, pool, vdev) };
    const children = vdev.children.map(seen);
    const [, after] = children;
    if (vdev.type === "replacing" && !resilvering && after !== undefined) return after;
    return { ...vdev, children, state: groupState({ ...vdev, children }) };
  };
  const classes = Object.fromEntries(CLASSES.map((name) => [name, pool[name].map(seen)] as const));
  return { ...pool, ...classes, vdevs: pool.vdevs.map(seen), scan };
}

function leafState(host: FrozenHost, pool: PoolView, leaf: VdevView): Vdev["state"] {
  if (leaf.state === "OFFLINE") return "OFFLINE";
  switch (troubleOf(host, pool, leaf)) {
    case "missing":
      return "UNAVAIL";
    case "corrupt":
    case "dead":
      return "FAULTED";
    default:
      return "ONLINE";
  }
}
function groupState(group: VdevView): Vdev["state"] {
  const lost = group.children.filter(({ state }) => state !== "ONLINE" && state !== "DEGRADED").length;
  if (lost > parityOf(group)) return "UNAVAIL";
  return lost > 0 || group.children.some(({ state }) => state === "DEGRADED") ? "DEGRADED" : "ONLINE";
}

/** The state of a pool from those of its vdevs. `UNAVAIL` while it is imported is a pool that hangs. */
export function poolState(now: PoolView): "ONLINE" | "DEGRADED" | "UNAVAIL" {
  const states = [...now.vdevs, ...now.special].map(({ state }) => state);
  if (states.some((state) => state !== "ONLINE" && state !== "DEGRADED")) return "UNAVAIL";
  return states.includes("DEGRADED") || now.logs.some(({ state }) => state !== "ONLINE") ? "DEGRADED" : "ONLINE";
}
/** As `zpool list` and the property `health` name it. */
export function poolHealth(now: PoolView): string {
  const state = poolState(now);
  return state === "UNAVAIL" ? "SUSPENDED" : state;
}

/** Imported pools by name, as they are now. */
export function importedPools(host: FrozenHost): readonly PoolView[] {
  return Object.values(host.zfs?.pools ?? {})
    .map((pool) => poolNow(host, pool))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
export function importedPool(host: FrozenHost, name: string): PoolView | undefined {
  const pool = own<PoolView>(host.zfs?.pools ?? {}, name);
  return pool === undefined ? undefined : poolNow(host, pool);
}

/** The same pool to be changed; a finished replacement is carried out first. */
export function changeImported(session: Session, name: string): Pool {
  const host = session.change();
  const pool = own(host.zfs?.pools ?? {}, name);
  if (pool === undefined) throw new Error(`no pool ${name}`);
  const now = poolNow(host, pool);
  const resilvering = now.scan?.function === "resilver" && now.scan.state === "scanning";
  const settle = (vdev: Vdev): Vdev => {
    vdev.children = vdev.children.map(settle);
    const [before, after] = vdev.children;
    if (vdev.type !== "replacing" || resilvering || before === undefined || after === undefined) return vdev;
    unlabel(host, pool, before);
    return after;
  };
  pool.vdevs = pool.vdevs.map(settle);
  for (const each of CLASSES) pool[each] = pool[each].map(settle);
  pool.scan = now.scan === null ? null : { ...now.scan };
  return pool;
}

/** Writes the pool's labels on a device: whole disks get their partitions first. What was there is lost. */
export function label(session: Session, pool: Pool, vdev: VdevView): void {
  for (const leaf of leavesOf([vdev])) {
    const host = session.change();
    const device = deviceAt(host, leaf.name);
    const disk = device === undefined ? undefined : own(host.disks ?? {}, device.key);
    if (device === undefined || disk === undefined) continue;
    if (leaf.wholeDisk === true) makePartitions(session, device.key);
    disk.content = { kind: "zfs", pool: pool.name, guid: pool.guid, state: "imported" };
  }
}

/** Takes the pool's labels off a device that has left it. */
export function unlabel(host: Host, pool: PoolView, vdev: VdevView): void {
  for (const disk of disksOf(host, pool, [vdev])) disk.content = { kind: "blank" };
}

/** Tells the disks that a pool is imported, exported or destroyed. */
export function relabel(host: Host, pool: PoolView, state: "imported" | "exported" | "destroyed"): void {
  for (const disk of disksOf(host, pool, allLeaves(pool)))
    disk.content = { kind: "zfs", pool: pool.name, guid: pool.guid, state };
}

/** The disks that hold labels of this pool. */
function disksOf(host: Host, pool: PoolView, vdevs: readonly VdevView[]): readonly Disk[] {
  return leavesOf(vdevs).flatMap((leaf) => {
    const device = deviceAt(host, leaf.name);
    const disk = device === undefined ? undefined : own(host.disks ?? {}, device.key);
    return disk?.content.kind === "zfs" && disk.content.guid === pool.guid && disk.health === "fine" ? [disk] : [];
  });
}

/** Whether a device serves a pool that is imported. */
export function isInUse(host: FrozenHost, key: string): boolean {
  const content = own(host.disks ?? {}, key)?.content;
  return content?.kind === "zfs" && content.state === "imported";
}
