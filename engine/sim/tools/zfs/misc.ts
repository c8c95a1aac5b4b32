import { userName } from "../../host/accounts.ts";
import { fails, refuseArgument, says } from "../../tool.ts";
import type { Frozen, Node } from "../../world.ts";
import { quotaId } from "../../zfs/check-properties.ts";
import { newGuid } from "../../zfs/datasets.ts";
import { changeDataset, findDataset, findSnapshot } from "../../zfs/find-dataset.ts";
import { splitSnapshot } from "../../zfs/names.ts";
import { niceBytes, niceNumber } from "../../zfs/numbers.ts";
import { quotaProperty } from "../../zfs/properties.ts";
import { resolveProperty } from "../../zfs/resolve-property.ts";
import { treeOf } from "../../zfs/trees.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { type ZfsCommand, zfsOptions } from "./options.ts";
import { openSubject } from "./subjects.ts";
import { table } from "./table.ts";
import { misused } from "./usage.ts";

/** `zfs version`: of the tools and of the kernel's module. */
export const version: ZfsCommand = (context, args) => {
  const { host } = context.session;
  const rules = rulesOf(host);
  const options = zfsOptions(context, "version", args, { letters: rules.json ? "j" : "" });
  if ("failure" in options) return options.failure;
  const tools = `zfs-${host.zfs?.version}`;
  const kernel = `zfs-kmod-${host.zfs?.version}`;
  if (!options.flags.has("j")) return says(`${tools}\n${kernel}\n`);
  const output = { command: "zfs version", vers_major: 0, vers_minor: 1 };
  return says(`${JSON.stringify({ output_version: output, zfs_version: { userland: tools, kernel } })}\n`);
};

/** `zfs upgrade`: everything is of the newest format. */
export const upgrade: ZfsCommand = (_context, args) => {
  if (args.length > 0) refuseArgument("zfs", `upgrade ${args.join(" ")}`);
  return says(
    "This system is currently running ZFS filesystem version 5.\n\nAll filesystems are formatted with the current version.\n",
  );
};

/** `zfs wait`: what is deleted is gone at once. */
export const wait: ZfsCommand = (context, args) => {
  const options = zfsOptions(context, "wait", args, { letters: "t:" });
  if ("failure" in options) return options.failure;
  const [name] = options.words;
  if (name === undefined) return misused(rulesOf(context.session.host), "wait", "missing 'filesystem' argument");
  const subject = openSubject(context.session, name);
  return "error" in subject ? fails(1, `${subject.error}\n`) : says("");
};

/** `zfs bookmark`: remembers when a snapshot was. */
export const bookmark: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const options = zfsOptions(context, "bookmark", args, { letters: "" });
  if ("failure" in options) return options.failure;
  const [source, given] = options.words;
  if (source === undefined) return misused(rulesOf(host), "bookmark", "missing source argument");
  if (given === undefined) return misused(rulesOf(host), "bookmark", "missing bookmark argument");
  const { dataset } = splitSnapshot(source);
  const target = given.startsWith("#") ? `${dataset}${given}` : given;
  const [own = "", name = ""] = target.split("#");
  const snapshot = findSnapshot(host, source);
  if (snapshot === undefined) return fails(1, `cannot create bookmark '${target}': source does not exist\n`);
  const found = own === dataset ? findDataset(host, own) : undefined;
  if (found === undefined || name === "")
    return fails(1, `cannot create bookmark '${target}': bookmark is in a different pool or dataset\n`);
  if (found.bookmarks?.some((each) => each.name === name))
    return fails(1, `cannot create bookmark '${target}': bookmark exists\n`);
  const changed = changeDataset(session, own);
  const made = { name, guid: newGuid(host, target), createdMs: snapshot.createdMs };
  changed.bookmarks = [...(changed.bookmarks ?? []), made];
  return says("");
};

/** `zfs diff`: files that came, went and changed since a snapshot. */
export const diff: ZfsCommand = (context, args) => {
  const { host } = context.session;
  const options = zfsOptions(context, "diff", args, { letters: "FHth", refused: "" });
  if ("failure" in options) return options.failure;
  const [from, to] = options.words;
  if (from === undefined) return misused(rulesOf(host), "diff", "must provide at least one snapshot name");
  if (options.flags.has("F") || options.flags.has("t")) refuseArgument("zfs", "diff -F or -t");
  const old = findSnapshot(host, from);
  const dataset = findDataset(host, splitSnapshot(from).dataset);
  if (old === undefined || dataset === undefined) return fails(1, `cannot open '${from}': dataset does not exist\n`);
  const newer = to?.includes("@") ? findSnapshot(host, to) : undefined;
  if (to?.includes("@") && newer === undefined) return fails(1, `cannot open '${to}': dataset does not exist\n`);
  const before: Readonly<Record<string, Frozen<Node>>> = host.trees?.[old.guid] ?? {};
  const after: Readonly<Record<string, Frozen<Node>>> =
    newer === undefined ? treeOf(host, dataset) : (host.trees?.[newer.guid] ?? {});
  /** A folder is another also when another name is in it. */
  const isSame = (path: string, a: Frozen<Node>, b: Frozen<Node>) =>
    JSON.stringify(a) === JSON.stringify(b) &&
    (a.type !== "directory" || namesIn(before, path) === namesIn(after, path));
  const top = resolveProperty(host, dataset, "mountpoint").value;
  const lines = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((path) => {
    const [a, b] = [before[path], after[path]];
    const change = a === undefined ? "+" : b === undefined ? "-" : isSame(path, a, b) ? "" : "M";
    return change === "" ? [] : [`${change}\t${top}${path === "" ? "/" : path}\n`];
  });
  return says(lines.join(""));
};

