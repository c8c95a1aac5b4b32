import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";
import type { Frozen, Node } from "../../world.ts";
import { createDataset, destroySnapshot } from "../../zfs/datasets.ts";
import { changeDataset, findDataset, findSnapshot } from "../../zfs/find-dataset.ts";
import { mountDataset, mountFault, mountsItself } from "../../zfs/mount-dataset.ts";
import { nameFault, parentName, splitSnapshot } from "../../zfs/names.ts";
import { referencedBy } from "../../zfs/space.ts";
import type { Dataset, Snapshot } from "../../zfs/state.ts";
import { replaceTree } from "../../zfs/trees.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { propertyPairs, type ZfsCommand, zfsOptions } from "./options.ts";
import { mayDo } from "./rights.ts";
import { misused } from "./usage.ts";

/** The lab's own stream: what `receive` needs, as JSON behind a line that says so. */
const MAGIC = "lab-zfs-stream\n";
interface Stream {
  readonly name: string;
  readonly from: string | null;
  readonly type: "filesystem" | "volume";
  readonly snapshot: Frozen<Snapshot>;
  readonly volsize: string | null;
  /** What was set on it, sent along with -p. */
  readonly properties: Readonly<Record<string, string>>;
  readonly tree: Readonly<Record<string, Node>>;
}

/** `zfs send`: a snapshot as a stream; -i leaves out what an earlier one has. */
export const send: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const options = zfsOptions(context, "send", args, { letters: "nvPpLcewDi:", refused: "RIXtSVbh" });
  if ("failure" in options) return options.failure;
  const { flags, values } = options;
  const [name, ...more] = options.words;
  if (name === undefined) return misused(rulesOf(host), "send", "missing snapshot argument");
  if (more.length > 0) return misused(rulesOf(host), "send", "too many arguments");
  const { dataset: own } = splitSnapshot(name);
  const dataset = findDataset(host, own);
  const snapshot = findSnapshot(host, name);
  const missing = (what: string) => fails(1, `cannot open '${what}': dataset does not exist\n`);
  if (!name.includes("@")) refuseArgument("zfs", `send of what is no snapshot (${name})`);
  if (dataset === undefined || snapshot === undefined) return missing(name);
  const given = values.get("i")?.at(-1);
  const from = given === undefined ? null : given.startsWith("@") ? `${own}${given}` : given;
  if (from !== null && findSnapshot(host, from) === undefined) return missing(from);
  if (!mayDo(session, own, "send")) return fails(1, `warning: cannot send '${name}': permission denied\n`);
  const size = String(Math.round(referencedBy(host, dataset) * 0.45));
  const head =
    from === null ? `full\t${name}\t${size}\n` : `incremental\t${splitSnapshot(from).snapshot}\t${name}\t${size}\n`;
  if (flags.has("n")) return says(flags.has("v") || flags.has("P") ? `${head}size\t${size}\n` : "");
  const sent = flags.has("p")
    ? Object.entries(dataset.properties).filter(([, { source }]) => source !== "temporary")
    : [];
  const stream: Stream = {
    name,
    from: from === null ? null : splitSnapshot(from).snapshot,
    type: dataset.type,
    snapshot,
    volsize: snapshot.properties.volsize?.value ?? null,
    properties: Object.fromEntries(sent.map(([property, { value }]) => [property, value])),
    tree: { ...host.trees?.[snapshot.guid] },
  };
  return says(`${MAGIC}${JSON.stringify(stream)}\n`, flags.has("v") ? head : "");
};

/** `zfs receive`: makes a dataset from a stream, or brings one on. */
export const receive: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const options = zfsOptions(context, "receive", args, { letters: "vnuFo:x:", refused: "desMhA" });
  if ("failure" in options) return options.failure;
  const [target, ...more] = options.words;
  if (target === undefined) return misused(rulesOf(host), "receive", "missing snapshot argument");
  if (more.length > 0) return misused(rulesOf(host), "receive", "too many arguments");
  const pairs = propertyPairs(options);
  if ("error" in pairs) return fails(2, `${pairs.error}\n`);
  const text = Buffer.from(context.stdin).toString("utf8");
  if (!text.startsWith(MAGIC)) return fails(1, "cannot receive: failed to read from stream\n");
  const stream = readStream(text);
  const { dataset: name, snapshot } = splitSnapshot(
    target.includes("@") ? target : `${target}@${stream.snapshot.name}`,
  );
  const what = stream.from === null ? "new filesystem stream" : "incremental stream";
  const cannot = (why: string, before = "") => fails(1, `${before}cannot receive ${what}: ${why}\n`);
  const fault = nameFault(name, "dataset", true);
  if (fault !== null) return cannot(fault);
  const existing = findDataset(host, name);
  const parent = parentName(name);
  if (parent !== null && findDataset(host, parent) === undefined) {
    return cannot("unable to restore to destination", `cannot open '${parent}': dataset does not exist\n`);
  }
  const force = options.flags.has("F");
  if (stream.from === null && existing !== undefined && !force) {
    return cannot(`destination '${name}' exists\nmust specify -F to overwrite it`);
  }
  if (stream.from !== null) {
    const last = existing?.snapshots.at(-1)?.name;
    if (existing === undefined) return cannot(`destination '${name}' does not exist`);
    if (last !== stream.from && !force) {
      return cannot(`most recent snapshot of ${name} does not\nmatch incremental source`);
    }
  }
  if (!mayDo(session, parent ?? name, "receive")) return cannot("permission denied");
  if (options.flags.has("n")) return says("");
  return take(context, stream, name, snapshot, new Map(pairs.pairs), {
    dropped: new Set(options.values.get("x") ?? []),
    mount: !options.flags.has("u"),
  });
};

function take(
  { session }: ToolContext,
  stream: Stream,
  name: string,
  snapshot: string,
  set: ReadonlyMap<string, string>,
  { dropped, mount }: { readonly dropped: ReadonlySet<string>; readonly mount: boolean },
): ToolResult {
  const { host } = session;
  if (findDataset(host, name) === undefined) {
    const volsize = stream.volsize === null ? {} : { volsize: Number(stream.volsize), sparse: true };
    createDataset(session, name, { type: stream.type, mount: false, ...volsize });
  }
  const dataset: Dataset = changeDataset(session, name);
  if (stream.from === null) for (const each of [...dataset.snapshots]) destroySnapshot(session, name, each.name);
  for (const [property, value] of Object.entries(stream.properties)) {
    if (dropped.has(property)) continue;
    dataset.received = { ...dataset.received, [property]: value };
    dataset.properties[property] = { value, source: "received" };
  }
  for (const [property, value] of set) dataset.properties[property] = { value, source: "local" };
  // It is the same snapshot: its number and its time come along.
  dataset.snapshots.push({ ...structuredClone(stream.snapshot), name: snapshot, properties: {}, holds: [] });
  const tree: Record<string, Node> = { ...stream.tree };
  if (stream.type === "filesystem") {
    replaceTree(session, dataset, structuredClone(tree));
    const changed = session.change();
    changed.trees = { ...changed.trees, [stream.snapshot.guid]: tree };
    if (mount && mountsItself(host, name) && mountFault(host, name) === null) mountDataset(session, name);
  }
  return says("");
}

function readStream(text: string): Stream {
  // Only `send` above writes it, and nothing passes between that could change it.
  const stream: Stream = JSON.parse(text.slice(MAGIC.length));
  return stream;
}
