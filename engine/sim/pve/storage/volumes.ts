import type { Session } from "../../session.ts";
import { type FrozenHost, own, type Volume } from "../../world.ts";
import { createDataset, destroyDataset, findDataset, findPool } from "../../zfs/datasets.ts";
import { changeDataset } from "../../zfs/find-dataset.ts";
import { PveError } from "../command/pve-error.ts";
import { contentFolder, findStorage, type Storage } from "./storages.ts";

/** A volume to be made. */
export interface NewVolume {
  readonly vmid: string;
  readonly format: Volume["format"];
  readonly bytes: number;
  /** Unsaid: the next free `vm-N-disk-M`, `subvol-N-disk-M` of a container's folder. */
  readonly name?: string;
}

export interface VolumeId {
  readonly storage: string;
  /** On the storage: `101/vm-101-disk-0.raw` in a folder, `vm-101-disk-0` on ZFS and LVM. */
  readonly name: string;
}

/** Throws PveError where the text is no volume id. */
export function parseVolumeId(text: string): VolumeId {
  const match = /^([a-z][a-z0-9\-_.]*[a-z0-9]):(.+)$/i.exec(text);
  if (!match) throw new PveError(`unable to parse volume ID '${text}'`);
  return { storage: match[1] ?? "", name: match[2] ?? "" };
}

/** Throws PveError if the node has no such storage. */
export function storageOf(host: FrozenHost, id: string): Storage {
  const storage = findStorage(host, id);
  if (storage === undefined) throw new PveError(`storage '${id}' does not exist`);
  return storage;
}

/** Makes a volume and answers with its id. Throws PveError if the name is taken or the storage is not there. */
export function allocateVolume(session: Session, storageId: string, wanted: NewVolume): string {
  const storage = storageOf(session.host, storageId);
  const volid = `${storageId}:${placeIn(storage, wanted, wanted.name ?? freeName(session.host, storageId, wanted))}`;
  if (findVolume(session.host, volid) !== undefined)
    throw new PveError(`disk image '${volumePath(session.host, volid)}' already exists`);
  const pool = datasetOf(storage, volid);
  if (pool !== null) makeDataset(session, pool, storage, wanted);
  volumesFor(session)[volid] = { bytes: wanted.bytes, format: wanted.format };
  return volid;
}

/** Destroys a volume; false if there is none. */
export function freeVolume(session: Session, volid: string): boolean {
  if (findVolume(session.host, volid) === undefined) return false;
  delete volumesFor(session)[volid];
  const name = datasetOf(findStorage(session.host, parseVolumeId(volid).storage), volid);
  if (name !== null && findDataset(session.host, name) !== undefined) destroyDataset(session, name);
  return true;
}

export function resizeVolume(session: Session, volid: string, bytes: number): void {
  const volume = own(volumesFor(session), volid);
  if (volume === undefined) return;
  volume.bytes = bytes;
  const name = datasetOf(findStorage(session.host, parseVolumeId(volid).storage), volid);
  if (name === null || findDataset(session.host, name) === undefined) return;
  const property = volume.format === "subvol" ? "refquota" : "volsize";
  changeDataset(session, name).properties[property] = { value: String(bytes), source: "local" };
}

/** On ZFS a volume is there as long as its dataset is, which may have been destroyed beside these tools. */
export function findVolume(host: FrozenHost, volid: string): Readonly<Volume> | undefined {
  const volume = own(host.pve?.volumes ?? {}, volid);
  if (volume === undefined || host.zfs === undefined) return volume;
  const name = datasetOf(findStorage(host, volid.split(":")[0] ?? ""), volid);
  return name === null || findDataset(host, name) !== undefined ? volume : undefined;
}

/** The dataset that a volume of a ZFS storage is; null on other storages. */
function datasetOf(storage: Storage | undefined, volid: string): string | null {
  if (storage?.type !== "zfspool") return null;
  return `${storage.options.get("pool")}/${parseVolumeId(volid).name.split("/").at(-1)}`;
}

