import { sha256 } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import { type Output, PveError } from "../command/pve-error.ts";
import type { MountPoint } from "../container/mount-points.ts";
import { sizeText } from "../container/mount-points.ts";
import { mkfsChatter } from "./mkfs-chatter.ts";
import { allocateVolume, containerFormat, findVolume, storageOf, volumePath } from "./volumes.ts";

/**
 * Copies a volume of a container to a new one on some storage, file by file as rsync does, and puts the new one into
 * the mount point with the size that it really has. Throws PveError.
 */
export function copyVolume(
  session: Session,
  vmid: string,
  storageId: string,
  mount: MountPoint,
  output: Pick<Output, "out">,
): string {
  const source = mount.get("volume") ?? "";
  const volume = findVolume(session.host, source);
  if (volume === undefined) throw new PveError(`volume '${source}' does not exist`);
  const storage = storageOf(session.host, storageId);
  if (!storage.content.has("rootdir"))
    throw new PveError(`content type 'rootdir' is not available or configured on storage '${storageId}'`);
  const bytes = Math.floor(volume.bytes / 1024) * 1024;
  const format = containerFormat(storage, bytes);
  const volid = allocateVolume(session, storageId, { vmid, format, bytes });
  if (format === "raw") {
    if (storage.type !== "btrfs" && storage.options.has("path"))
      output.out(`Formatting '${volumePath(session.host, volid)}', fmt=raw size=${bytes} preallocation=off`);
    output.out(mkfsChatter(bytes, `${volid} ${session.host.clockMs}`));
  }
  output.out(rsyncChatter(source));
  session.spend(400);
  mount.set("volume", volid);
  mount.set("size", sizeText(bytes));
  return volid;
}

/** What rsync --stats says; how many files there are the lab does not know as well as a real file system. */
function rsyncChatter(seed: string): string {
  const files = 300 + (Number.parseInt(sha256(seed).slice(0, 2), 16) % 20);
  return [
    "",
    `Number of files: ${files} (reg: 12, dir: 21, link: ${files - 33})`,
    `Number of created files: ${files - 2} (reg: 12, dir: 19, link: ${files - 33})`,
    "Number of deleted files: 0",
    "Number of regular files transferred: 12",
    "Total file size: 1,986,137 bytes",
    "Total transferred file size: 1,982,890 bytes",
    "Literal data: 1,982,890 bytes",
    "Matched data: 0 bytes",
    "File list size: 0",
    "File list generation time: 0.001 seconds",
    "File list transfer time: 0.000 seconds",
    "Total bytes sent: 1,992,688",
    "Total bytes received: 1,148",
    "",
    "sent 1,992,688 bytes  received 1,148 bytes  3,987,672.00 bytes/sec",
    "total size is 1,986,137  speedup is 1.00",
    "",
  ].join("\n");
}