function namesIn(tree: Readonly<Record<string, unknown>>, folder: string): string {
  const names = Object.keys(tree).filter(
    (path) => path.startsWith(`${folder}/`) && !path.includes("/", folder.length + 1),
  );
  return names.sort().join("\n");
}

/** `zfs userspace`, `zfs groupspace`: what is whose, and what they may have. */
export const userspace: ZfsCommand = (context, args) => space(context, "user", args);
export const groupspace: ZfsCommand = (context, args) => space(context, "group", args);

function space(context: Parameters<ZfsCommand>[0], of: "user" | "group", args: readonly string[]) {
  const { session } = context;
  const { host } = session;
  const options = zfsOptions(context, `${of}space`, args, { letters: "Hinp", refused: "osSt" });
  if ("failure" in options) return options.failure;
  const [name] = options.words;
  if (name === undefined) return misused(rulesOf(host), `${of}space`, "missing dataset argument");
  const subject = openSubject(session, name);
  if ("error" in subject) return fails(1, `${subject.error}\n`);
  const usage = new Map<number, { bytes: number; objects: number; quota: string; objectQuota: string }>();
  const entry = (id: number) => {
    const found = usage.get(id) ?? { bytes: 0, objects: 0, quota: "-", objectQuota: "-" };
    usage.set(id, found);
    return found;
  };
  const nodes = Object.values(treeOf(host, subject.dataset));
  if (nodes.length === 0) entry(0);
  for (const node of nodes) {
    const found = entry(of === "user" ? node.uid : node.gid);
    found.objects += 1;
    found.bytes += node.type === "file" ? Math.ceil((node.content.length + 1) / 512) * 512 : 512;
  }
  for (const [property, { value }] of Object.entries(subject.dataset.properties)) {
    const quota = quotaProperty(property);
    const id = quota?.of === of ? quotaId(host, property) : undefined;
    if (quota === undefined || id === undefined) continue;
    if (quota.objects) entry(id).objectQuota = value;
    else entry(id).quota = value;
  }
  const parsable = options.flags.has("p");
  const rows = [...usage]
    .sort(([a], [b]) => a - b)
    .map(([id, each]) => {
      // Where one of the two quotas is set the other is none, which -p prints as 0 for objects and as - for bytes.
      const bytes = (value: string) => (parsable || value === "-" ? value : niceBytes(Number(value)));
      const objects = each.objectQuota === "-" ? (each.quota === "-" ? "-" : "0") : each.objectQuota;
      const who = options.flags.has("n") ? String(id) : userName(host, id);
      return [
        of === "user" ? "POSIX User" : "POSIX Group",
        who,
        each.objects === 0 ? "-" : bytes(String(each.bytes)),
        bytes(each.quota),
        String(each.objects),
        parsable || objects === "-" ? objects : niceNumber(Number(objects)),
      ];
    });
  if (options.flags.has("H")) return says(rows.map((row) => `${row.join("\t")}\n`).join(""));
  const columns = ["TYPE", "NAME", "USED", "QUOTA", "OBJUSED", "OBJQUOTA"].map((heading, index) => ({
    heading,
    width: index > 1 ? 5 : 0,
    right: index > 1,
  }));
  return says(table(columns, rows));
}

/** `zfs project`: files without a project. */
export const project: ZfsCommand = (context, args) => {
  const options = zfsOptions(context, "project", args, { letters: "d", refused: "rcCkp0s" });
  if ("failure" in options) return options.failure;
  return says(options.words.map((path) => `    0 - ${path}\n`).join(""));
};
/** `zfs zone` and `zfs unzone` take a namespace, of which the lab has none. */
export function zone(command: "zone" | "unzone"): ZfsCommand {
  return (context, args) => {
    if (args.length < 2) return misused(rulesOf(context.session.host), command, "missing argument(s)");
    return refuseArgument("zfs", `${command} ${args.join(" ")}`);
  };
}