function makeDataset(session: Session, name: string, storage: Storage, { format, bytes }: NewVolume): void {
  const [pool = ""] = name.split("/");
  const parent = name.slice(0, name.lastIndexOf("/"));
  const unable = `zfs error: cannot create '${name}':`;
  if (session.host.zfs === undefined || findPool(session.host, pool) === undefined)
    throw new PveError(`${unable} no such pool '${pool}'`);
  if (findDataset(session.host, parent) === undefined) throw new PveError(`${unable} parent does not exist`);
  if (findDataset(session.host, name) !== undefined) throw new PveError(`${unable} dataset already exists`);
  const quota: Record<string, string> = bytes === 0 ? {} : { refquota: String(bytes) };
  if (format === "subvol")
    createDataset(session, name, { type: "filesystem", properties: { acltype: "posix", xattr: "sa", ...quota } });
  else createDataset(session, name, { type: "volume", volsize: bytes, sparse: storage.options.get("sparse") === "1" });
}

/** All volumes that bear a guest's number, on every storage, sorted by id. */
export function volumesOf(host: FrozenHost, vmid: string): readonly string[] {
  return Object.keys(host.pve?.volumes ?? {})
    .filter((volid) => ownerOf(volid) === vmid)
    .sort();
}

/** The guest that a volume belongs to by its name. */
export function ownerOf(volid: string): string | null {
  // The id of a linked clone begins with that of its base.
  return [...volid.matchAll(/(?:^|[:/])(?:vm|base|subvol|basevol)-(\d+)-/g)].at(-1)?.[1] ?? null;
}

/** Where a volume is on the node, as messages name it. */
export function volumePath(host: FrozenHost, volid: string): string {
  const { storage: id, name: full } = parseVolumeId(volid);
  const storage = storageOf(host, id);
  // A linked clone stands beside its base, whose name is in front of its own.
  const name = full.replace(/^(?:\d+\/)?base(?:vol)?-[^/]+\/(?=.)/, "");
  if (storage.type === "zfspool") {
    const pool = storage.options.get("pool") ?? "";
    const mountpoint = storage.options.get("mountpoint") ?? `/${pool}`;
    return isSubvolume(name) ? `${mountpoint}/${name}` : `/dev/zvol/${pool}/${name}`;
  }
  const folder = contentFolder(storage, "images");
  if (folder === null) return `/dev/${storage.options.get("vgname") ?? id}/${name}`;
  if (!/^\d+\/./.test(name)) throw new PveError(`unable to parse directory volume name '${name}'`);
  return `${folder}/${name}${storage.type === "btrfs" && !isSubvolume(name) ? "/disk.raw" : ""}`;
}

/** The path of a template or other file of a storage: `local:vztmpl/NAME`. Null for a volume that is no such file. */
export function filePath(host: FrozenHost, volid: string): { readonly content: string; readonly path: string } | null {
  const { storage: id, name } = parseVolumeId(volid);
  const [kind = "", ...rest] = name.split("/");
  const folder = rest.length === 0 ? null : contentFolder(storageOf(host, id), kind);
  return folder === null ? null : { content: kind, path: `${folder}/${rest.join("/")}` };
}

/** Containers get a folder where the storage has no limits for one, or where that is all it has. */
export function containerFormat(storage: Storage, bytes: number): "raw" | "subvol" {
  if (storage.type === "zfspool") return "subvol";
  return contentFolder(storage, "images") !== null && bytes === 0 ? "subvol" : "raw";
}

function isSubvolume(name: string): boolean {
  return /(^|\/)(subvol|basevol)-/.test(name);
}

function freeName(host: FrozenHost, storageId: string, { vmid, format }: NewVolume): string {
  const taken = new Set(
    volumesOf(host, vmid)
      .filter((volid) => volid.startsWith(`${storageId}:`))
      .map((volid) => /-disk-(\d+)(?:\.\w+)?$/.exec(volid)?.[1]),
  );
  let number = 0;
  while (taken.has(String(number))) number += 1;
  return `${format === "subvol" ? "subvol" : "vm"}-${vmid}-disk-${number}`;
}

/** In a folder each guest has its own, and the name says the format. */
function placeIn(storage: Storage, { vmid, format }: NewVolume, name: string): string {
  if (contentFolder(storage, "images") === null) return name;
  return `${vmid}/${/\.\w+$/.test(name) ? name : `${name}.${format}`}`;
}

function volumesFor(session: Session): Record<string, Volume> {
  const { pve } = session.change();
  if (pve === undefined) throw new PveError("this host is no node of Proxmox VE");
  return pve.volumes;
}
