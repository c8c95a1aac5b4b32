import { parsePropertyString } from "../../../formats/property-string.ts";
import type { FrozenHost } from "../../world.ts";
import { PveError } from "../command/pve-error.ts";
import { assertMtu, findBridge } from "../guest/network-interface.ts";
import { findVolume, parseVolumeId, storageOf, volumePath } from "../storage/volumes.ts";
import { netsOf, type Values } from "./container-network.ts";
import { kindOfMount, type MountKind } from "./mount-points.ts";

/** A `rootfs` or `mpN`, taken apart. */
export interface MountPoint {
  readonly key: string;
  /** A volume id, or a path of the node. */
  readonly volume: string;
  readonly kind: MountKind;
  /** Where it is inside. */
  readonly target: string;
  readonly options: ReadonlyMap<string, string>;
}

/** The root file system, then the mount points by number. */
export function mountPointsOf(values: Values): readonly MountPoint[] {
  return [...values]
    .filter(([key]) => key === "rootfs" || /^mp\d+$/.test(key))
    .map(([key, value]) => mountPoint(key, value))
    .sort((a, b) => place(a.key) - place(b.key));
}
export function mountPoint(key: string, value: string): MountPoint {
  const { options } = parsePropertyString(value, "volume");
  const volume = options.get("volume") ?? "";
  const kind = kindOfMount(volume);
  const target = key === "rootfs" ? "/" : (options.get("mp") ?? "").replace(/\/+$/, "");
  return { key, volume, kind, target: target.startsWith("/") ? target : `/${target}`, options };
}
function place(key: string): number {
  return key === "rootfs" ? -1 : Number(key.slice(2));
}

/** The volumes have to be there before anything is mounted. Throws PveError. */
export function checkVolumes(host: FrozenHost, values: Values): void {
  for (const { volume, kind } of mountPointsOf(values)) if (kind === "volume") checkVolume(host, volume);
}
export function checkVolume(host: FrozenHost, volume: string): void {
  const { storage } = parseVolumeId(volume);
  storageOf(host, storage);
  // Its name may be none that the storage understands.
  volumePath(host, volume);
  if (findVolume(host, volume) === undefined) throw new PveError(`volume '${volume}' does not exist`);
}

/** The bridges of the nets have to be there, and take their MTU. Throws PveError. */
export function checkBridges(host: FrozenHost, values: Values): void {
  for (const { key } of netsOf(values)) {
    const value = values.get(key) ?? "";
    const { options } = parsePropertyString(value);
    if (options.has("bridge")) findBridge(host, options.get("bridge") ?? "");
    assertMtu(host, key, value, () => {});
  }
}
