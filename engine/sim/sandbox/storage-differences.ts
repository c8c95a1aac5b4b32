import { type Frozen, type FrozenHost, own } from "../world.ts";
import { importedPools, poolHealth } from "../zfs/pools.ts";
import type { Dataset } from "../zfs/state.ts";
import { CLASSES, isLeaf, type PoolView, placesOf, type VdevView, vdevName } from "../zfs/vdevs.ts";

/** What is otherwise with disks, pools, datasets and guests. Null: there was none, or is none any more. */
export interface StorageDifference {
  readonly kind: "disk" | "pool" | "dataset" | "container" | "vm";
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** From a fresh host of the same description to the one that there is. */
export function storageDifferences(fresh: FrozenHost, host: FrozenHost): readonly StorageDifference[] {
  return [
    ...compared("disk", disksOf(fresh), disksOf(host)),
    ...compared("pool", poolsOf(fresh), poolsOf(host)),
    ...compared("dataset", datasetsOf(fresh), datasetsOf(host)),
    ...compared("container", guestsOf(fresh, "containers"), guestsOf(host, "containers")),
    ...compared("vm", guestsOf(fresh, "vms"), guestsOf(host, "vms")),
  ];
}

type Said = Readonly<Record<string, string>>;

function compared(kind: StorageDifference["kind"], before: Said, after: Said): readonly StorageDifference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [was, is] = [own(before, name) ?? null, own(after, name) ?? null];
    return was === is ? [] : [{ kind, name, before: was, after: is }];
  });
}

function disksOf(host: FrozenHost): Said {
  return Object.fromEntries(
    Object.entries(host.disks ?? {}).map(([name, { content, health }]) => {
      const holds =
        content.kind === "zfs"
          ? `of the ${content.state} pool ${content.pool}`
          : content.kind === "filesystem"
            ? content.fstype
            : "blank";
      return [name, health === "dead" ? `${holds}, dead` : holds];
    }),
  );
}

/** `ONLINE, mirror of virtio-A and virtio-B, cache of sdd`. */
function poolsOf(host: FrozenHost): Said {
  const imported = importedPools(host).map((pool) => [pool.name, `${poolHealth(pool)}, ${layoutOf(host, pool)}`]);
  const exported = Object.values(host.zfs?.exported ?? {}).filter(({ destroyed }) => destroyed !== true);
  return Object.fromEntries([...exported.map(({ name }) => [name, "exported"]), ...imported]);
}

function layoutOf(host: FrozenHost, pool: PoolView): string {
  const names = (vdevs: readonly VdevView[]): string => vdevs.map((vdev) => one(vdev)).join(" and ");
  const one = (vdev: VdevView): string => {
    const state = vdev.state === "ONLINE" ? "" : ` (${vdev.state})`;
    if (isLeaf(vdev)) return `${vdevName(host, { ...vdev, state: "ONLINE" })}${state}`;
    return `${vdev.type} of ${names(vdev.children)}`;
  };
  const classes = CLASSES.flatMap((name) => (pool[name].length === 0 ? [] : [`${name} ${names(pool[name])}`]));
  return [names(pool.vdevs), ...classes].join(", ");
}

/** What was set on it, not what it inherits. */
function datasetsOf(host: FrozenHost): Said {
  return Object.fromEntries(
    Object.values(host.zfs?.pools ?? {}).flatMap(({ datasets }) =>
      Object.values(datasets).map((dataset) => [dataset.name, describe(dataset)]),
    ),
  );
}
function describe({ type, properties, snapshots }: Frozen<Dataset>): string {
  const set = Object.entries(properties)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { value }]) => ` ${name}=${value}`);
  const count = snapshots.length === 0 ? "" : `, ${snapshots.length} snapshot${snapshots.length === 1 ? "" : "s"}`;
  return `${type}${set.join("")}${count}`;
}

function guestsOf(host: FrozenHost, kind: "containers" | "vms"): Said {
  return Object.fromEntries(
    Object.entries(host.pve?.[kind] ?? {}).map(([vmid, { running }]) => [
      vmid,
      running === null ? "stopped" : "running",
    ]),
  );
}

/** Disks in service that a pool can be without, by the pool's name. */
export function dispensableDisks(host: FrozenHost): readonly { readonly pool: string; readonly disk: string }[] {
  return importedPools(host)
    .filter((pool) => poolHealth(pool) === "ONLINE")
    .flatMap((pool) =>
      placesOf(pool)
        .filter(({ vdev, parent }) => isLeaf(vdev) && parent !== null && parent.children.length > 1)
        .map(({ vdev }) => ({ pool: pool.name, disk: vdev.name })),
    );
}
