import type { FrozenHost } from "../world.ts";
import { niceNumber } from "./numbers.ts";
import type { PropertyValue } from "./pool-properties.ts";
import { vdevAllocated } from "./pool-space.ts";
import { poolUsable, usableSize } from "./vdev-sizes.ts";
import { isLeaf, type Place, type PoolView, parityOf, vdevName, vdevPath } from "./vdevs.ts";

/** The numbers that -p prints for states. */
const STATES: Readonly<Record<string, number>> = {
  OFFLINE: 2,
  REMOVED: 3,
  UNAVAIL: 4,
  FAULTED: 5,
  DEGRADED: 6,
  ONLINE: 7,
};

const NAMES = [
  "capacity state guid asize psize ashift size free allocated comment expandsize fragmentation bootsize parity path",
  "devid physpath encpath fru parent children numchildren read_errors write_errors checksum_errors initialize_errors",
  "null_ops read_ops write_ops free_ops claim_ops trim_ops null_bytes read_bytes write_bytes free_bytes claim_bytes",
  "trim_bytes removing allocating failfast checksum_n checksum_t io_n io_t slow_io_n slow_io_t trim_support",
  "trim_errors slow_ios",
]
  .join(" ")
  .split(" ");
const UNSET = new Set(
  "comment devid physpath encpath fru children checksum_n checksum_t io_n io_t slow_io_n slow_io_t".split(" "),
);

export function isVdevProperty(name: string): boolean {
  return NAMES.includes(name);
}

/** Properties of a vdev (since 2.2), in the order in which they are printed. `root`: the pool itself as a vdev. */
export function vdevProperties(
  host: FrozenHost,
  pool: PoolView,
  place: Place | "root",
  exact: boolean,
): readonly (readonly [string, PropertyValue])[] {
  const vdev = place === "root" ? null : place.vdev;
  const leaf = vdev !== null && isLeaf(vdev);
  // Of a device only one that stands for itself has space.
  const top = place !== "root" && place.parent === null;
  const size = vdev === null ? poolUsable(pool) : top ? usableSize(vdev) : 0;
  const used = vdev !== null && top ? vdevAllocated(host, pool, vdev) : 0;
  const bytes = (value: number) => (exact ? String(value) : niceNumber(value));
  const state = vdev?.state ?? "ONLINE";
  const labels = 4.5 * 1024 ** 2;
  const known: Readonly<Record<string, string>> = {
    capacity: String(size === 0 ? 0 : Math.floor((used / size) * 100)),
    state: exact ? String(STATES[state] ?? 0) : state,
    guid: vdev?.guid ?? pool.guid,
    asize: bytes(leaf ? (vdev.bytes ?? 0) - labels : 0),
    psize: bytes(leaf ? (vdev.bytes ?? 0) : 0),
    ashift: String(vdev === null ? 0 : (vdev.ashift ?? (place === "root" ? 0 : (place.parent?.ashift ?? 9)))),
    size: bytes(size),
    free: bytes(size - used),
    allocated: bytes(used),
    expandsize: "-",
    fragmentation: "0%",
    parity: vdev === null || vdev.type === "mirror" ? "0" : String(parityOf(vdev)),
    path: leaf ? vdevPath(vdev) : "-",
    parent: place === "root" || place.parent === null ? "root-0" : place.parent.name.replace(/^raidz\d/, "raidz"),
    numchildren: String(vdev?.children.length ?? pool.vdevs.length),
    removing: "off",
    allocating: top ? "on" : "-",
    failfast: "on",
    trim_support: "on",
    children: vdev === null || leaf ? "-" : vdev.children.map((child) => vdevName(host, child)).join(),
  };
  return NAMES.map((name) => {
    const value = known[name] ?? (UNSET.has(name) ? "-" : "0");
    const byDefault =
      (value === "-" && (UNSET.has(name) || name === "path")) || name === "bootsize" || name === "failfast";
    return [name, { value, source: byDefault ? "default" : "-" }] as const;
  });
}
