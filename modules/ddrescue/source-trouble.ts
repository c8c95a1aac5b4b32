import { type DiskIdentity, parseDiskIdentity, withChildren } from "../../engine/formats/disk-identity.ts";
import { type ExecAnswer, type Refusal, refuse } from "../../engine/module/index.ts";
import { deviceOf, folderOf, type Params } from "./params.ts";

/** The disk, once it is certain that it is the one that was meant and that nobody uses it; else why not. */
export function sourceDisk(given: Params, lsblk: ExecAnswer, zpools: ExecAnswer): DiskIdentity | Refusal {
  const { source } = given;
  const device = deviceOf(given);
  if (lsblk.code === 127) return refuse("there is no lsblk on the host", "install util-linux");
  const disk = parseDiskIdentity(lsblk.stdout);
  if (lsblk.code !== 0 || disk === null) {
    return refuse(
      `there is no disk ${device}`,
      "is it plugged in and switched on? `ls -l /dev/disk/by-id` shows what there is",
    );
  }
  if (disk.serial !== source.serial) {
    const has = disk.serial === null ? "has no serial number" : `has the serial number ${disk.serial}`;
    return refuse(
      `${device} ${has}, not ${source.serial}: nothing was read from it`,
      "compare what is printed on the disk with `lsblk -o NAME,SIZE,SERIAL,MODEL`",
    );
  }
  if (disk.bytes === 0)
    return refuse(`${device} tells no size: it does not answer any more`, "unplug it, let it cool down, and try again");
  if (source.size_bytes !== undefined && disk.bytes !== source.size_bytes) {
    return refuse(
      `${device} has ${disk.bytes} bytes, not ${source.size_bytes}: nothing was read from it`,
      "a disk that tells a wrong size is not to be trusted; if that is its size, say so in size_bytes",
    );
  }
  const all = withChildren(disk);
  const mounted = all.find(({ mounts }) => mounts.length > 0);
  if (mounted !== undefined) {
    return refuse(
      `${mounted.path} of the source is in use: it is mounted at ${mounted.mounts.join(", ")}`,
      "unmount it, and keep others from mounting it again; never rescue a disk that is written to",
    );
  }
  const used = all.find(({ type }) => !["disk", "part", "loop", "rom"].includes(type));
  if (used !== undefined) {
    return refuse(
      `the source is in use: ${used.path} (${used.type}) is made of it`,
      "take that apart first, or deactivate it",
    );
  }
  // Of a pool that is imported the kernel tells nothing.
  const paths = new Set(all.map(({ path }) => path));
  const inPool = zpools.stdout.split(/\s+/).find((word) => paths.has(word));
  if (zpools.code === 0 && inPool !== undefined) {
    return refuse(`the source is in use: ${inPool} belongs to an imported ZFS pool`, "export the pool first");
  }
  return disk;
}

/** Why the image cannot go where it shall; null if it can. `df` is of its folder, `has` what the image takes there already. */
export function destinationTrouble(given: Params, disk: DiskIdentity, df: ExecAnswer, has: number): Refusal | null {
  const folder = folderOf(given);
  const [, line = ""] = df.stdout.trim().split("\n");
  const match = /^(\S.*?)\s+(\S+)\s+(\d+)$/.exec(line.trim());
  if (df.code !== 0 || match === null) {
    return refuse(
      `the folder ${folder} for the image is not there`,
      "make it first, with the module `file`, on a disk with enough space",
    );
  }
  const [, device = "", fstype = "", available = "0"] = match;
  if (withChildren(disk).some(({ path }) => path === device)) {
    return refuse(`${folder} is on the source itself (${device})`, "the image belongs on another disk");
  }
  if (["vfat", "msdos", "exfat"].includes(fstype) && fstype !== "exfat" && disk.bytes >= 4_294_967_296) {
    return refuse(
      `${folder} is on ${fstype}, whose files have less than 4 GiB; the disk has ${disk.bytes} bytes`,
      "choose another disk",
    );
  }
  if (["tmpfs", "ramfs", "devtmpfs"].includes(fstype)) {
    return refuse(
      `${folder} is in memory (${fstype}): a restart would lose what was rescued`,
      "choose a folder on a disk",
    );
  }
  const needs = Math.ceil(disk.bytes * given.space_factor);
  const room = Number(available) + has;
  if (room >= needs) return null;
  return refuse(
    `${folder} has room for ${room} bytes, and ${needs} are needed: nothing was read`,
    "the whole size counts, also with `sparse`; make room, or choose another disk",
  );
}
