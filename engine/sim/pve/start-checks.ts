import { parsePropertyString } from "../../formats/property-string.ts";
import { nodeText } from "../node.ts";
import { type FrozenHost, own } from "../world.ts";
import { netsOf, type Values } from "./container-network.ts";
import { PveError } from "./pve-error.ts";
import { findStorage } from "./storages.ts";

/** A `rootfs` or `mpN`, taken apart. */
export interface MountPoint {
  readonly key: string;
  /** A volume id, or a path of the node. */
  readonly volume: string;
  readonly kind: "volume" | "bind" | "device";
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
  const kind = volume.startsWith("/dev/") ? "device" : volume.startsWith("/") ? "bind" : "volume";
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
  const [storageId = "", name] = volume.split(/:(.*)/s);
  if (name === undefined) throw new PveError(`unable to parse volume ID '${volume}'`);
  const storage = findStorage(host, storageId);
  if (storage === undefined) throw new PveError(`storage '${storageId}' does not exist`);
  const inFiles = storage.options.get("path") !== undefined && storage.type !== "zfspool";
  if (inFiles && !/^\d+\/[^/]+$/.test(name)) throw new PveError(`unable to parse directory volume name '${name}'`);
  if (own(host.pve?.volumes ?? {}, volume) === undefined) throw new PveError(`volume '${volume}' does not exist`);
}

/** The bridges of the nets have to be there, and take their MTU. Throws PveError. */
export function checkBridges(host: FrozenHost, values: Values): void {
  for (const { options } of netsOf(values)) {
    const bridge = options.get("bridge");
    if (bridge !== undefined && !interfacesOfNode(host).includes(bridge))
      throw new PveError(`bridge '${bridge}' does not exist`, 2);
  }
}

/** The interfaces that a node's configuration names. */
function interfacesOfNode(host: FrozenHost): readonly string[] {
  return Object.entries(host.files)
    .filter(([path]) => path === "/etc/network/interfaces" || path.startsWith("/etc/network/interfaces.d/"))
    .flatMap(([, file]) => (file.type === "file" ? [...nodeText(file).matchAll(/^\s*iface\s+(\S+)/gm)] : []))
    .map((match) => match[1] ?? "");
}
