import type { Session } from "../../session.ts";
import { own, type Volume } from "../../world.ts";
import { createDataset, linkVolume, snapshotDataset, unlinkVolume } from "../../zfs/datasets.ts";
import { changePool, findDataset, findSnapshot } from "../../zfs/find-dataset.ts";
import type { Output } from "../command/pve-error.ts";
import { PveError } from "../command/pve-error.ts";
import { contentFolder, type Storage } from "../storage/storages.ts";
import { allocateVolume, findVolume, parseVolumeId, storageOf, volumePath } from "../storage/volumes.ts";

/** A disk to be made for a virtual machine. */
export interface NewDisk {
  readonly vmid: string;
  readonly storage: string;
  readonly bytes: number;
  readonly format?: string | undefined;
  readonly name?: string;
  readonly system?: Volume["system"];
}

/** Makes a disk and says what qemu-img does. Throws PveError. */
export function makeDisk(
  session: Session,
  { vmid, storage: id, bytes, format, name, system }: NewDisk,
  output: Pick<Output, "out">,
): string {
  const storage = storageOf(session.host, id);
  const made = diskFormat(storage, format);
  const volid = allocateVolume(session, id, { vmid, format: made, bytes, ...(name === undefined ? {} : { name }) });
  if (system !== undefined) updateVolume(session, volid, { system });
  if (contentFolder(storage, "images") !== null && storage.type !== "btrfs") {
    const path = volumePath(session.host, volid);
    output.out(
      made === "qcow2"
        ? `Formatting '${path}', fmt=qcow2 ${QCOW2} preallocation=metadata compression_type=zlib size=${bytes} ${REFCOUNTS}`
        : `Formatting '${path}', fmt=${made} size=${bytes}${made === "raw" ? " preallocation=off" : ""}`,
    );
  }
  return volid;
}
const QCOW2 = "cluster_size=65536 extended_l2=off";
const REFCOUNTS = "lazy_refcounts=off refcount_bits=16";

/** Only a folder keeps files of other formats than the bare one. */
export function diskFormat(storage: Storage, wanted: string | undefined): "raw" | "qcow2" | "vmdk" {
  if (contentFolder(storage, "images") === null || storage.type === "btrfs") return "raw";
  return wanted === "qcow2" || wanted === "vmdk" ? wanted : "raw";
}

/** The smallest disk that cloud-init's image fits on. */
const CLOUD_INIT_BYTES = 4 * 1024 ** 2;

export function makeCloudInitDisk(
  session: Session,
  vmid: string,
  storageId: string,
  output: Pick<Output, "out">,
): string {
  const format = diskFormat(storageOf(session.host, storageId), "qcow2");
  const wanted = { vmid, storage: storageId, bytes: CLOUD_INIT_BYTES, format, name: `vm-${vmid}-cloudinit` };
  return makeDisk(session, wanted, output);
}

/** What qemu-img says while it copies; how far it is it says more often the longer it takes. */
export function copyChatter(bytes: number, output: Pick<Output, "out">): void {
  const all = amount(bytes);
  output.out(`transferred 0.0 B of ${all} (0.00%)`);
  output.out(`transferred ${all} of ${all} (100.00%)`);
}
function amount(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}

export interface DiskCopy {
  readonly vmid: string;
  readonly storage: string;
  readonly format?: string | undefined;
}

/** Copies a volume to a new one: all that is on it, bit by bit. Throws PveError. */
export function copyDisk(session: Session, volid: string, to: DiskCopy, output: Pick<Output, "out">): string {
  const source = findVolume(session.host, volid);
  if (source === undefined) throw new PveError(`volume '${volid}' does not exist`);
  const { bytes, system } = source;
  const made = makeDisk(session, { ...to, bytes, system }, output);
  copyChatter(bytes, output);
  session.spend(400);
  return made;
}

