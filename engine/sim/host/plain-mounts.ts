import type { Session } from "../session.ts";
import type { Frozen, FrozenHost, Mount } from "../world.ts";
import { mountHolding } from "../zfs/mount-dataset.ts";
import { putTree, type Tree, takeTree } from "../zfs/trees.ts";
import { blockDevices } from "./block-devices.ts";

// Mounts of disks, of tmpfs and of folders (bind). What a mount covers is kept aside and back when it goes; a disk's own files are kept by its name.

/** The device that a source means: `UUID=…`, `LABEL=…` or a path. */
export function deviceOf(host: FrozenHost, source: string): string | undefined {
  const [, tag, value = ""] = /^(UUID|LABEL)="?([^"]*)"?$/.exec(source) ?? [];
  const devices = blockDevices(host);
  if (tag === undefined) return devices.find(({ name }) => `/dev/${name}` === source) && source;
  // A disk that is mounted is known by what its mount says of it.
  const live = tag === "UUID" ? host.mounts.find(({ uuid }) => uuid === value)?.source : undefined;
  const found = devices.find(({ signature }) =>
    tag === "UUID" ? signature?.uuid === value : signature?.label === value,
  );
  return live ?? (found === undefined ? (own(host, `disk ${value}`) ?? undefined) : `/dev/${found.name}`);
}
function own(host: FrozenHost, key: string): string | undefined {
  const kept = Object.keys(host.trees ?? {}).find((name) => name.startsWith(`${key} `));
  return kept?.slice(key.length + 1);
}

/** What the kernel shows of these options. */
export function shownOptions(options: readonly string[], fstype: string): string {
  const has = (option: string) => options.includes(option);
  const kept = options.filter((option) => /^(nosuid|nodev|noexec)$/.test(option) || isSpecial(option, fstype));
  return [
    has("ro") ? "ro" : "rw",
    ...kept.filter((each) => !isSpecial(each, fstype)),
    has("noatime") ? "noatime" : has("strictatime") ? "" : "relatime",
    ...kept.filter((each) => isSpecial(each, fstype)).map(asShown),
  ]
    .filter((option) => option !== "" && option !== "mode=1777")
    .join(",");
}
function isSpecial(option: string, fstype: string): boolean {
  return fstype === "tmpfs"
    ? /^(size|mode|uid|gid|nr_inodes)=/.test(option)
    : /^(errors|commit|data)=|^(discard|noacl)$/.test(option);
}
/** tmpfs tells its size in KiB. */
function asShown(option: string): string {
  const [, number = "", unit = ""] = /^size=(\d+)([kmg]?)$/i.exec(option) ?? [];
  const by = { "": 1 / 1024, k: 1, m: 1024, g: 1024 ** 2 }[unit.toLowerCase()];
  return number === "" || by === undefined
    ? option.replace(/^mode=0+/, "mode=")
    : `size=${Math.ceil((Number(number) * by) / 4) * 4}k`;
}

export function mountPlain(session: Session, mount: Omit<Mount, "root" | "bind">): void {
  const host = session.change();
  const covered = takeTree(host, mount.target);
  const kept = diskKey(mount);
  const root: Tree = {
    "": {
      type: "directory",
      mode: mount.fstype === "tmpfs" ? tmpfsMode(mount.options) : "0755",
      uid: 0,
      gid: 0,
      mtime: Math.floor(host.clockMs / 1000),
    },
  };
  const tree = host.trees?.[kept] ?? root;
  delete host.trees?.[kept];
  host.trees = { ...host.trees, [coveredKey(mount.target)]: covered };
  putTree(host, mount.target, tree);
  host.mounts.push(mount);
}
/** The same folder under another name: paths below the target lead to the source. */
export function mountBind(session: Session, source: string, target: string, options: string): void {
  const host = session.change();
  const holder = mountHolding(host, source);
  if (holder === undefined) return;
  const below = source === holder.target ? "" : source.slice(holder.target === "/" ? 0 : holder.target.length);
  const top = holder.root === "/" ? "" : (holder.root ?? "");
  const root = `${top}${below}` || "/";
  host.mounts.push({ source: holder.source, target, fstype: holder.fstype, options, root, bind: source });
}
export function unmountPlain(session: Session, mount: Frozen<Mount>): void {
  const host = session.change();
  host.mounts.splice(
    host.mounts.findLastIndex(({ target }) => target === mount.target),
    1,
  );
  if (mount.bind !== undefined) return;
  const own = takeTree(host, mount.target);
  const trees = { ...host.trees };
  const covered = trees[coveredKey(mount.target)] ?? {
    "": { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 0 },
  };
  delete trees[coveredKey(mount.target)];
  // Of a tmpfs nothing stays.
  host.trees = mount.fstype === "tmpfs" ? trees : { ...trees, [diskKey(mount)]: own };
  putTree(host, mount.target, covered);
}
function diskKey({ uuid = "", source }: Pick<Mount, "uuid" | "source">): string {
  return `disk ${uuid} ${source}`;
}
function coveredKey(target: string): string {
  return `under ${target}`;
}
function tmpfsMode(options: string): string {
  return (/(?:^|,)mode=(\d+)/.exec(options)?.[1] ?? "1777").padStart(4, "0");
}

/** The type of file system on a device, and its UUID. */
export function contentOf(
  host: FrozenHost,
  device: string,
): { readonly fstype: string; readonly uuid: string } | undefined {
  const signature = blockDevices(host).find(({ name }) => `/dev/${name}` === device)?.signature;
  if (signature != null) return { fstype: signature.type, uuid: signature.uuid };
  const live = host.mounts.find(({ source }) => source === device);
  if (live?.uuid !== undefined) return { fstype: live.fstype, uuid: live.uuid };
  const key = Object.keys(host.trees ?? {}).find((name) => name.startsWith("disk ") && name.endsWith(` ${device}`));
  return key === undefined ? undefined : { fstype: "ext4", uuid: key.split(" ")[1] ?? "" };
}
