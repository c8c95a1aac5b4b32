import type { Session } from "../../session.ts";
import { type FrozenHost, own } from "../../world.ts";
import { destroySnapshot, snapshotDataset } from "../../zfs/datasets.ts";
import { findDataset, findSnapshot } from "../../zfs/find-dataset.ts";
import { haltContainer } from "../container/stop-container.ts";
import { findStorage } from "../storage/storages.ts";

/** The datasets that volumes are, of those on ZFS. */
export function datasetsOf(host: FrozenHost, volumes: readonly string[]): readonly string[] {
  return volumes.flatMap((volid) => {
    const storage = findStorage(host, volid.split(":")[0] ?? "");
    if (storage?.type !== "zfspool") return [];
    const name = `${storage.options.get("pool")}/${volid
      .slice(volid.indexOf(":") + 1)
      .split("/")
      .at(-1)}`;
    return findDataset(host, name) === undefined ? [] : [name];
  });
}

/** What Proxmox VE does to the volumes on ZFS when it makes a snapshot of a guest. */
export function snapshotVolumes(session: Session, volumes: readonly string[], snapshot: string): void {
  for (const name of datasetsOf(session.host, volumes)) snapshotDataset(session, name, snapshot);
}
export function dropVolumeSnapshots(session: Session, volumes: readonly string[], snapshot: string): void {
  for (const name of datasetsOf(session.host, volumes)) destroySnapshot(session, name, snapshot);
}

/** The first volume on ZFS that has later snapshots: ZFS goes back over none. */
export function blockedVolume(host: FrozenHost, volumes: readonly string[], snapshot: string): string | undefined {
  return volumes.find((volid) => {
    const [name] = datasetsOf(host, [volid]);
    const of = name === undefined ? undefined : findDataset(host, name)?.snapshots;
    const at = of?.findIndex((each) => each.name === snapshot) ?? -1;
    return of !== undefined && at >= 0 && of.slice(at + 1).some((each) => !each.name.startsWith("__replicate_"));
  });
}

/** The inside of a container lies on its root file system: it goes along with the snapshots of that one. */
export function keepInside(session: Session, dataset: string, snapshot: string): void {
  const vmid = rootOf(dataset);
  const guid = findSnapshot(session.host, `${dataset}@${snapshot}`)?.guid;
  const container = vmid === null ? undefined : own(session.change().pve?.containers ?? {}, vmid);
  if (container?.inside && guid !== undefined) container.snapshots[`zfs ${guid}`] = structuredClone(container.inside);
}
export function restoreInside(session: Session, dataset: string, snapshot: string): void {
  const vmid = rootOf(dataset);
  const guid = findSnapshot(session.host, `${dataset}@${snapshot}`)?.guid;
  const container = vmid === null ? undefined : own(session.change().pve?.containers ?? {}, vmid);
  const kept = container === undefined || guid === undefined ? undefined : own(container.snapshots, `zfs ${guid}`);
  if (vmid === null || container === undefined || kept === undefined) return;
  container.inside = structuredClone(kept);
  haltContainer(session, vmid);
}
function rootOf(dataset: string): string | null {
  return /\/subvol-(\d+)-disk-0$/.exec(dataset)?.[1] ?? null;
}
