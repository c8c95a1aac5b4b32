/** What is on a disk, from `lsblk -J -b` and `blkid -p`; whether it may be given away hangs on it. */
interface Device {
  readonly path: string;
  readonly type: string;
  readonly fstype: string | null;
  readonly pttype: string | null;
  readonly mountpoints: readonly string[];
  readonly size: number;
  readonly children: readonly Device[];
}

/** The columns that `parseLsblk` reads. */
export const LSBLK_COLUMNS = "NAME,PATH,TYPE,FSTYPE,PTTYPE,MOUNTPOINTS,SERIAL,MODEL,SIZE";

/** The answer of `lsblk -J -b -o …`; empty if it is none. */
export function parseLsblk(text: string): readonly Device[] {
  try {
    const answer: unknown = JSON.parse(text);
    return isRecord(answer) ? devices(answer.blockdevices) : [];
  } catch {
    return [];
  }
}

/**
 * Why a disk is not blank; null if it is. blkid looks at the disk itself, lsblk at what udev has noted: the first misses
 * what is on partitions, the second what was written a moment ago, so both are asked.
 */
export function diskUse(device: Device, blkid: { readonly code: number; readonly stdout: string }): string | null {
  const mounted = mountsOf(device);
  if (mounted.length > 0) return `it is mounted at ${mounted.join(", ")}`;
  const members = device.children.map(({ path, fstype }) => `${path}${fstype === null ? "" : ` (${fstype})`}`);
  if (device.children.some(({ fstype }) => fstype === "zfs_member")) return "it is part of a ZFS pool";
  if (device.children.length > 0) return `it has partitions: ${members.join(", ")}`;
  const found = /^TYPE=(.+)$/m.exec(blkid.stdout)?.[1] ?? device.fstype;
  if (found !== null) return `it holds ${found === "zfs_member" ? "part of a ZFS pool" : `${found} data`}`;
  const table = /^PTTYPE=(.+)$/m.exec(blkid.stdout)?.[1] ?? device.pttype;
  if (table !== null) return `it has a partition table (${table})`;
  // 2: nothing found. Anything else is no "nothing": several signatures that contradict each other, or no reading at all.
  return blkid.code === 2 ? null : `blkid cannot tell what it holds (it ended with ${blkid.code})`;
}

function mountsOf({ mountpoints, children }: Device): readonly string[] {
  return [...mountpoints, ...children.flatMap(mountsOf)];
}

function devices(list: unknown): readonly Device[] {
  return Array.isArray(list) ? list.flatMap((each) => (isRecord(each) ? [deviceOf(each)] : [])) : [];
}
function deviceOf(each: Readonly<Record<string, unknown>>): Device {
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
  const mountpoints = Array.isArray(each.mountpoints) ? each.mountpoints : [each.mountpoint];
  return {
    path: text(each.path) ?? text(each.name) ?? "",
    type: text(each.type) ?? "",
    fstype: text(each.fstype),
    pttype: text(each.pttype),
    mountpoints: mountpoints.flatMap((mount) => text(mount) ?? []),
    size: Number(each.size ?? 0),
    children: devices(each.children),
  };
}
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
