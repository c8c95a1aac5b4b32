import { posix } from "node:path";
import { blockDevices, diskOfSource, partitionBytes } from "../host/block-devices.ts";
import { type Disk, type Frozen, type FrozenHost, own } from "../world.ts";

/** What zpool can make a vdev of: a disk, a partition, a large file. */
export interface Device {
  readonly kind: "disk" | "file";
  /** As it was given, made absolute. */
  readonly path: string;
  /** Where that leads: `/dev/vdb`. */
  readonly canonical: string;
  /** A disk, not a partition of one. */
  readonly whole: boolean;
  /** Its entry in `host.disks`; none for the system's disk. */
  readonly key: string;
  /** What ZFS can have of it. */
  readonly bytes: number;
}

/** Folders in which a name without a slash is looked for. */
const SHORTHAND = ["/dev/disk/by-id", "/dev"];

/** The device that a word names, as zpool's command line understands it. */
export function findDevice(host: FrozenHost, word: string): Device | { readonly error: string } {
  if (word.startsWith("/")) return deviceAt(host, word) ?? { error: `cannot resolve path '${word}'\n` };
  const found = word.includes("/")
    ? undefined
    : SHORTHAND.map((folder) => deviceAt(host, `${folder}/${word}`)).find((device) => device !== undefined);
  return (
    found ?? {
      error: `cannot open '${word}': no such device in /dev\nmust be a full path or shorthand device name\n`,
    }
  );
}

/** The device at an absolute path; undefined if nothing is there that could be one. */
export function deviceAt(host: FrozenHost, path: string): Device | undefined {
  const canonical = canonicalPath(host, path);
  const node = own(host.files, canonical);
  if (node?.type === "file") {
    const bytes = own(host.disks ?? {}, canonical)?.bytes ?? Buffer.byteLength(node.content);
    return { kind: "file", path, canonical, whole: false, key: canonical, bytes };
  }
  if (node?.type !== "block") return undefined;
  const found = blockDevices(host).find(({ name }) => `/dev/${name}` === canonical);
  if (found === undefined) return undefined;
  const whole = found.kind === "disk";
  const bytes = whole ? partitionBytes(found.bytes) : found.bytes;
  return { kind: "disk", path, canonical, whole, key: diskOfSource(canonical) ?? found.disk, bytes };
}

/** Where a path leads when its links are followed. */
export function canonicalPath(host: FrozenHost, path: string): string {
  let current = posix.normalize(path);
  for (let links = 0; links < 40; links += 1) {
    const node = own(host.files, current);
    if (node?.type !== "symlink") break;
    current = posix.resolve(posix.dirname(current), node.target);
  }
  return current;
}

export function diskOf(host: FrozenHost, device: Device): Frozen<Disk> | undefined {
  return own(host.disks ?? {}, device.key);
}
