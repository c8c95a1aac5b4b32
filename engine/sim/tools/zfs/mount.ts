import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { allDatasets, childrenOf, findDataset } from "../../zfs/find-dataset.ts";
import { mountDataset, mountFault, mountOf, mountsItself, unmountDataset } from "../../zfs/mount-dataset.ts";
import { resolveProperty } from "../../zfs/resolve-property.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { type ZfsCommand, zfsOptions } from "./options.ts";
import { openSubject } from "./subjects.ts";
import { misused } from "./usage.ts";

/** `zfs mount`: lists, mounts one, or all that mount themselves. */
export const mount: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const rules = rulesOf(host);
  const options = zfsOptions(context, "mount", args, { letters: rules.json ? "ajRflvOo:" : "aflvOo:" });
  if ("failure" in options) return options.failure;
  const { flags, words } = options;
  const extra = (options.values.get("o") ?? []).flatMap((word) => word.split(","));
  const strange = extra.find((option) => !KNOWN.has(option));
  if (strange !== undefined) refuseArgument("zfs", `mount -o ${strange}`);
  if (flags.has("a")) {
    if (words.length > 0) return misused(rules, "mount", "too many arguments");
    for (const { name } of allDatasets(host)) {
      if (mountsItself(host, name) && mountFault(host, name) === null) mountDataset(session, name, extra);
    }
    return says("");
  }
  if (flags.has("R")) {
    const [top = ""] = words;
    for (const { name } of allDatasets(host, top)) {
      if (mountsItself(host, name) && mountFault(host, name) === null) mountDataset(session, name, extra);
    }
    return findDataset(host, top) === undefined ? fails(1, `cannot open '${top}': dataset does not exist\n`) : says("");
  }
  const [name, ...more] = words;
  if (name === undefined) return flags.has("j") ? listedJson(context) : listed(context);
  if (more.length > 0) return misused(rules, "mount", "too many arguments");
  const dataset = findDataset(host, name);
  if (dataset === undefined) return fails(1, `cannot open '${name}': dataset does not exist\n`);
  if (dataset.type === "volume") {
    return fails(1, `cannot open '${name}': operation not applicable to datasets of this type\n`);
  }
  if (session.user.uid !== 0) return fails(1, `cannot mount '${name}': Insufficient privileges\n`);
  const fault = mountFault(host, name);
  if (fault !== null) return fails(1, `${fault}\n`);
  mountDataset(session, name, extra);
  return says("");
};
const KNOWN = new Set(["ro", "rw", "atime", "noatime", "exec", "noexec", "dev", "nodev", "suid", "nosuid", "defaults"]);

function zfsMounts({ session: { host } }: ToolContext) {
  return host.mounts.filter(({ fstype, source }) => fstype === "zfs" && findDataset(host, source) !== undefined);
}
function listed(context: ToolContext): ToolResult {
  return says(
    zfsMounts(context)
      .map(({ source, target }) => `${source.padEnd(30)}  ${target}\n`)
      .join(""),
  );
}
function listedJson(context: ToolContext): ToolResult {
  const datasets = zfsMounts(context).map(({ source, target }) => [source, { filesystem: source, mountpoint: target }]);
  const output = { command: "zfs mount", vers_major: 0, vers_minor: 1 };
  return says(`${JSON.stringify({ output_version: output, datasets: Object.fromEntries(datasets) })}\n`);
}

/** `zfs unmount`: what is mounted below goes first. */
export const unmount: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const rules = rulesOf(host);
  const options = zfsOptions(context, "unmount", args, { letters: "afu" });
  if ("failure" in options) return options.failure;
  const [word, ...more] = options.words;
  if (options.flags.has("a")) {
    for (const { source } of host.mounts.filter(({ fstype }) => fstype === "zfs").toReversed())
      unmountDataset(session, source);
    return says("");
  }
  if (word === undefined) return misused(rules, "unmount", "missing filesystem argument");
  if (more.length > 0) return misused(rules, "unmount", "too many arguments");
  if (word.startsWith("/") && !host.mounts.some(({ target, fstype }) => target === word && fstype === "zfs")) {
    return fails(1, `cannot unmount '${word}': not a ZFS filesystem\n`);
  }
  const subject = openSubject(session, word);
  if ("error" in subject) return fails(1, `${subject.error}\n`);
  const { dataset } = subject;
  if (subject.kind !== "filesystem") {
    return fails(1, `cannot open '${word}': operation not applicable to datasets of this type\n`);
  }
  if (resolveProperty(host, dataset, "mountpoint").value === "legacy") {
    return fails(1, `cannot unmount '${word}': legacy mountpoint\nuse umount(8) to unmount this filesystem\n`);
  }
  if (mountOf(host, dataset.name) === undefined) return fails(1, `cannot unmount '${word}': not currently mounted\n`);
  if (session.user.uid !== 0) return fails(1, `cannot unmount '${word}': Insufficient privileges\n`);
  unmountBelow(context, dataset.name);
  return says("");
};

function unmountBelow(context: ToolContext, name: string): void {
  for (const child of childrenOf(context.session.host, name)) unmountBelow(context, child.name);
  if (mountOf(context.session.host, name) !== undefined) unmountDataset(context.session, name);
}

/** `zfs share`: the lab has no server of shares. */
export const share: ZfsCommand = (context, args) => shared(context, "share", args);
export const unshare: ZfsCommand = (context, args) => shared(context, "unshare", args);

function shared(context: ToolContext, command: "share" | "unshare", args: readonly string[]): ToolResult {
  const { session } = context;
  const options = zfsOptions(context, command, args, { letters: command === "share" ? "al" : "a" });
  if ("failure" in options) return options.failure;
  if (options.flags.has("a")) return says("");
  const [name] = options.words;
  if (name === undefined) return misused(rulesOf(session.host), command, "missing filesystem argument");
  const subject = openSubject(session, name);
  if ("error" in subject) return fails(1, `${subject.error}\n`);
  const value = (property: string) => resolveProperty(session.host, subject.dataset, property).value;
  if (value("sharenfs") === "off" && value("sharesmb") === "off") {
    return fails(
      1,
      `cannot ${command} '${name}': legacy share\nuse exports(5) or smb.conf(5) to share this filesystem, or set the sharenfs or sharesmb property\n`,
    );
  }
  const kind = value("sharenfs") === "off" ? "SMB" : "NFS";
  return fails(1, `cannot share '${name}: system error': ${kind} share creation failed\n`);
}
