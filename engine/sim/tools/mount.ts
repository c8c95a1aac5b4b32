import { nodeAt, resolve } from "../files/file-tree.ts";
import { SYSTEM_MOUNTS } from "../host/debian-12.ts";
import { contentOf, deviceOf, mountBind, mountPlain, shownOptions, unmountPlain } from "../host/plain-mounts.ts";
import { findProgram } from "../host/programs.ts";
import type { Session } from "../session.ts";
import {
  absolute,
  fails,
  parseOptions,
  refuseArgument,
  says,
  type Tool,
  type ToolContext,
  type ToolResult,
} from "../tool.ts";
import type { FrozenHost } from "../world.ts";
import { findDataset } from "../zfs/find-dataset.ts";
import { mountDataset, mountOf, unmountDataset } from "../zfs/mount-dataset.ts";
import { resolveProperty } from "../zfs/resolve-property.ts";

/** util-linux 2.38: lists what is mounted; mounts disks, tmpfs, folders, and file systems of ZFS whose mountpoint is `legacy`. */
export const mount: Tool = {
  name: "mount",
  rests: "recorded",
  run(context, args) {
    const { session } = context;
    const { values, words } = parseOptions("mount", args, {
      values: { "-t": "type", "--types": "type", "-o": "options", "--options": "options" },
    });
    const type = values.get("type")?.at(-1);
    const [source, target, ...more] = words;
    if (source === undefined) {
      const shown = session.host.mounts.filter(({ fstype }) => type === undefined || fstype === type);
      return says(
        shown.map((each) => `${each.source} on ${each.target} type ${each.fstype} (${each.options})\n`).join(""),
      );
    }
    const options = (values.get("options") ?? []).flatMap((word) => word.split(","));
    if (options.includes("remount") && target === undefined)
      return remount(context, absolute(context, source), options);
    if (target === undefined || more.length > 0) refuseArgument("mount", args.join(" "));
    if (type !== "zfs") return mountOther(context, { source, target: absolute(context, target), type, options });
    const strange = options.find((option) => !/^(no)?(atime|exec|dev|suid)$|^r[ow]$/.test(option));
    if (strange !== undefined) refuseArgument("mount", `-o ${strange}`);
    const fault = legacyFault(session, source, absolute(context, target));
    if (fault !== null) return fails(1, fault);
    mountDataset(session, source, options, absolute(context, target));
    return says("");
  },
};

interface Wanted {
  readonly source: string;
  readonly target: string;
  readonly type: string | undefined;
  readonly options: readonly string[];
}
function mountOther(context: ToolContext, { source, target, type, options }: Wanted): ToolResult {
  const { session } = context;
  const { host } = session;
  if (type?.startsWith("fuse.")) return mountFuse(context, { source, target, type, options });
  const strange = options.find(
    (option) =>
      !/^((no)?(atime|exec|dev|suid)|r[ow]|bind|relatime|strictatime|errors=.*|discard|noacl|loop|noload|norecovery|nouuid|(size|mode|uid|gid|offset)=[0-9a-z]+)$/i.test(
        option,
      ),
  );
  if (strange !== undefined) refuseArgument("mount", `-o ${strange}`);
  if (session.user.uid !== 0) return fails(1, `mount: ${target}: must be superuser to use mount.\n`);
  const point = resolve(session, target, true);
  const [, tag] = /^([A-Z]+)=/.exec(source) ?? [];
  const bind = options.includes("bind");
  const device = bind || type === "tmpfs" ? source : deviceOf(host, source);
  if (device === undefined && tag !== undefined) return fails(1, `mount: ${target}: can't find ${source}.\n`);
  if (point.node?.type !== "directory") return fails(32, `mount: ${target}: mount point does not exist.\n`);
  if (bind) {
    const from = resolve(session, absolute(context, source), true);
    if (from.node?.type !== "directory")
      return fails(32, `mount: ${target}: special device ${source} does not exist.\n`);
    mountBind(session, from.path, point.path, shownOptions(options, "none"));
    // Below another bind mount it is seen on both sides: systemd makes all mounts shared.
    if (target !== point.path && twinsOf(session.host, target).includes(point.path))
      mountBind(session, from.path, target, shownOptions(options, "none"));
    return says("");
  }
  if (options.includes("loop")) return mountImage(context, { source, target: point.path, type, options });
  if (type === "tmpfs") {
    mountPlain(session, { source, target: point.path, fstype: type, options: shownOptions(options, type) });
    return says("");
  }
  const content = device === undefined ? undefined : contentOf(host, device);
  if (device === undefined) return fails(32, `mount: ${target}: special device ${source} does not exist.\n`);
  if (content === undefined || (type !== undefined && type !== "auto" && content.fstype !== type)) {
    return fails(
      32,
      `mount: ${target}: wrong fs type, bad option, bad superblock on ${device}, missing codepage or helper program, or other error.\n       dmesg(1) may have more information after failed mount system call.\n`,
    );
  }
  if (host.mounts.some((each) => each.source === device && each.target === point.path)) {
    return fails(
      32,
      `mount: ${target}: ${device} already mounted on ${target}.\n       dmesg(1) may have more information after failed mount system call.\n`,
    );
  }
  if (host.mounts.some((each) => each.source === device))
    refuseArgument("mount", `${device}, which is mounted elsewhere`);
  const { fstype, uuid } = content;
  mountPlain(session, { source: device, target: point.path, fstype, uuid, options: shownOptions(options, fstype) });
  return says("");
}

