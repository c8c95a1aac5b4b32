import { printPveSize } from "../../../formats/pve-size.ts";
import { nodeOf } from "../../files/look-at-path.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { type Output, PveError } from "../command/pve-error.ts";
import { FormatError, type PropertySchema, parseProperties, printProperties } from "../command/schema.ts";
import type { HeldConf } from "../guest/guest-conf.ts";
import { mkfsChatter } from "../storage/mkfs-chatter.ts";
import {
  allocateVolume,
  containerFormat,
  findVolume,
  freeVolume,
  parseVolumeId,
  storageOf,
  volumePath,
} from "../storage/volumes.ts";
import { MOUNT_POINT, ROOTFS } from "./keys/property-keys.ts";

/** `rootfs` or an `mpN`, its sub-options by name; `volume` is always one of them. */
export type MountPoint = Map<string, string>;

const NEW_VOLUME = /^([^:\s]+):(\d+(?:\.\d+)?)$/;
/** The largest file of an ext4 file system, which a node's folders are on. */
const LARGEST_FILE = 16 * 1024 ** 4;

export function isMountKey(key: string): boolean {
  return key === "rootfs" || /^mp\d+$/.test(key);
}

export function parseMount(key: string, value: string): MountPoint {
  return parseKnown(schemaOf(key), value);
}
export function printMount(key: string, mount: MountPoint): string {
  return printProperties(schemaOf(key), mount);
}

/** Takes apart a value of the file, which anyone may have written. Throws PveError. */
export function parseKnown(schema: PropertySchema, value: string): Map<string, string> {
  try {
    return parseProperties(schema, value);
  } catch (error) {
    if (error instanceof FormatError) throw new PveError(error.message);
    throw error;
  }
}

export type MountKind = "bind" | "device" | "volume";
export function kindOfMount(volume: string): MountKind {
  if (volume.startsWith("/dev/")) return "device";
  return volume.startsWith("/") ? "bind" : "volume";
}

export function isNewVolume(volume: string): boolean {
  return NEW_VOLUME.test(volume);
}

/**
 * Makes the volume that `STORAGE:GiB` asks for and puts its id and size in its place. A size that was given as well
 * counts for nothing.
 */
export function makeVolume(session: Session, vmid: string, mount: MountPoint, output: Pick<Output, "out">): string {
  const [, storageId = "", gib = "0"] = NEW_VOLUME.exec(mount.get("volume") ?? "") ?? [];
  const storage = storageOf(session.host, storageId);
  const mebibytes = Math.floor(Number(gib) * 1024);
  const bytes = mebibytes * 1024 ** 2;
  const format = containerFormat(storage, bytes);
  const volid = allocateVolume(session, storageId, { vmid, format, bytes });
  if (format === "raw") {
    if (storage.type !== "btrfs" && storage.options.has("path")) {
      const path = volumePath(session.host, volid);
      const exact = BigInt(mebibytes) * 1024n ** 2n;
      output.out(`Formatting '${path}', fmt=raw size=${exact} preallocation=off`);
      if (bytes > LARGEST_FILE) {
        freeVolume(session, volid);
        throw new PveError(
          `unable to create image: qemu-img: ${path}: The image size is too large for file format 'raw'`,
        );
      }
    }
    output.out(mkfsChatter(bytes, `${volid} ${session.host.clockMs}`));
  }
  mount.set("volume", volid);
  mount.set("size", sizeText(bytes));
  return volid;
}

/** Sets the size of an existing volume to what it is; one that is not there is warned about and has none. */
export function refreshSize(host: FrozenHost, mount: MountPoint, warn: (text: string) => void): void {
  const volid = mount.get("volume") ?? "";
  if (kindOfMount(volid) !== "volume") return;
  mount.delete("size");
  const path = volumePath(host, volid);
  const volume = findVolume(host, volid);
  if (volume === undefined) warn(`failed to stat '${path}'`);
  else mount.set("size", sizeText(volume.bytes));
}

export function sizeText(bytes: number): string {
  return bytes === 0 ? "0T" : printPveSize(bytes);
}

/** Throws PveError unless the storage of a volume may hold containers. */
export function assertMayHold(host: FrozenHost, volume: string): void {
  if (kindOfMount(volume) !== "volume") return;
  const { storage } = parseVolumeId(volume);
  if (!storageOf(host, storage).content.has("rootdir"))
    throw new PveError(`storage '${storage}' does not allow content type 'rootdir' (Container)`);
}

/** Throws PveError where the source of a bind mount is missing. */
export function assertSource(session: Session, mount: MountPoint): void {
  const volume = mount.get("volume") ?? "";
  switch (kindOfMount(volume)) {
    case "bind":
      if (nodeOf(session, volume)?.type !== "directory") throw new PveError(`directory '${volume}' does not exist`, 1);
      return;
    case "device":
      if (nodeOf(session, volume) === undefined) throw new PveError(`Device ${volume} does not exist`, 2);
      return;
    case "volume":
      if (findVolume(session.host, volume) === undefined) throw new PveError(`volume '${volume}' does not exist`);
  }
}

/** Keeps a volume that is no longer mounted, under the first free number. */
export function addUnused(conf: HeldConf, volid: string): void {
  const names = Array.from({ length: 256 }, (_, index) => `unused${index}`);
  if (names.some((name) => conf.values.get(name) === volid)) return;
  const free = names.find((name) => !conf.values.has(name));
  if (free === undefined) throw new PveError("Too many unused volumes - please delete them first.");
  conf.values.set(free, volid);
}

/** A volume that is mounted is not unused, too. */
export function dropUsed(conf: HeldConf): void {
  const used = new Set(mountedVolumes(conf.values));
  for (const [key, value] of [...conf.values]) {
    if (/^unused\d+$/.test(key) && used.has(value)) conf.values.delete(key);
  }
}

/** The volumes that the values mount; what cannot be read mounts none. */
export function mountedVolumes(values: ReadonlyMap<string, string>): readonly string[] {
  return [...values]
    .filter(([key]) => isMountKey(key))
    .map(([, value]) => /^(?:.*,)?volume=([^,]+)/.exec(value)?.[1] ?? value.split(",")[0] ?? "")
    .filter((volume) => kindOfMount(volume) === "volume" && volume.includes(":"));
}

/** Whether a snapshot or the configuration mounts a volume. */
export function isInUse(conf: HeldConf, volid: string): boolean {
  return [conf, ...conf.snapshots.values()].some((part) => mountedVolumes(part.values).includes(volid));
}

function schemaOf(key: string): PropertySchema {
  return key === "rootfs" ? ROOTFS : MOUNT_POINT;
}
