import { printPveSize } from "../../../formats/pve-size.ts";
import { nodeOf } from "../../files/look-at-path.ts";
import { nodeBytes } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { PveError } from "../command/pve-error.ts";
import { type PropertySchema, printProperties } from "../command/schema.ts";
import { parseKnown } from "../container/mount-points.ts";
import type { HeldConf } from "../guest/guest-conf.ts";
import { filePath, findVolume, parseVolumeId } from "../storage/volumes.ts";
import { DRIVE_NAMES, driveSchema } from "./keys/drive-keys.ts";

/** A drive of a virtual machine, its sub-options by name; `file` is always one of them. */
export type Drive = Map<string, string>;

/** Throws PveError where the value cannot be taken apart. */
export function parseDrive(key: string, value: string): Drive {
  return parseKnown(schemaOf(key), value);
}
export function printDrive(key: string, drive: Drive): string {
  return printProperties(schemaOf(key), drive);
}
function schemaOf(key: string): PropertySchema {
  const schema = driveSchema(key);
  if (schema === undefined) throw new PveError(`invalid drive key: ${key}`);
  return schema;
}

export function fileOf(drive: Drive): string {
  return drive.get("file") ?? "";
}
export function isCdrom(drive: Drive): boolean {
  return drive.get("media") === "cdrom";
}
/** The drive through which cloud-init tells the guest what it is to be. */
export function isCloudInit(drive: Drive): boolean {
  return isCdrom(drive) && /(^|[:/])vm-\d+-cloudinit(\.\w+)?$/.test(fileOf(drive));
}
/** `STORAGE:cloudinit`: such a drive is to be made. */
export function asksForCloudInit(drive: Drive): boolean {
  return /^[^/:]+:cloudinit$/.test(fileOf(drive));
}
/** A disk: what holds data of the guest. */
export function isDisk(drive: Drive): boolean {
  return !isCdrom(drive) && isVolume(fileOf(drive));
}
export function isVolume(file: string): boolean {
  return !file.startsWith("/") && file.includes(":");
}

/** The drives of a configuration, in Proxmox VE's order; those that cannot be read are none. */
export function drivesOf(
  values: ReadonlyMap<string, string>,
): readonly { readonly key: string; readonly drive: Drive }[] {
  return DRIVE_NAMES.flatMap((key) => {
    const value = values.get(key);
    return value === undefined ? [] : [{ key, drive: parseDrive(key, value) }];
  });
}

export function cloudInitDrive(values: ReadonlyMap<string, string>): string | undefined {
  return drivesOf(values).find(({ drive }) => isCloudInit(drive))?.key;
}

/** Bytes of what a drive holds; undefined if it is not there. */
export function bytesOf(session: Session, file: string): number | undefined {
  const known = findVolume(session.host, file)?.bytes;
  if (known !== undefined) return known;
  const place = file.startsWith("/") ? file : filePath(session.host, file)?.path;
  const node = place === undefined ? undefined : nodeOf(session, place);
  if (node === undefined || (node.type !== "file" && node.type !== "block")) return undefined;
  return node.type === "file" ? nodeBytes(node).length : 0;
}

/** Gives a drive the size that what it holds really has. Throws PveError where that is not there. */
export function refreshDrive(session: Session, drive: Drive): void {
  const file = fileOf(drive);
  drive.delete("format");
  if (!isVolume(file)) return;
  parseVolumeId(file);
  const bytes = bytesOf(session, file);
  if (bytes === undefined) throw new PveError(`volume '${file}' does not exist`);
  if (isCloudInit(drive)) drive.delete("size");
  else drive.set("size", printPveSize(bytes));
}

/** Keeps a volume that is no longer attached, under the first free number. */
export function addUnusedVolume(conf: HeldConf, volid: string): void {
  const names = Array.from({ length: 256 }, (_, index) => `unused${index}`);
  if (names.some((name) => conf.values.get(name) === volid)) return;
  const free = names.find((name) => !conf.values.has(name));
  if (free === undefined) throw new PveError("Too many unused volumes - please delete them first.");
  conf.values.set(free, volid);
}

/** The volumes that drives of these values hold. */
export function attachedVolumes(values: ReadonlyMap<string, string>): readonly string[] {
  return drivesOf(values)
    .map(({ drive }) => fileOf(drive))
    .filter(isVolume);
}
/** A volume that is attached is not unused, too. */
export function dropAttached(conf: HeldConf): void {
  const used = new Set(attachedVolumes(conf.values));
  for (const [key, value] of [...conf.values]) {
    if (/^unused\d+$/.test(key) && used.has(value)) conf.values.delete(key);
  }
}
/** Whether a snapshot or the configuration attaches a volume. */
export function isAttached(conf: HeldConf, volid: string): boolean {
  return [conf, ...conf.snapshots.values()].some((part) => attachedVolumes(part.values).includes(volid));
}

/** Linked clones of a base volume, on the same node. */
export function linkedTo(host: FrozenHost, base: string): readonly string[] {
  return Object.keys(host.pve?.volumes ?? {}).filter((volid) => volid.startsWith(`${base}/`));
}

/** The devices that it boots from, in order; empty where the older way is used, or none is named. */
export function bootDevices(values: ReadonlyMap<string, string>): readonly string[] {
  const order = /(?:^|,)order=([^,]*)/.exec(values.get("boot") ?? "")?.[1];
  return order === undefined ? [] : order.split(";").filter((device) => device !== "");
}
export function printBootOrder(devices: readonly string[]): string {
  return devices.length === 0 ? "" : `order=${devices.join(";")}`;
}
/** What is chosen at creation: the first disk, the first CD drive that is no cloud-init's, the first network. */
export function defaultBootOrder(values: ReadonlyMap<string, string>): string {
  const drives = drivesOf(values);
  const disk = drives.find(({ key, drive }) => !/^(efidisk|tpmstate)/.test(key) && isDisk(drive));
  const cdrom = drives.find(({ drive }) => isCdrom(drive) && !isCloudInit(drive) && fileOf(drive) !== "none");
  const net = [...values.keys()]
    .filter((key) => /^net\d+$/.test(key))
    .sort((a, b) => Number(a.slice(3)) - Number(b.slice(3)))[0];
  return printBootOrder([disk?.key, cdrom?.key, net].filter((key) => key !== undefined));
}
