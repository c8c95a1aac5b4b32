import type { FrozenHost } from "../../world.ts";
import { niceBytes } from "../../zfs/numbers.ts";
import { poolAllocated, vdevAllocated } from "../../zfs/pool-space.ts";
import { messageUrl, poolTrouble } from "../../zfs/pool-trouble.ts";
import { poolHealth } from "../../zfs/pools.ts";
import { scanStats } from "../../zfs/scan.ts";
import { poolSize, poolUsable, usableSize, vdevSize } from "../../zfs/vdev-sizes.ts";
import { isLeaf, type NameStyle, type PoolView, type VdevView, vdevName, vdevPath } from "../../zfs/vdevs.ts";
import { type Json, jsonAnswer, jsonNumbers } from "./json.ts";

interface Numbers {
  /** --json-int */
  readonly int: boolean;
  /** -p */
  readonly exact: boolean;
}

/** What `zpool status -j` prints. */
export function statusJson(
  host: FrozenHost,
  pools: readonly PoolView[],
  style: NameStyle,
  numbers: Numbers,
  flat: boolean,
): string {
  return jsonAnswer(
    "status",
    Object.fromEntries(pools.map((now) => [now.name, ofPool(host, now, style, numbers, flat)])),
  );
}

function ofPool(host: FrozenHost, now: PoolView, style: NameStyle, numbers: Numbers, flat: boolean): Json {
  const { number } = jsonNumbers(numbers.int);
  const bytes = (value: number): string | number =>
    numbers.int ? value : numbers.exact ? String(value) : niceBytes(value);
  const count = (value: number): string | number => (numbers.int ? value : String(value));
  const errors = { read_errors: number(0), write_errors: number(0), checksum_errors: number(0) };
  const trouble = poolTrouble(host, now);

  const ofVdev = (vdev: VdevView, kind: string, parent: string | null): Json => {
    const name = vdevName(host, vdev, style);
    const leaf = isLeaf(vdev);
    const top = parent === now.name;
    return {
      name,
      vdev_type: vdev.type.replace(/^raidz\d$/, "raidz"),
      guid: number(vdev.guid ?? "0"),
      path: leaf ? vdevPath(vdev) : undefined,
      class: kind,
      state: vdev.state,
      parent: flat && parent !== null ? parent : undefined,
      // A group and a device of its own have space; a device of a group has its size alone.
      alloc_space: top ? bytes(vdevAllocated(host, now, vdev)) : undefined,
      total_space: top ? bytes(vdevSize(vdev)) : undefined,
      def_space: top ? bytes(usableSize(vdev)) : undefined,
      rep_dev_size: bytes(leaf ? (vdev.bytes ?? 0) : vdevSize(vdev)),
      phys_space: leaf ? bytes(vdev.bytes ?? 0) : undefined,
      ...errors,
      slow_ios: leaf ? number(0) : undefined,
      vdevs: leaf
        ? undefined
        : flattened(
            vdev.children.map((child) => [child, name] as const),
            kind,
          ),
    };
  };
  // Flat: every vdev below at one level, ordered by name, and again inside of its parent.
  const flattened = (vdevs: readonly (readonly [VdevView, string])[], kind: string): Json =>
    Object.fromEntries(vdevs.map(([vdev, parent]) => [vdevName(host, vdev, style), ofVdev(vdev, kind, parent)]));

  const listed = (vdevs: readonly VdevView[], kind: string): Json | undefined =>
    vdevs.length === 0
      ? undefined
      : flattened(
          vdevs.map((vdev) => [vdev, now.name] as const),
          kind,
        );
  const below = (vdevs: readonly VdevView[], parent: string): readonly (readonly [VdevView, string])[] =>
    vdevs.flatMap((vdev) => [...below(vdev.children, vdevName(host, vdev, style)), [vdev, parent] as const]);
  const allBelow = () => flattened(below(now.vdevs, now.name), "normal");

  const root: Json = {
    name: now.name,
    vdev_type: "root",
    guid: number(now.guid),
    class: "normal",
    state: poolHealth(now) === "SUSPENDED" ? "UNAVAIL" : poolHealth(now),
    alloc_space: bytes(poolAllocated(host, now)),
    total_space: bytes(poolSize(now)),
    def_space: bytes(poolUsable(now)),
    ...errors,
    vdevs: flat ? allBelow() : listed(now.vdevs, "normal"),
  };
  const stats = scanStats(host, now, poolAllocated(host, now), bytes, count);
  return {
    name: now.name,
    state: poolHealth(now),
    pool_guid: number(now.guid),
    txg: number(4),
    spa_version: number(5000),
    zpl_version: number(5),
    status: trouble?.status,
    action: trouble?.action,
    msgid: trouble?.message,
    moreinfo: trouble?.message === undefined ? undefined : messageUrl(trouble.message),
    scan_stats: stats ?? undefined,
    vdevs: flat
      ? { ...Object.fromEntries(Object.entries(objectOf(allBelow()))), [now.name]: root }
      : { [now.name]: root },
    logs: listed(now.logs, "log"),
    special: listed(now.special, "special"),
    l2cache: listed(now.cache, "l2cache"),
    spares: listed(now.spares, "spare"),
    error_count: number(0),
  };
}

function objectOf(value: Json): Readonly<Record<string, Json | undefined>> {
  return typeof value === "object" ? value : {};
}
