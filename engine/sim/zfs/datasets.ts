import { nodeAt, put, seconds } from "../files/file-tree.ts";
import { sha256 } from "../files/node.ts";
import type { Session } from "../session.ts";
import type { FrozenHost, Host } from "../world.ts";
import { changeDataset, changePool, childrenOf, clonesOf, findDataset, findSnapshot } from "./find-dataset.ts";
import { mountDataset, mountFault, mountsItself, removeMountpoint, unmountDataset } from "./mount-dataset.ts";
import { parentName, splitSnapshot } from "./names.ts";
import { propertiesOf } from "./properties.ts";
import { resolveProperty } from "./resolve-property.ts";
import type { SetProperty } from "./state.ts";
import { makeFolders, treeOf } from "./trees.ts";
import { rulesOf } from "./versions.ts";
import { reservationOfVolume } from "./volume-size.ts";

export { findDataset, findPool } from "./find-dataset.ts";

interface NewDataset {
  readonly type: "filesystem" | "volume";
  /** What is set on it, as -p prints it. */
  readonly properties?: Readonly<Record<string, string>>;
  /** What can be said at creation only: `casesensitivity`, `volblocksize`, … */
  readonly fixed?: Readonly<Record<string, string>>;
  /** Of a volume, in bytes. */
  readonly volsize?: number;
  /** A volume that reserves nothing. */
  readonly sparse?: boolean;
  readonly origin?: string;
  /** False: it is left unmounted. */
  readonly mount?: boolean;
}

/** Makes a dataset under a parent that is there, and mounts it; what was said about it has been checked by the caller. */
export function createDataset(session: Session, name: string, wanted: NewDataset): void {
  const pool = changePool(session, name);
  const { host } = session;
  const parent = parentName(name) === null ? undefined : findDataset(host, parentName(name) ?? "");
  const properties: Record<string, SetProperty> = {};
  const local = (property: string, value: string) => {
    properties[property] = { value, source: "local" };
  };
  // A child is of its parent's encryption and way of comparing names unless it says otherwise.
  const fixed: Record<string, string> = {};
  for (const property of ["encryption", "casesensitivity", "normalization", "utf8only"]) {
    const value = parent?.fixed[property];
    if (value !== undefined && (wanted.type === "filesystem" || property === "encryption")) fixed[property] = value;
  }
  Object.assign(fixed, wanted.fixed);
  if (wanted.volsize !== undefined) {
    local("volsize", String(wanted.volsize));
    if (wanted.sparse !== true && wanted.origin === undefined) {
      const blockSize = Number(fixed.volblocksize ?? propertiesOf(rulesOf(host)).get("volblocksize")?.default);
      local("refreservation", String(reservationOfVolume(pool, wanted.volsize, blockSize, 1)));
    }
  }
  for (const [property, value] of Object.entries(wanted.properties ?? {})) local(property, value);
  if (properties.filesystem_limit !== undefined || properties.snapshot_limit !== undefined) pool.countsDatasets = true;
  pool.datasets[name] = {
    name,
    type: wanted.type,
    guid: newGuid(host, name),
    createdMs: host.clockMs,
    properties,
    fixed,
    snapshots: [],
    mounted: false,
    ...(wanted.origin !== undefined && { origin: wanted.origin }),
    ...(pool.countsDatasets && { counted: true as const }),
  };
  if (wanted.type === "volume") linkVolume(session, name);
  else if (wanted.mount !== false && mountsItself(host, name) && mountFault(host, name) === null)
    mountDataset(session, name);
}

/** Destroys a dataset with its snapshots and all below it. Clones elsewhere are the caller's to look after. */
export function destroyDataset(session: Session, name: string): void {
  for (const child of childrenOf(session.host, name)) destroyDataset(session, child.name);
  const dataset = findDataset(session.host, name);
  if (dataset === undefined) return;
  for (const { guid } of dataset.snapshots) forgetTree(session.change(), guid);
  if (dataset.type === "filesystem") {
    const { value, source } = resolveProperty(session.host, dataset, "mountpoint");
    if (dataset.mounted) unmountDataset(session, name);
    removeMountpoint(session, value, source.kind);
  } else unlinkVolume(session, name);
  forgetTree(session.change(), dataset.guid);
  delete changePool(session, name).datasets[name];
  if (dataset.origin !== undefined) releaseDeferred(session, dataset.origin);
}

/** A snapshot that was to go as soon as nothing hangs on it. */
export function releaseDeferred(session: Session, name: string): void {
  const found = findSnapshot(session.host, name);
  if (found?.deferred !== true || found.holds.length > 0 || clonesOf(session.host, name).length > 0) return;
  const { dataset, snapshot } = splitSnapshot(name);
  destroySnapshot(session, dataset, snapshot);
}

/** Takes a snapshot: the file tree is copied with it. */
export function snapshotDataset(
  session: Session,
  name: string,
  snapshot: string,
  properties: Readonly<Record<string, string>> = {},
): void {
  const dataset = changeDataset(session, name);
  const { host } = session;
  const guid = newGuid(host, `${name}@${snapshot}`);
  const volsize = dataset.properties.volsize;
  const kept: Record<string, SetProperty> = volsize === undefined ? {} : { volsize };
  for (const [property, value] of Object.entries(properties)) kept[property] = { value, source: "local" };
  dataset.snapshots.push({ name: snapshot, guid, createdMs: host.clockMs, properties: kept, holds: [] });
  dataset.snapshotsChangedMs = host.clockMs;
  if (dataset.type === "filesystem") {
    const changed = session.change();
    changed.trees ??= {};
    changed.trees[guid] = structuredClone(treeOf(changed, dataset));
  }
}

export function destroySnapshot(session: Session, name: string, snapshot: string): void {
  const dataset = changeDataset(session, name);
  const index = dataset.snapshots.findIndex((each) => each.name === snapshot);
  const [gone] = index < 0 ? [] : dataset.snapshots.splice(index, 1);
  if (gone === undefined) return;
  dataset.snapshotsChangedMs = session.host.clockMs;
  forgetTree(session.change(), gone.guid);
}

function forgetTree(host: Host, guid: string): void {
  if (host.trees !== undefined) delete host.trees[guid];
}

/** A number of 64 bits that no other thing has. */
export function newGuid(host: FrozenHost, what: string): string {
  return BigInt(`0x${sha256(`${host.bootId} ${host.clockMs} ${what}`).slice(0, 16)}`).toString();
}

/** Where udev puts a volume's device. */
export function linkVolume(session: Session, name: string): void {
  const { host } = session;
  let number = 0;
  while (nodeAt(host, `/dev/zd${number * 16}`) !== undefined) number += 1;
  const common = { uid: 0, mtime: seconds(host) };
  const device = `zd${number * 16}`;
  put(session, `/dev/${device}`, { type: "block", major: 230, minor: number * 16, mode: "0660", gid: 6, ...common });
  const path = `/dev/zvol/${name.replaceAll(" ", "+")}`;
  const depth = path.split("/").length - 3;
  makeFolders(session, path.slice(0, path.lastIndexOf("/")));
  put(session, path, { type: "symlink", mode: "0777", gid: 0, target: `${"../".repeat(depth)}${device}`, ...common });
}
export function unlinkVolume(session: Session, name: string): void {
  const path = `/dev/zvol/${name.replaceAll(" ", "+")}`;
  const link = nodeAt(session.host, path);
  if (link?.type !== "symlink") return;
  const { files } = session.change();
  delete files[path];
  delete files[`/dev/${link.target.split("/").at(-1)}`];
}
