import type { FrozenHost } from "../world.ts";
import type { Storage } from "./storages.ts";

/** Bytes of a storage. */
export interface StorageSpace {
  readonly total: number;
  readonly used: number;
}

const GIB = 1024 ** 3;
/** The lab models no sizes of file systems: every one is as large as a usual system disk, beside what guests' volumes take. */
const TOTAL = 94 * GIB;
const SYSTEM = 5 * GIB;

export function spaceOf(host: FrozenHost, storage: Storage): StorageSpace {
  const volumes = Object.entries(host.pve?.volumes ?? {})
    .filter(([id]) => id.startsWith(`${storage.id}:`))
    .reduce((sum, [, { bytes }]) => sum + bytes, 0);
  const total = storage.type === "zfspool" ? poolBytes(host, storage) : TOTAL;
  const own = storage.type === "zfspool" ? 0 : SYSTEM;
  return { total, used: Math.min(total, own + volumes) };
}

/** Of mirrors and single disks one disk each, of raidz all but the parity. */
function poolBytes(host: FrozenHost, storage: Storage): number {
  const [name = ""] = (storage.options.get("pool") ?? "").split("/");
  const vdevs = host.zfs?.pools[name]?.vdevs ?? [];
  const disk = (path: string) => host.disks?.[path.split("/").at(-1) ?? ""]?.bytes ?? TOTAL;
  return vdevs.reduce((sum, vdev) => {
    const parity = Number(/^raidz(\d)/.exec(vdev.type)?.[1] ?? 0);
    const members = vdev.children.length === 0 ? [vdev] : vdev.children;
    const smallest = Math.min(...members.map((member) => disk(member.name)));
    return sum + smallest * (parity > 0 ? Math.max(1, members.length - parity) : 1);
  }, 0);
}
