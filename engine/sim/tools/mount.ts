import { nodeAt, resolve } from "../files/file-tree.ts";
import type { Session } from "../session.ts";
import { absolute, fails, parseOptions, refuseArgument, says, type Tool } from "../tool.ts";
import { findDataset } from "../zfs/find-dataset.ts";
import { mountDataset, mountOf, unmountDataset } from "../zfs/mount-dataset.ts";
import { resolveProperty } from "../zfs/resolve-property.ts";

/** util-linux 2.38: lists what is mounted, and mounts file systems of ZFS whose mountpoint is `legacy`. */
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
    if (type !== "zfs" || target === undefined || more.length > 0) refuseArgument("mount", args.join(" "));
    const options = (values.get("options") ?? []).flatMap((word) => word.split(","));
    const strange = options.find((option) => !/^(no)?(atime|exec|dev|suid)$|^r[ow]$/.test(option));
    if (strange !== undefined) refuseArgument("mount", `-o ${strange}`);
    const fault = legacyFault(session, source, absolute(context, target));
    if (fault !== null) return fails(1, fault);
    mountDataset(session, source, options, absolute(context, target));
    return says("");
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

/** `umount PATH` of a file system of ZFS; other mounts are the system's own. */
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
    if (found.fstype !== "zfs") refuseArgument("umount", `${path} (${found.fstype})`);
    unmountDataset(session, found.source);
    return says("");
  },
};
