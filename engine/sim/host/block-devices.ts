import type { Session } from "../session.ts";
import { type Disk, type Frozen, type FrozenHost, own } from "../world.ts";

/** A disk or one of its partitions, as the kernel lists them. */
export interface BlockDevice {
  readonly name: string;
  readonly kind: "disk" | "part";
  /** The disk that it is, or is on. */
  readonly disk: string;
  readonly bytes: number;
  readonly serial: string | null;
  readonly model: string | null;
  /** Names under /dev/disk/by-id. */
  readonly ids: readonly string[];
  readonly partitionTable: boolean;
  readonly signature: Signature | null;
  readonly mountpoints: readonly string[];
  readonly dead: boolean;
  /** Set by `blockdev --setro`. */
  readonly readOnly: boolean;
}
/** What blkid finds on it. */
export interface Signature {
  readonly type: string;
  readonly uuid: string;
  readonly label?: string;
}

const MIB = 1024 ** 2;
/** Nobody describes the disk of the system; it has the size that an installer proposes. */
const SYSTEM_DISK_BYTES = 32 * 1024 ** 3;

/** Every disk, that of the system too, each followed by its partitions. */
export function blockDevices(host: FrozenHost): readonly BlockDevice[] {
  const described = Object.entries(host.disks ?? {}).filter(([name]) => !name.startsWith("/"));
  const ofMounts = host.mounts.map(({ source }) => diskOfSource(source)).filter((name) => name !== undefined);
  const names = new Set([...ofMounts, ...described.map(([name]) => name)]);
  return [...names].sort(byDiskName).flatMap((name) => devicesOf(host, name, own(host.disks ?? {}, name)));
}

function devicesOf(host: FrozenHost, name: string, disk: Frozen<Disk> | undefined): readonly BlockDevice[] {
  const parts = partitionsOf(host, name);
  const content = disk?.content ?? { kind: "blank" };
  const zfsPart = content.kind === "zfs" && parts.includes(1) ? 1 : undefined;
  const common = {
    disk: name,
    serial: disk?.serial ?? null,
    model: disk?.model ?? null,
    dead: disk?.health === "dead",
  };
  const device = (path: string, signature: Signature | null) => ({
    readOnly: disk?.readOnly?.includes(path.slice("/dev/".length)) ?? false,
    signature: signature ?? mountedSignature(host, path),
    mountpoints: host.mounts.filter(({ source }) => source === path).map(({ target }) => target),
  });
  const onWhole = parts.length === 0 ? signatureOf(content) : null;
  const bytes = disk?.bytes ?? SYSTEM_DISK_BYTES;
  return [
    {
      ...common,
      name,
      kind: "disk",
      bytes,
      ids: disk?.ids ?? [],
      partitionTable: parts.length > 0,
      ...device(`/dev/${name}`, onWhole),
    },
    ...parts.map((number): BlockDevice => {
      const part = partitionName(name, number);
      const here = number === (zfsPart ?? parts[0]) ? signatureOf(content) : null;
      return {
        ...common,
        name: part,
        kind: "part",
        bytes: number === 9 ? 8 * MIB : partitionBytes(bytes),
        ids: (disk?.ids ?? []).map((id) => `${id}-part${number}`),
        partitionTable: true,
        ...device(`/dev/${part}`, here),
      };
    }),
  ];
}

function signatureOf(content: Frozen<Disk>["content"]): Signature | null {
  switch (content.kind) {
    case "filesystem":
      return { type: content.fstype, uuid: content.uuid };
    case "zfs":
      // The labels of a destroyed pool are still there.
      return { type: "zfs_member", uuid: content.guid, label: content.pool };
    default:
      return null;
  }
}

function mountedSignature(host: FrozenHost, path: string): Signature | null {
  const mount = host.mounts.find(({ source }) => source === path);
  return mount === undefined ? null : { type: mount.fstype, uuid: mount.uuid ?? "" };
}

/** Partition numbers of a disk: those that have a node. */
export function partitionsOf(host: FrozenHost, disk: string): readonly number[] {
  const found = Array.from({ length: 16 }, (_, index) => index + 1);
  return found.filter((number) => Object.hasOwn(host.files, `/dev/${partitionName(disk, number)}`));
}

/** `vdb` and 1 are `vdb1`; `nvme0n1` and 1 are `nvme0n1p1`. */
export function partitionName(disk: string, number: number): string {
  return `${disk}${/\d$/.test(disk) ? "p" : ""}${number}`;
}

/** The disk of `/dev/sdb1`, `/dev/nvme0n1p2` or `/dev/sdb`; undefined if it names no disk. */
export function diskOfSource(source: string): string | undefined {
  const match = /^\/dev\/(?:((?:sd|vd|xvd|hd)[a-z]+)\d*|((?:nvme\d+n|mmcblk)\d+)(?:p\d+)?)$/.exec(source);
  return match?.[1] ?? match?.[2];
}

/**
 * What ZFS gets of a disk that it is given as a whole: the disk without the table and an 8 MiB partition at its end,
 * in steps of 1 MiB. Measured on the real one: 1014 MiB of 1 GiB.
 */
export function partitionBytes(diskBytes: number): number {
  const sectors = Math.floor(diskBytes / 512);
  return Math.floor((sectors - 34 - 16384 - 2048) / 2048) * MIB;
}

/** Gives a disk the two partitions that ZFS makes, with their nodes and links. */
export function makePartitions(session: Session, disk: string): void {
  const host = session.change();
  const mtime = Math.floor(host.clockMs / 1000);
  const whole = host.files[`/dev/${disk}`];
  const { major, minor } = whole?.type === "block" ? whole : { major: 259, minor: 0 };
  for (const number of [1, 9]) {
    const name = partitionName(disk, number);
    const device = { type: "block", major, minor: minor + number, mode: "0660", uid: 0, gid: DISK_GROUP } as const;
    host.files[`/dev/${name}`] = { ...device, mtime };
    for (const id of host.disks?.[disk]?.ids ?? []) {
      const target = `../../${name}`;
      host.files[`/dev/disk/by-id/${id}-part${number}`] = {
        ...{ type: "symlink", mode: "0777", uid: 0, gid: 0, mtime },
        target,
      };
    }
  }
}

export function dropPartitions(session: Session, disk: string): void {
  const host = session.change();
  for (const number of partitionsOf(host, disk)) {
    delete host.files[`/dev/${partitionName(disk, number)}`];
    for (const id of host.disks?.[disk]?.ids ?? []) delete host.files[`/dev/disk/by-id/${id}-part${number}`];
  }
}

/** Number of Debian's group `disk`. */
export const DISK_GROUP = 6;

// sdb before sdaa, as the kernel names them.
function byDiskName(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}
