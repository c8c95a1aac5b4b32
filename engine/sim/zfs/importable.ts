import { posix } from "node:path";
import type { FrozenHost } from "../world.ts";
import { canonicalPath, deviceAt, diskOf } from "./devices.ts";
import { releaseOf } from "./pool-properties.ts";
import { messageUrl } from "./pool-trouble.ts";
import { poolNow, poolState, troubleOf } from "./pools.ts";
import type { Dataset, Pool, Vdev } from "./state.ts";
import { allLeaves, CLASSES, isLeaf, type PoolView, type VdevView, vdevName } from "./vdevs.ts";

/** Pools that are on devices and not imported, the oldest first: those that were exported, or those that were destroyed. */
export function importablePools(host: FrozenHost, folders: readonly string[], destroyed: boolean): readonly PoolView[] {
  return Object.values(host.zfs?.exported ?? {})
    .filter(
      (pool) =>
        (pool.destroyed === true) === destroyed && allLeaves(pool).some((leaf) => isFound(host, pool, leaf, folders)),
    )
    .sort((a, b) => madeMs(a) - madeMs(b));
}

function madeMs({ name, datasets }: PoolView): number {
  return datasets[name]?.createdMs ?? 0;
}

function isFound(host: FrozenHost, pool: PoolView, leaf: VdevView, folders: readonly string[]): boolean {
  const device = deviceAt(host, leaf.name);
  const content = device === undefined ? undefined : diskOf(host, device)?.content;
  if (content?.kind !== "zfs" || content.guid !== pool.guid || troubleOf(host, pool, leaf) !== null) return false;
  // A device that was away when its pool was destroyed does not know of it.
  if (content.state !== (pool.destroyed === true ? "destroyed" : "exported")) return false;
  // Files are looked for only where someone says they are; disks everywhere.
  if (folders.length === 0) return true;
  return folders.some((folder) => pathIn(host, leaf, folder) !== undefined) || leaf.type === "disk";
}

/** The name that a device has in a folder. */
function pathIn(host: FrozenHost, leaf: VdevView, folder: string): string | undefined {
  const wanted = canonicalPath(host, leaf.name);
  const clean = posix.normalize(folder).replace(/\/$/, "");
  if (canonicalPath(host, clean) === wanted) return clean;
  return Object.keys(host.files).find((path) => posix.dirname(path) === clean && canonicalPath(host, path) === wanted);
}

/** With -d the devices have the names of that folder from then on. What was offline for now is online. */
export function withPathsIn(host: FrozenHost, pool: Pool, folders: readonly string[]): Pool {
  const renewed = (vdev: Vdev): Vdev => {
    const children = vdev.children.map(renewed);
    if (!isLeaf(vdev)) return { ...vdev, children };
    const { offlineUntilImport, ...kept } = vdev;
    const name = folders.map((folder) => pathIn(host, vdev, folder)).find((path) => path !== undefined) ?? vdev.name;
    return { ...kept, children, name, ...(offlineUntilImport === true && { state: "ONLINE" as const }) };
  };
  pool.vdevs = pool.vdevs.map(renewed);
  for (const name of CLASSES) pool[name] = pool[name].map(renewed);
  return pool;
}

/** The same pool under another name, its datasets with it. */
export function renamed(pool: Pool, name: string): Pool {
  if (pool.name === name) return pool;
  const moved = (text: string) => name + text.slice(pool.name.length);
  const datasets = Object.values(pool.datasets).map((dataset): Dataset => {
    const { origin } = dataset;
    return { ...dataset, name: moved(dataset.name), ...(origin !== undefined && { origin: moved(origin) }) };
  });
  return { ...pool, name, datasets: Object.fromEntries(datasets.map((dataset) => [dataset.name, dataset])) };
}

