import { blockDevices } from "../host/block-devices.ts";
import type { FrozenHost } from "../world.ts";
import { deviceAt, diskOf } from "./devices.ts";
import { firstPartition, type VdevView } from "./vdevs.ts";

/** What zpool says of devices that hold something, or serve something; null if they are free. */
export function devicesFault(
  host: FrozenHost,
  leaves: readonly VdevView[],
  force: boolean,
  /** Spares of the pool that takes them: they may be in it already. */
  spares: readonly VdevView[] = [],
): string | null {
  const faults: string[] = [];
  for (const leaf of leaves) {
    const device = deviceAt(host, leaf.name);
    if (device === undefined || spares.some(({ name }) => deviceAt(host, name)?.key === device.key)) continue;
    const held = leaf.type === "disk" ? heldBy(host, leaf) : null;
    // The kernel does not let go of it, whatever -f says, and what else is wrong is told no more.
    if (held !== null) return `${header(faults, force)}${leaf.name} is in use and contains a ${held} filesystem.\n`;
    const content = diskOf(host, device)?.content;
    if (content?.kind === "zfs") {
      const shown = leaf.wholeDisk === true ? firstPartition(leaf.name) : leaf.name;
      if (content.state === "imported") faults.push(`${shown} is part of active pool '${content.pool}'\n`);
      else if (content.state === "exported" && !force)
        faults.push(`${shown} is part of exported pool '${content.pool}'\n`);
    } else if (content?.kind === "filesystem" && !force) {
      faults.push(`${leaf.name} contains a filesystem of type '${content.fstype}'\n`);
    }
  }
  return faults.length === 0 ? null : header(faults, force);
}

function header(faults: readonly string[], force: boolean): string {
  if (faults.length === 0) return "";
  const what = force ? "the following errors must be manually repaired:" : "use '-f' to override the following errors:";
  return `invalid vdev specification\n${what}\n${faults.join("")}`;
}

/** What is on a device that the kernel holds: a mounted file system, or ZFS itself, which blkid does not know on a disk. */
function heldBy(host: FrozenHost, leaf: VdevView): string | null {
  const device = deviceAt(host, leaf.name);
  if (device === undefined) return null;
  const own = blockDevices(host).filter((each) =>
    device.whole ? each.disk === device.key : `/dev/${each.name}` === device.canonical,
  );
  const mounted = own.find(({ mountpoints }) => mountpoints.length > 0);
  if (mounted !== undefined) return mounted.signature?.type ?? "unknown";
  const content = diskOf(host, device)?.content;
  return device.whole && content?.kind === "zfs" && content.state === "imported" ? "unknown" : null;
}
