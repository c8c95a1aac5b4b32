/** A disk as `lsblk -J -b` tells of it, for those who must be sure which one it is. */
export interface DiskIdentity {
  readonly path: string;
  readonly type: string;
  readonly bytes: number;
  readonly serial: string | null;
  readonly readOnly: boolean;
  readonly sectorBytes: number;
  readonly fstype: string | null;
  readonly mounts: readonly string[];
  /** Partitions, and what is made of it: volumes, arrays, encrypted devices. */
  readonly children: readonly DiskIdentity[];
}

/** The columns that `parseDiskIdentity` reads. */
export const DISK_COLUMNS = "NAME,PATH,TYPE,SIZE,SERIAL,RO,PHY-SEC,FSTYPE,MOUNTPOINTS";

/** The one disk of an answer; null if it is none, or of several. */
export function parseDiskIdentity(text: string): DiskIdentity | null {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return null;
  }
  const devices = isRecord(answer) && Array.isArray(answer.blockdevices) ? answer.blockdevices : [];
  const [only] = devices;
  return devices.length === 1 && isRecord(only) ? diskOf(only) : null;
}

/** The disk and all that is on it. */
export function withChildren(disk: DiskIdentity): readonly DiskIdentity[] {
  return [disk, ...disk.children.flatMap(withChildren)];
}

function diskOf(each: Readonly<Record<string, unknown>>): DiskIdentity {
  const text = (value: unknown) => (typeof value === "string" && value.trim() !== "" ? value.trim() : null);
  const mounts = Array.isArray(each.mountpoints) ? each.mountpoints : [];
  const children = Array.isArray(each.children) ? each.children : [];
  return {
    path: text(each.path) ?? "",
    type: text(each.type) ?? "",
    bytes: Number(each.size ?? 0),
    serial: text(each.serial),
    readOnly: each.ro === true || each.ro === "1" || each.ro === 1,
    sectorBytes: Number(each["phy-sec"] ?? 512) || 512,
    fstype: text(each.fstype),
    mounts: mounts.flatMap((mount) => text(mount) ?? []),
    children: children.flatMap((child) => (isRecord(child) ? [diskOf(child)] : [])),
  };
}
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