/** mergerfs 2.33: what is written through it lies in a tree of its own, which stands for its branches together. */
function mountFuse(context: ToolContext, { source, target, type = "", options }: Wanted): ToolResult {
  const { session } = context;
  if (session.user.uid !== 0) return fails(1, `mount: ${target}: must be superuser to use mount.\n`);
  if (type !== "fuse.mergerfs") refuseArgument("mount", `-t ${type}`);
  if (findProgram(context, "mergerfs") === undefined) {
    return fails(127, `/bin/sh: 1: mergerfs: not found\n`);
  }
  const point = resolve(session, target, true);
  if (point.node?.type !== "directory")
    return fails(1, `fuse: bad mount point \`${target}': No such file or directory\n`);
  const name = options.find((option) => option.startsWith("fsname="))?.slice("fsname=".length);
  const others = options.includes("allow_other") ? ",allow_other" : "";
  mountPlain(session, {
    source: name ?? source,
    target: point.path,
    fstype: type,
    options: `rw,relatime,user_id=0,group_id=0,default_permissions${others}`,
  });
  return says("");
}

/** The same place by the other name of a folder that is bound above it. */
function twinsOf(host: FrozenHost, path: string): readonly string[] {
  return host.mounts.flatMap(({ bind, target }) => {
    if (bind === undefined) return [];
    if (path.startsWith(`${target}/`)) return [`${bind}${path.slice(target.length)}`];
    return path.startsWith(`${bind}/`) ? [`${target}${path.slice(bind.length)}`] : [];
  });
}

/** The image of a disk through a loop device. Which files its file system has the lab does not know: it shows none. */
function mountImage(context: ToolContext, { source, target, type = "auto", options }: Wanted): ToolResult {
  const { session } = context;
  const { node } = resolve(session, absolute(context, source), true);
  if (node?.type !== "file") return fails(32, `mount: ${target}: special device ${source} does not exist.\n`);
  if (node.image === undefined) refuseArgument("mount", `-o loop of ${source}, which is no image of a disk`);
  const taken = session.host.mounts.map((each) => each.source);
  const number = [0, 1, 2, 3, 4, 5, 6, 7].find((each) => !taken.includes(`/dev/loop${each}`));
  if (number === undefined) refuseArgument("mount", "more than eight images at once");
  const fstype = type === "ntfs-3g" ? "fuseblk" : type;
  mountPlain(session, { source: `/dev/loop${number}`, target, fstype, options: shownOptions(options, fstype) });
  return says("");
}

function remount({ session }: ToolContext, target: string, options: readonly string[]): ToolResult {
  const at = session.host.mounts.findLastIndex((each) => each.target === target);
  const mount = session.host.mounts[at];
  if (mount === undefined) return fails(32, `mount: ${target}: mount point not mounted or bad option.\n`);
  if (session.user.uid !== 0) return fails(1, `mount: ${target}: must be superuser to use mount.\n`);
  const kept = mount.options
    .split(",")
    .filter((old) => /=/.test(old) && !options.some((each) => each.split("=")[0] === old.split("=")[0]));
  const next = shownOptions(
    [...kept, ...options.filter((each) => each !== "remount" && each !== "bind")],
    mount.fstype,
  );
  if (next !== mount.options) session.change().mounts[at] = { ...mount, options: next };
  return says("");
}

/** `findfs UUID=…`: the device. */
export const findfs: Tool = {
  name: "findfs",
  rests: "recorded",
  run({ session }, args) {
    const [source, ...more] = args;
    if (source === undefined || more.length > 0 || !/^(UUID|LABEL)=/.test(source))
      refuseArgument("findfs", args.join(" "));
    const device = deviceOf(session.host, source);
    return device === undefined ? fails(1, `findfs: unable to resolve '${source}'\n`) : says(`${device}\n`);
  },
};

function legacyFault(session: Session, source: string, target: string): string | null {
  const { host, user } = session;
  if (user.uid !== 0) return "mount: only root can do that\n";
  const dataset = findDataset(host, source);
  if (dataset === undefined) return `filesystem '${source}' cannot be mounted, unable to open the dataset\n`;
  if (nodeAt(host, resolve(session, target, true).path)?.type !== "directory") {
    return `mount: ${target}: mount point does not exist.\n`;
  }
  if (mountOf(host, source) !== undefined) return `filesystem '${source}' is already mounted\n`;
  if (resolveProperty(host, dataset, "mountpoint").value === "legacy") return null;
  return `filesystem '${source}' cannot be mounted using 'mount'.\nUse 'zfs set mountpoint=legacy' or 'zfs mount ${source}'.\nSee zfs(8) for more information.\n`;
}

/** `umount PATH`; those of the system itself are in use. */
export const umount: Tool = {
  name: "umount",
  rests: "recorded",
  run(context, args) {
    const { session } = context;
    const { words } = parseOptions("umount", args, {});
    const [path, ...more] = words;
    if (path === undefined || more.length > 0) refuseArgument("umount", args.join(" "));
    const target = absolute(context, path);
    const found = session.host.mounts.findLast((each) => each.target === target);
    if (found === undefined) return fails(32, `umount: ${path}: not mounted.\n`);
    if (session.user.uid !== 0) return fails(32, `umount: ${path}: must be superuser to unmount.\n`);
    const deeper = session.host.mounts.some((each) => each.target.startsWith(`${target}/`));
    if (deeper || SYSTEM_MOUNTS.some((each) => each.target === target))
      return fails(32, `umount: ${path}: target is busy.\n`);
    if (found.fstype === "zfs" && found.bind === undefined) unmountDataset(session, found.source);
    else unmountPlain(session, found);
    if (found.bind === undefined) return says("");
    const twins = twinsOf(session.host, target);
    const twin = session.host.mounts.findLast((each) => each.bind === found.bind && twins.includes(each.target));
    if (twin !== undefined) unmountPlain(session, twin);
    return says("");
  },
};