/** What `zpool import` prints of one pool. */
export function importText(host: FrozenHost, pool: PoolView): string {
  const now = poolNow(host, pool);
  const state = poolState(now);
  const troubles = allLeaves(now).map((leaf) => troubleOf(host, now, leaf));
  const missing = troubles.includes("missing") || troubles.includes("dead");
  const corrupt = !missing && troubles.includes("corrupt");
  const offline = allLeaves(now).some((leaf) => leaf.state === "OFFLINE");
  const comment = pool.properties.comment?.value;
  const newer = releaseOf(host) >= 2.3;
  // Everything stands one further to the right where there is a comment; before 2.3 always.
  const pad = comment !== undefined || !newer ? " " : "";
  const status = corrupt
    ? "One or more devices contains corrupted data.\n"
    : missing
      ? "One or more devices are missing from the system.\n"
      : offline
        ? "One or more devices are offlined.\n"
        : "";
  const action =
    state === "ONLINE"
      ? "The pool can be imported using its name or numeric identifier.\n"
      : state === "DEGRADED"
        ? "The pool can be imported despite missing or damaged devices.  The\n\tfault tolerance of the pool may be compromised if imported.\n"
        : missing
          ? "The pool cannot be imported. Attach the missing\n\tdevices and try again.\n"
          : "The pool cannot be imported due to damaged devices or data.\n";
  const message = corrupt ? (state === "UNAVAIL" ? "5E" : "4J") : missing ? (state === "UNAVAIL" ? "3C" : "2Q") : null;
  return [
    `${pad}  pool: ${now.name}\n`,
    `${pad}    id: ${now.guid}\n`,
    `${pad} state: ${state}${pool.destroyed === true ? " (DESTROYED)" : ""}\n`,
    status === "" ? "" : `${newer ? pad : ""}status: ${status}`,
    `${pad}action: ${action}`,
    comment === undefined ? "" : `comment: ${comment}\n`,
    message === null ? "" : `${newer ? pad : ""}   see: ${messageUrl(`ZFS-8000-${message}`)}\n`,
    `${pad}config:\n\n`,
    importTable(host, now),
  ].join("");
}

function importTable(host: FrozenHost, now: PoolView): string {
  // Devices keep their names here, found or not.
  const nameOf = (vdev: VdevView) => vdevName(host, isLeaf(vdev) ? { ...vdev, state: "ONLINE" } : vdev);
  const widths = (vdevs: readonly VdevView[], depth: number): readonly number[] =>
    vdevs.flatMap((vdev) => [nameOf(vdev).length + depth * 2, ...widths(vdev.children, depth + 1)]);
  const all = [...now.vdevs, ...CLASSES.flatMap((name) => now[name])];
  const width = Math.max(10, now.name.length, ...widths(all, 1));
  const line = (name: string, state: string, note: string) => `\t${name.padEnd(width)}  ${state}${note}\n`;
  const insufficient = (state: string) => (state === "UNAVAIL" ? "  insufficient replicas" : "");
  const rows = (vdevs: readonly VdevView[], depth: number): string =>
    vdevs
      .map((vdev) => {
        const note = isLeaf(vdev)
          ? vdev.state === "FAULTED"
            ? "  corrupted data"
            : vdev.state === "UNAVAIL"
              ? "  cannot open"
              : ""
          : insufficient(vdev.state);
        return line(`${"  ".repeat(depth)}${nameOf(vdev)}`, vdev.state, note) + rows(vdev.children, depth + 1);
      })
      .join("");
  const names = (vdevs: readonly VdevView[]) => vdevs.map((vdev) => `\t  ${nameOf(vdev)}\n`).join("");
  const state = poolState(now);
  return [
    line(now.name, state, insufficient(state)),
    rows(now.vdevs, 1),
    now.special.length === 0 ? "" : `\tspecial\t\n${rows(now.special, 1)}`,
    now.logs.length === 0 ? "" : `\tlogs\t\n${rows(now.logs, 1)}`,
    now.cache.length === 0 ? "" : `\tcache\n${names(now.cache)}`,
    now.spares.length === 0 ? "" : `\tspares\n${names(now.spares)}`,
  ].join("");
}