/** A disk that keeps only what differs from its base. Throws PveError. */
export function linkDisk(session: Session, vmid: string, base: string, output: Pick<Output, "out">): string {
  const { storage: id, name } = parseVolumeId(base);
  const storage = storageOf(session.host, id);
  const source = findVolume(session.host, base);
  if (source === undefined) throw new PveError(`volume '${base}' does not exist`);
  const folder = contentFolder(storage, "images") !== null;
  const format = folder ? "qcow2" : "raw";
  const { bytes, system } = source;
  const made = allocateVolume(session, id, { vmid, format, bytes });
  if (system !== undefined) updateVolume(session, made, { system });
  const own = parseVolumeId(made).name;
  const file = own.split("/").at(-1) ?? "";
  const kept = name.split("/").at(-1) ?? "";
  output.out(`clone ${name}: images, ${file}, ${vmid} to ${file}${folder ? ` (base=../${name})` : ""}`);
  if (folder) {
    const backing = `backing_file=../${name} backing_fmt=${source.format}`;
    const path = volumePath(session.host, made);
    output.out(`Formatting '${path}', fmt=qcow2 ${QCOW2} compression_type=zlib size=${bytes} ${backing} ${REFCOUNTS}`);
  }
  const pool = storage.options.get("pool");
  if (storage.type === "zfspool") setOrigin(session, `${pool}/${file}`, `${pool}/${kept}@__base__`);
  return renameRecord(session, made, `${id}:${name}/${own}`);
}

function setOrigin(session: Session, name: string, origin: string): void {
  const { datasets } = changePool(session, name);
  const made = datasets[name];
  const volsize = Number(made?.properties.volsize?.value ?? 0);
  if (made === undefined || findSnapshot(session.host, origin) === undefined) return;
  delete datasets[name];
  unlinkVolume(session, name);
  createDataset(session, name, { type: "volume", volsize, origin });
}

/** Gives a volume the name of a base, which others may be made from. Throws PveError. */
export function asBaseDisk(session: Session, volid: string): string {
  const { storage: id, name } = parseVolumeId(volid);
  const storage = storageOf(session.host, id);
  if (findVolume(session.host, volid) === undefined) throw new PveError(`volume '${volid}' does not exist`);
  const base = name.replace(/(^|\/)vm-(\d+-[^/]*)$/, "$1base-$2");
  const pool = storage.options.get("pool");
  if (storage.type === "zfspool") {
    const [from, to] = [name, base].map((each) => `${pool}/${each.split("/").at(-1)}`);
    renameDataset(session, from ?? "", to ?? "");
    snapshotDataset(session, to ?? "", "__base__");
  }
  // The base of a linked clone is no longer a part of the name.
  return renameRecord(session, volid, `${id}:${base}`);
}

/** Gives a volume to another virtual machine of the node, under the next free name there. */
export function handOver(session: Session, volid: string, vmid: string): string {
  const { storage: id } = parseVolumeId(volid);
  const source = findVolume(session.host, volid);
  if (source === undefined) throw new PveError(`volume '${volid}' does not exist`);
  const made = allocateVolume(session, id, { vmid, format: source.format, bytes: source.bytes });
  const pool = storageOf(session.host, id).options.get("pool");
  if (storageOf(session.host, id).type === "zfspool") {
    const [from, to] = [volid, made].map((each) => `${pool}/${parseVolumeId(each).name.split("/").at(-1)}`);
    unlinkVolume(session, to ?? "");
    delete changePool(session, to ?? "").datasets[to ?? ""];
    renameDataset(session, from ?? "", to ?? "");
  }
  return renameRecord(session, volid, made);
}

function renameDataset(session: Session, from: string, to: string): void {
  const dataset = findDataset(session.host, from);
  if (dataset === undefined) return;
  const { datasets } = changePool(session, from);
  const moved = datasets[from];
  if (moved === undefined) return;
  delete datasets[from];
  unlinkVolume(session, from);
  datasets[to] = { ...moved, name: to };
  linkVolume(session, to);
}

function renameRecord(session: Session, from: string, to: string): string {
  const volumes = session.change().pve?.volumes;
  const record = volumes === undefined ? undefined : own(volumes, from);
  if (volumes === undefined || record === undefined || from === to) return to;
  delete volumes[from];
  volumes[to] = { ...record };
  return to;
}

export function updateVolume(session: Session, volid: string, more: Partial<Volume>): void {
  const volumes = session.change().pve?.volumes;
  const record = volumes === undefined ? undefined : own(volumes, volid);
  if (volumes !== undefined && record !== undefined) volumes[volid] = { ...record, ...more };
}
