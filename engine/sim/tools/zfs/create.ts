import { fails, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { checkProperties } from "../../zfs/check-properties.ts";
import { createDataset } from "../../zfs/datasets.ts";
import { newKey } from "../../zfs/encryption.ts";
import { changeDataset, findDataset, findPool } from "../../zfs/find-dataset.ts";
import { mountDataset, mountFault, mountsItself } from "../../zfs/mount-dataset.ts";
import { nameFault, parentName, poolOf } from "../../zfs/names.ts";
import { niceNumber, parseNumber } from "../../zfs/numbers.ts";
import { propertiesOf } from "../../zfs/properties.ts";
import { encryptionRootOf, resolveProperty } from "../../zfs/resolve-property.ts";
import { spaceOf } from "../../zfs/space.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { reservationOfVolume } from "../../zfs/volume-size.ts";
import { propertyPairs, type ZfsCommand, type ZfsOptions, zfsOptions } from "./options.ts";
import { mayDo } from "./rights.ts";
import { misused } from "./usage.ts";

/** `zfs create`: a file system, or with -V a volume; with -p also what is missing above it. */
export const create: ZfsCommand = (context, args) => {
  const rules = rulesOf(context.session.host);
  const options = zfsOptions(context, "create", args, { letters: "Pnpuvsb:o:V:", missing: "missing size argument" });
  if ("failure" in options) return options.failure;
  const [name, ...more] = options.words;
  const volume = options.values.get("V")?.at(-1);
  if (name === undefined)
    return misused(rules, "create", `missing ${volume === undefined ? "filesystem" : "volume"} argument`);
  if (more.length > 0) return misused(rules, "create", "too many arguments");
  return volume === undefined ? createFilesystem(context, options, name) : createVolume(context, options, name, volume);
};

function createFilesystem(context: ToolContext, options: ZfsOptions, name: string): ToolResult {
  const pairs = propertyPairs(options);
  if ("error" in pairs) return fails(1, `${pairs.error}\n`);
  return make(context, options, name, { type: "filesystem", pairs: pairs.pairs, volsize: 0 }, "");
}

function createVolume(context: ToolContext, options: ZfsOptions, name: string, size: string): ToolResult {
  const rules = rulesOf(context.session.host);
  const parsed = parseNumber(size);
  if ("error" in parsed) return fails(1, `bad volume size '${size}': ${parsed.error}\n`);
  const pairs = propertyPairs(options);
  if ("error" in pairs) return fails(1, `${pairs.error}\n`);
  const block = options.values.get("b")?.at(-1);
  const all = block === undefined ? pairs.pairs : [...pairs.pairs, ["volblocksize", block] as const];
  const usual = Number(propertiesOf(rules).get("volblocksize")?.default);
  const asked = parseNumber(all.findLast(([property]) => property === "volblocksize")?.[1] ?? String(usual));
  const blockSize = "error" in asked ? usual : asked.value;
  const warning =
    blockSize < usual && blockSize >= 512 && Number.isInteger(Math.log2(blockSize))
      ? `Warning: volblocksize (${blockSize}) is less than the default minimum block size (${usual}).\n` +
        `To reduce wasted space a volblocksize of ${usual} is recommended.\n`
      : "";
  const volsize = Math.ceil(parsed.value / blockSize) * blockSize;
  return make(context, options, name, { type: "volume", pairs: all, volsize, blockSize }, warning);
}

interface Wanted {
  readonly type: "filesystem" | "volume";
  readonly pairs: readonly (readonly [string, string])[];
  readonly volsize: number;
  readonly blockSize?: number;
}

function make(context: ToolContext, options: ZfsOptions, name: string, wanted: Wanted, warning: string): ToolResult {
  const { session } = context;
  const { host } = session;
  const { flags } = options;
  const cannot = (why: string) => fails(1, `${warning}cannot create '${name}': ${why}\n`);
  const named = nameFault(name, "dataset", true);
  if (named !== null) return cannot(named);
  const parents = flags.has("p");
  if (parents && findDataset(host, name) !== undefined) return says("", warning);
  const above = parentFault(context, name, parents);
  if (above !== null) return cannot(above);
  if (findDataset(host, name) !== undefined) return cannot("dataset already exists");
  const checked = checkProperties({ host, type: wanted.type }, wanted.pairs);
  if ("error" in checked) return cannot(checked.error);
  if (wanted.type === "volume" && wanted.volsize === 0) return cannot("volume size cannot be zero");
  if (flags.has("n")) return says(told(flags, name, wanted, "would create"), warning);
  const parent = parentName(name) ?? "";
  if (findPool(host, name)?.readOnly) return cannot("pool is read-only");
  if (!mayDo(session, nearest(context, parent), "create")) return cannot("permission denied");
  const fixed: Record<string, string> = {};
  const properties: Record<string, string> = {};
  for (const pair of checked.pairs) (pair.once ? fixed : properties)[pair.name] = pair.value;
  const key = newKey(context, nearest(context, parent), fixed, properties);
  if ("error" in key) return cannot(key.error);
  const roomless = spaceFault(context, nearest(context, parent), wanted, properties, flags.has("s"));
  if (roomless) return cannot("out of space");
  makeParents(context, parent);
  const volume = wanted.type === "volume" ? { volsize: wanted.volsize, sparse: flags.has("s") } : {};
  // The usual size of blocks is not something that was said.
  createDataset(session, name, { type: wanted.type, properties, fixed, mount: false, ...volume });
  if (key.kind === "root") {
    const dataset = changeDataset(session, name);
    dataset.keyDigest = key.digest;
    dataset.keyLoaded = true;
  }
  const stdout = flags.has("v") ? told(flags, name, wanted, "create") : "";
  if (flags.has("u") || !mountsItself(host, name)) return says(stdout, warning);
  return { ...mounted(context, name), stdout };
}

function mounted({ session }: ToolContext, name: string): ToolResult {
  if (session.user.uid !== 0) {
    return fails(1, "filesystem successfully created, but it may only be mounted by root\n");
  }
  const fault = mountFault(session.host, name);
  if (fault !== null) return fails(1, `${fault}\nfilesystem successfully created, but not mounted\n`);
  mountDataset(session, name);
  return says("");
}

/** What is wrong with where it shall be. */
export function parentFault({ session }: ToolContext, name: string, parents: boolean): string | null {
  const { host } = session;
  const parent = parentName(name);
  if (parent === null) return "missing dataset name";
  if (findPool(host, name) === undefined) return `no such pool '${poolOf(name)}'`;
  let above: string | null = parent;
  if (!parents && findDataset(host, parent) === undefined) return "parent does not exist";
  while (above !== null && findDataset(host, above) === undefined) above = parentName(above);
  const found = findDataset(host, above ?? parent);
  if (found?.type === "volume") return "parent is not a filesystem";
  const root = found && encryptionRootOf(host, found);
  if (root !== undefined && root.keyLoaded !== true) return "encryption root's key is not loaded or provided";
  return null;
}

/** The deepest one above that is there. */
function nearest({ session }: ToolContext, name: string): string {
  let at: string = name;
  while (findDataset(session.host, at) === undefined) {
    const parent = parentName(at);
    if (parent === null) return at;
    at = parent;
  }
  return at;
}

/** Makes what is missing above, each with nothing set. */
export function makeParents({ session }: ToolContext, name: string): void {
  if (findDataset(session.host, name) !== undefined) return;
  const parent = parentName(name);
  if (parent !== null) makeParents({ session, env: {}, cwd: "/", stdin: new Uint8Array() }, parent);
  createDataset(session, name, { type: "filesystem" });
}

function spaceFault(
  { session: { host } }: ToolContext,
  parent: string,
  { type, volsize, blockSize = 0 }: Wanted,
  properties: Readonly<Record<string, string>>,
  sparse: boolean,
): boolean {
  const dataset = findDataset(host, parent);
  const pool = findPool(host, parent);
  if (dataset === undefined || pool === undefined) return true;
  const copies = Number(properties.copies ?? resolveProperty(host, dataset, "copies").value);
  const thick = type === "volume" && !sparse ? reservationOfVolume(pool, volsize, blockSize, copies) : 0;
  const bytes = Math.max(thick, Number(properties.reservation ?? 0), Number(properties.refreservation ?? 0) || 0);
  const quota = Number(properties.quota ?? 0);
  const smallest = 24 * 1024;
  return bytes > spaceOf(host, dataset).available || (quota > 0 && quota < smallest);
}

/** What -v prints. */
function told(flags: ReadonlySet<string>, name: string, { pairs, volsize, type }: Wanted, verb: string): string {
  const all =
    type === "volume"
      ? [...pairs, ["volsize", flags.has("P") ? String(volsize) : niceNumber(volsize)] as const]
      : pairs;
  if (!flags.has("v") && !flags.has("P")) return "";
  if (flags.has("P")) {
    return [`create\t${name}`, ...all.map(([key, value]) => `property\t${key}\t${value}`), ""].join("\n");
  }
  return [`${verb} ${name}`, ...all.map(([key, value]) => `\t${key}=${value}`), ""].join("\n");
}
