import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { lookAtStore } from "./backup-store.ts";
import type { Storage } from "./storages.ts";

/** Why a storage cannot be used now. */
export interface StorageTrouble {
  /** In the tools' words. */
  readonly message: string;
  /** What a tool exits with that gives up because of it. */
  readonly code: number;
  readonly kind: "other-node" | "disabled" | "inactive";
}

/** A host, and whom it reaches over the network. */
type Around = Pick<Session, "host" | "internet">;

/** What the tools check before they use a storage; null: nothing is wrong. */
export function storageTrouble(session: Around, storage: Storage): StorageTrouble | null {
  const { host } = session;
  const { id, nodes, disabled } = storage;
  if (nodes !== null && !nodes.has(host.hostname)) {
    const message = `storage '${id}' is not available on node '${host.hostname}'`;
    return { message, code: 255, kind: "other-node" };
  }
  if (disabled) return { message: `storage '${id}' is disabled`, code: 255, kind: "disabled" };
  const trouble = inactive(session, storage);
  return trouble === null ? null : { ...trouble, kind: "inactive" };
}

/** Why it cannot be activated. */
function inactive(session: Around, storage: Storage): Omit<StorageTrouble, "kind"> | null {
  const { host } = session;
  const server = storage.options.get("server") ?? "";
  switch (storage.type) {
    case "dir":
      return folderTrouble(host, storage);
    case "btrfs":
      return btrfsTrouble(host, storage) ?? folderTrouble(host, storage);
    case "nfs":
    case "cifs":
      return answers(server) === null ? null : { message: `storage '${storage.id}' is not online`, code: 1 };
    case "pbs": {
      const found = backupTrouble(session, storage);
      if (found !== undefined) return found;
      const why = answers(server);
      const place = `${server}:${storage.options.get("port") ?? "8007"}`;
      const message = `${storage.id}: error fetching datastores - 500 Can't connect to ${place} (${why})`;
      return why === null ? null : { message, code: 111 };
    }
    case "zfspool":
      return poolTrouble(host, storage);
    default:
      return { message: `no such logical volume ${groupAndPool(storage)}`, code: 255 };
  }
}

/** A backup server among the lab's hosts; undefined: none of them has that address. */
function backupTrouble(session: Around, { id, options }: Storage): Omit<StorageTrouble, "kind"> | null | undefined {
  const store = options.get("datastore") ?? "";
  const seen = lookAtStore(session, { id, options });
  if (seen === undefined) return undefined;
  if (seen.kind === "refused") return { message: `${id}: error fetching datastores - ${seen.why}`, code: 255 };
  if (seen.server.stores[store] !== undefined && seen.privileges.size > 0) return null;
  return { message: `${id}: Cannot find datastore '${store}', check permissions and existence!`, code: 2 };
}

/** Volume groups are not modelled: none is there. */
function groupAndPool({ options }: Storage): string {
  return [options.get("vgname"), options.get("thinpool")].filter((name) => name !== undefined).join("/");
}

function folderTrouble(host: FrozenHost, { id, options }: Storage): Omit<StorageTrouble, "kind"> | null {
  const path = options.get("path") ?? "";
  const unable = `unable to activate storage '${id}' -`;
  const mountpoint = options.get("is_mountpoint") ?? "0";
  if (!/^(0|off|no|false)$/i.test(mountpoint)) {
    const place = mountpoint.startsWith("/") ? mountpoint : path;
    if (!host.mounts.some(({ target }) => target === place)) {
      const message = `${unable} directory is expected to be a mount point but is not mounted: '${place}'`;
      return { message, code: 255 };
    }
  }
  const node = host.files[path];
  if (node === undefined && !makesBase(options))
    return { message: `${unable} directory '${path}' does not exist or is unreachable`, code: 255 };
  if (options.get("content")?.split(",").includes("none")) return { message: "unknown vtype 'none'", code: 255 };
  return node === undefined || node.type === "directory" || node.type === "symlink"
    ? null
    : { message: `${unable} directory '${path}' does not exist or is unreachable`, code: 255 };
}

/** Whether the folder itself is made where it is missing. */
export function makesBase(options: ReadonlyMap<string, string>): boolean {
  return (options.get("create-base-path") ?? options.get("mkdir") ?? "1") === "1";
}

function btrfsTrouble(host: FrozenHost, { options }: Storage): Omit<StorageTrouble, "kind"> | null {
  const path = options.get("path") ?? "";
  const holding = host.mounts
    .filter(({ target }) => target === path || path.startsWith(target === "/" ? "/" : `${target}/`))
    .reduce((best, mount) => (mount.target.length >= best.target.length ? mount : best), { target: "", fstype: "" });
  return holding.fstype === "btrfs" ? null : { message: `'${path}' is not a btrfs file system`, code: 2 };
}

/**
 * Servers are outside of what the lab models. The host itself serves nothing, the networks set aside for documentation
 * are nobody's, and any other address answers, as the box in a home's cupboard would. Null: it answers.
 */
function answers(server: string): string | null {
  if (/^(127\.|localhost$|::1$)/.test(server)) return "Connection refused";
  return /^(192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:db8:)/i.test(server) ? "Connection timed out" : null;
}

function poolTrouble(host: FrozenHost, { id, options }: Storage): Omit<StorageTrouble, "kind"> | null {
  const [pool = ""] = (options.get("pool") ?? "").split("/");
  if (host.zfs?.pools[pool] !== undefined) return null;
  const could = `could not activate storage '${id}', zfs error:`;
  if (host.zfs !== undefined)
    return { message: `${could} cannot import '${pool}': no such pool available\n`, code: 255 };
  const missing = (command: string) =>
    `open3: exec of ${command} failed: No such file or directory at /usr/share/perl5/PVE/Tools.pm line 527.`;
  return { message: `${could} ${missing(`zpool import -d /dev/disk/by-id/ -o cachefile=none ${pool}`)}\n`, code: 2 };
}
