import { may } from "../../files/file-tree.ts";
import { nodeOf } from "../../files/look-at-path.ts";
import { sha256 } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import { splitList } from "../command/formats.ts";
import { type Output, ParameterError, PveError } from "../command/pve-error.ts";
import { printProperties } from "../command/schema.ts";
import { isNewVolume, parseKnown } from "../container/mount-points.ts";
import type { HeldConf } from "../guest/guest-conf.ts";
import { newHardwareAddress } from "../guest/network-interface.ts";
import { type DiskImage, readDiskImage } from "../storage/disk-image.ts";
import { parseVolumeName } from "../storage/volume-names.ts";
import { filePath, findVolume, parseVolumeId, storageOf } from "../storage/volumes.ts";
import { isDrive } from "./keys/drive-keys.ts";
import { MACHINE, MEMORY, VM_NETWORK } from "./keys/vm-property-keys.ts";
import {
  asksForCloudInit,
  bytesOf,
  type Drive,
  fileOf,
  isCdrom,
  isVolume,
  parseDrive,
  printDrive,
  refreshDrive,
} from "./vm-drives.ts";
import { copyChatter, makeCloudInitDisk, makeDisk } from "./vm-volumes.ts";

/** What `create` and `set` refuse before they begin, with a look at the node. Throws PveError. */
export function assertValues(session: Session, values: ReadonlyMap<string, string>): void {
  for (const [key, value] of values) if (isDrive(key)) assertDrive(session, key, parseDrive(key, value));
}

function assertDrive(session: Session, key: string, drive: Drive): void {
  const file = fileOf(drive);
  const wrong = (name: string, text: string) => new ParameterError(new Map([[name, text]]));
  const source = drive.get("import-from");
  if (source !== undefined && !isNewVolume(file))
    throw wrong(key, `'import-from' requires special syntax - use <storage ID>:0,import-from=<source>`);
  if (source !== undefined && !source.startsWith("/")) {
    const { storage, name } = parseVolumeId(source);
    const content = parseVolumeName(storageOf(session.host, storage).type, name)?.content;
    if (content !== "images" && content !== "import")
      throw wrong(key, `${source} has wrong type '${content}' - needs to be 'images' or 'import'`);
  }
  if (!isVolume(file)) return;
  const { storage: id, name } = parseVolumeId(file);
  const storage = storageOf(session.host, id);
  if (isNewVolume(file) || asksForCloudInit(drive)) {
    if (!storage.content.has("images")) throw wrong("storage", `storage '${id}' does not support vm images`);
    return;
  }
  const parsed = parseVolumeName(storage.type, name);
  if (parsed === null)
    throw new PveError(
      storage.options.has("path")
        ? `unable to parse directory volume name '${name}'`
        : `unable to parse volume name '${name}'`,
    );
  if (parsed.content === "iso" && !isCdrom(drive))
    throw wrong(key, "explicit 'media=cdrom' is required for iso images");
}

export function assertHookScript(session: Session, volid: string | undefined): void {
  if (volid === undefined) return;
  const wrong = (text: string) => new ParameterError(new Map([["hookscript", `${text}\n`]]));
  const file = filePath(session.host, volid);
  if (file?.content !== "snippets") throw wrong(`'${volid}' is not in the snippets directory`);
  const node = nodeOf(session, file.path);
  if (node?.type !== "file") throw wrong(`script '${volid}' does not exist`);
  if (!may(session.user, node, "x")) throw wrong(`script '${volid}' is not executable`);
}

/** A balloon cannot be larger than what it is taken from. */
export function assertBalloon(values: ReadonlyMap<string, string>, conf: Pick<HeldConf, "values">): void {
  const balloon = Number(values.get("balloon") ?? 0);
  if (balloon > memoryOf(values.get("memory") ?? conf.values.get("memory")))
    throw new PveError("balloon value too large (must be smaller than assigned memory)");
}
/** MiB. */
export function memoryOf(value: string | undefined): number {
  return value === undefined ? 512 : Number(parseKnown(MEMORY, value).get("current") ?? 512);
}

/** A value as it is kept. Makes the disk that a drive asks for. Throws PveError. */
export function settleValue(session: Session, vmid: string, key: string, value: string, output: Output): string {
  if (isDrive(key)) return settleDrive(session, vmid, key, value, output);
  if (/^net\d+$/.test(key)) {
    const net = parseKnown(VM_NETWORK, value);
    if (!net.has("macaddr")) net.set("macaddr", newHardwareAddress(session, `vm ${vmid} ${key}`));
    return printProperties(VM_NETWORK, net);
  }
  if (key === "vmgenid" && value === "1") return newUuid(session, `vmgenid ${vmid}`);
  return value;
}

