import { userName } from "../../host/accounts.ts";
import { fails, says } from "../../tool.ts";
import { quotaId } from "../../zfs/check-properties.ts";
import { niceBytes, niceNumber } from "../../zfs/numbers.ts";
import { quotaProperty } from "../../zfs/properties.ts";
import { treeOf } from "../../zfs/trees.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { type ZfsCommand, zfsOptions } from "./options.ts";
import { openSubject } from "./subjects.ts";
import { table } from "./table.ts";
import { misused } from "./usage.ts";

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