/** Lower case, each once, sorted: what `set` makes of tags, and `create` does not. */
export function settleTags(value: string): string {
  return [...new Set(splitList(value.toLowerCase()))].sort().join(";");
}

function settleDrive(session: Session, vmid: string, key: string, value: string, output: Output): string {
  const drive = parseDrive(key, value);
  const file = fileOf(drive);
  const created = () => {
    const text = printDrive(key, drive);
    output.out(`${key}: successfully created disk '${text}'`);
    return text;
  };
  if (asksForCloudInit(drive)) {
    drive.set("file", makeCloudInitDisk(session, vmid, parseVolumeId(file).storage, output));
    drive.set("media", "cdrom");
    drive.delete("format");
    return created();
  }
  if (!isNewVolume(file)) {
    if (isVolume(file)) refreshDrive(session, drive);
    return printDrive(key, drive);
  }
  const { storage, name } = parseVolumeId(file);
  const source = drive.get("import-from");
  const image = source === undefined ? undefined : importedImage(session, source);
  const bytes = image?.bytes ?? sizeFor(session, key, drive, name);
  const wanted = { vmid, storage, bytes, format: drive.get("format"), system: image?.system };
  drive.set("file", makeDisk(session, wanted, output));
  if (image !== undefined) copyChatter(bytes, output);
  drive.delete("import-from");
  refreshDrive(session, drive);
  return created();
}

/** Bytes of a new disk: gibibytes, with a fraction, rounded up to whole KiB. What firmware keeps has a size of its own. */
function sizeFor({ host }: Session, key: string, drive: Drive, gib: string): number {
  if (key.startsWith("tpmstate")) return 4 * 1024 ** 2;
  if (!key.startsWith("efidisk")) return Math.ceil(Number(gib) * 1024 ** 2) * 1024;
  const small = drive.get("efitype") !== "4m";
  const code = small ? "OVMF_CODE.fd" : "OVMF_CODE_4M.secboot.fd";
  if (host.files[`${FIRMWARE}/${code}`] === undefined)
    throw new PveError(`EFI base image '${FIRMWARE}//${code}' not found`);
  return small ? 128 * 1024 : 528 * 1024;
}
const FIRMWARE = "/usr/share/pve-edk2-firmware";

/** What is copied to a new disk: an image by its path, or a volume. Throws PveError. */
export function importedImage(
  session: Session,
  source: string,
): Pick<DiskImage, "bytes"> & { readonly system?: DiskImage["system"] } {
  const path = source.startsWith("/") ? source : filePath(session.host, source)?.path;
  if (path !== undefined) {
    const node = nodeOf(session, path);
    if (node?.type === "file") return readDiskImage(node);
    throw new PveError(source.startsWith("/") ? `can't find file '${source}'` : `volume '${source}' does not exist`);
  }
  const volume = findVolume(session.host, source);
  const bytes = bytesOf(session, source);
  if (volume === undefined || bytes === undefined) throw new PveError(`volume '${source}' does not exist`);
  return { bytes, ...(volume.system === undefined ? {} : { system: volume.system }) };
}

/** Windows does not stand a machine that changes under it: its version is written down. */
export function pinMachine(values: Map<string, string>, output: Pick<Output, "out">): void {
  if (!/^(w|win)/.test(values.get("ostype") ?? "")) return;
  const machine = parseKnown(MACHINE, values.get("machine") ?? "type=pc");
  const type = machine.get("type") ?? "pc";
  if (type !== "pc" && type !== "q35") return;
  const pinned = `pc-${type === "q35" ? "q35" : "i440fx"}-${QEMU_MACHINE}`;
  output.out(`pinning machine type to '${pinned}' for Windows guest OS`);
  machine.set("type", pinned);
  values.set("machine", printProperties(MACHINE, machine));
}
/** Of Proxmox VE 8.4. */
export const QEMU_VERSION = "9.2.0";
const QEMU_MACHINE = "9.2+pve1";

/** Never the same twice. */
export function newUuid(session: Session, seed: string): string {
  const hex = sha256(`uuid ${seed} ${session.host.clockMs} ${session.host.bootId}`);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

/** As crypt(3) with SHA-256 writes one: with another salt each time. */
export function hashPassword(session: Session, password: string): string {
  const text = Buffer.from(sha256(`${password} ${session.host.clockMs}`) + sha256(password), "hex").toString("base64");
  const letters = text.replaceAll("+", ".").replaceAll("=", "");
  return `$5$${letters.slice(0, 8)}$${letters.slice(8, 51)}`;
}
