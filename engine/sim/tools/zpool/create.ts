import { nodeAt } from "../../files/file-tree.ts";
import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";
import type { FrozenHost } from "../../world.ts";
import { devicesFault } from "../../zfs/check-devices.ts";
import { type CheckedPair, checkProperties } from "../../zfs/check-properties.ts";
import { createDataset } from "../../zfs/datasets.ts";
import { deviceAt } from "../../zfs/devices.ts";
import { layoutText } from "../../zfs/layout-text.ts";
import { cleanPath } from "../../zfs/mount-dataset.ts";
import { numbered } from "../../zfs/numbered.ts";
import { type Layout, parseVdevs } from "../../zfs/parse-vdevs.ts";
import { compatibleFeatures, poolFeatures } from "../../zfs/pool-features.ts";
import { isUserPoolProperty, parsePoolProperty, poolPropertyNamed, releaseOf } from "../../zfs/pool-properties.ts";
import { label } from "../../zfs/pools.ts";
import { isUserProperty, propertyNamed, quotaProperty } from "../../zfs/properties.ts";
import { replicationFault } from "../../zfs/replication.ts";
import type { Pool, SetProperty } from "../../zfs/state.ts";
import { guidOf, leavesOf } from "../../zfs/vdevs.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { isResult, poolNameFault } from "./open-pool.ts";
import { type Given, readOptions } from "./options.ts";
import { usageError } from "./usage.ts";

const MIB = 1024 ** 2;

export function create(context: ToolContext, args: readonly string[]): ToolResult {
  const { session } = context;
  const { host } = session;
  const given = readOptions(host, "create", args, { flags: "fnd", values: "oOmR", refused: "t" });
  if (isResult(given)) return given;
  const { flags, words } = given;
  const wanted = readWanted(host, given);
  if (isResult(wanted)) return wanted;
  const [name, ...vdevWords] = words;
  if (name === undefined) return usageError(host, "create", "missing pool name argument");
  if (vdevWords.length === 0) return usageError(host, "create", "missing vdev specification");
  const cannot = `cannot create '${name}':`;
  if (name.includes("/"))
    return fails(1, `${cannot} invalid character '/' in pool name\nuse 'zfs create' to create a dataset\n`);

  const guid = guidOf(`pool ${name} ${host.clockMs} ${host.bootId}`);
  const layout = layoutOf(host, vdevWords, guid, wanted, flags.has("f"));
  if ("error" in layout) return fails(1, layout.error);
  const mountpoint = wanted.pairs.findLast(([property]) => property === "mountpoint")?.[1] ?? `/${name}`;
  if (mountpoint.startsWith("/") && isFilled(host, cleanPath(`${wanted.altroot ?? ""}${mountpoint}`))) {
    const hint = "use '-m' option to provide a different default\n";
    return fails(1, `mountpoint '${mountpoint}' exists and is not empty\n${hint}`);
  }
  if (flags.has("n"))
    return says(`would create '${name}' with the following layout:\n\n${layoutText(host, name, layout)}`);

  const nameFault = poolNameFault(name);
  if (nameFault !== null) return fails(1, `${cannot} ${nameFault}\npool name may have been omitted\n`);
  const properties = poolProperties(host, wanted);
  if ("error" in properties) return fails(1, `${cannot} ${properties.error}\n`);
  const checked = checkProperties({ host, type: "filesystem" }, wanted.pairs);
  if ("error" in checked) return fails(1, `${cannot} ${checked.error}\n`);
  if (Object.hasOwn(host.zfs?.pools ?? {}, name)) return fails(1, `${cannot} pool already exists\n`);
  const fault = deviceSetFault(host, layout);
  if (fault !== null) return fails(1, `${cannot} ${fault}\n`);
  make(context, name, guid, layout, properties, wanted, checked.pairs);
  return says("");
}

/** What a new pool shall be like, beside its vdevs. */
interface Wanted {
  readonly properties: readonly (readonly [string, string])[];
  /** Of its root dataset. */
  readonly pairs: readonly (readonly [string, string])[];
  readonly altroot?: string;
  readonly ashift: number;
  /** -d: no feature but those named. */
  readonly bare: boolean;
}

function readWanted(host: FrozenHost, { flags, values }: Given): Wanted | ToolResult {
  const release = releaseOf(host);
  const properties: (readonly [string, string])[] = [];
  const pairs: (readonly [string, string])[] = [];
  for (const [letter, into] of [
    ["o", properties],
    ["O", pairs],
  ] as const) {
    for (const text of values.get(letter) ?? []) {
      const equals = text.indexOf("=");
      if (equals < 0) return usageError(host, "create", `missing '=' for property=value argument in '-${letter}'`);
      into.push([text.slice(0, equals), text.slice(equals + 1)]);
    }
  }
  const what = release >= 2.2 ? "pool or vdev" : "pool";
  for (const [name] of properties) {
    if (
      poolPropertyNamed(release, name) === undefined &&
      !name.startsWith("feature@") &&
      !isUserPoolProperty(release, name)
    )
      return fails(1, `property '${name}' is not a valid ${what} property\n`);
  }
  for (const [name, value] of pairs) {
    const known = propertyNamed(rulesOf(host), name) !== undefined || isUserProperty(name);
    if (!known && quotaProperty(name) === undefined)
      return fails(1, `property '${name}' is not a valid filesystem property\n`);
    if (name === "encryption" && value !== "off") refuseArgument("zpool create", `-O encryption=${value}`);
  }
  const mountpoint = values.get("m")?.at(-1);
  if (mountpoint !== undefined && !/^(\/|none$|legacy$)/.test(mountpoint))
    return fails(1, `invalid mountpoint '${mountpoint}': must be an absolute path, 'legacy', or 'none'\n`);
  const altroot = values.get("R")?.at(-1) ?? properties.find(([name]) => name === "altroot")?.[1];
  const ashift = properties.findLast(([name]) => name === "ashift")?.[1];
  const shift = ashift === undefined ? 0 : ashiftOf(ashift);
  if (typeof shift === "string") return fails(1, shift);
  return {
    properties: values.has("R") ? [["cachefile", "none"], ...properties] : properties,
    pairs:
      mountpoint === undefined
        ? pairs
        : [...pairs.filter(([name]) => name !== "mountpoint"), ["mountpoint", mountpoint]],
    ...(altroot !== undefined && { altroot }),
    ashift: shift,
    bare: flags.has("d"),
  };
}

/** The sector shift of an ashift as it was typed; or what the tool says to it. */
export function ashiftOf(text: string): number | string {
  if (!/^\d+$/.test(text)) return "ashift must be a number.\n";
  const shift = Number(text);
  return shift === 0 || (shift >= 9 && shift <= 16)
    ? shift
    : `invalid 'ashift=${text}' property: only values between 9 and 16 are allowed.\n`;
}

function layoutOf(
  host: FrozenHost,
  words: readonly string[],
  guid: string,
  { ashift }: Wanted,
  force: boolean,
): Layout | { readonly error: string } {
  const layout = parseVdevs(host, words, guid);
  if ("error" in layout) return layout;
  const used = devicesFault(host, leavesOf(Object.values(layout).flat()), force);
  if (used !== null) return { error: used };
  const uneven = force ? null : replicationFault(layout, undefined);
  if (uneven !== null)
    return { error: `invalid vdev specification\nuse '-f' to override the following errors:\n${uneven}` };
  if (layout.vdevs.length === 0)
    return { error: "invalid vdev specification\nat least one general top-level vdev must be specified\n" };
  return numbered(layout, 0, ashift === 0 ? 9 : ashift).layout;
}

/** A device named twice, or too small to be one. */
export function deviceSetFault(host: FrozenHost, layout: Layout): string | null {
  const leaves = leavesOf(Object.values(layout).flat());
  const real = leaves.map(({ name }) => deviceAt(host, name)?.canonical ?? name);
  if (new Set(real).size < real.length)
    return "one or more vdevs refer to the same device, or one of\nthe devices is part of an active md or lvm device";
  return leaves.some(({ bytes = 0 }) => bytes < 64 * MIB)
    ? "one or more devices is less than the minimum size (64M)"
    : null;
}

function isFilled(host: FrozenHost, path: string): boolean {
  if (nodeAt(host, path) === undefined) return false;
  return Object.keys(host.files).some((each) => each.startsWith(path === "/" ? "/" : `${path}/`));
}

function poolProperties(
  host: FrozenHost,
  wanted: Wanted,
): { readonly set: Record<string, SetProperty> } | { readonly error: string } {
  const release = releaseOf(host);
  const set: Record<string, SetProperty> = {};
  for (const [name, text] of wanted.properties) {
    if (name === "altroot") continue;
    const parsed = parsePoolProperty(release, name, text, "create");
    if ("error" in parsed) return parsed;
    const full = poolPropertyNamed(release, name)?.name ?? name;
    if (parsed.value !== null) set[full] = { value: parsed.value, source: "local" };
    else if (name.startsWith("feature@")) set[name] = { value: "enabled", source: "local" };
  }
  const compatible = compatibleFeatures(release, set.compatibility?.value ?? "off");
  if (compatible === null) return { error: `invalid compatibility file '${set.compatibility?.value}'` };
  for (const { name } of poolFeatures(release)) {
    const key = `feature@${name}`;
    if (set[key] === undefined && (wanted.bare || !compatible.has(name)))
      set[key] = { value: "disabled", source: "local" };
    else if (set[key]?.value === "enabled") delete set[key];
  }
  return { set };
}

function make(
  { session }: ToolContext,
  name: string,
  guid: string,
  layout: Layout,
  { set }: { readonly set: Record<string, SetProperty> },
  wanted: Wanted,
  pairs: readonly CheckedPair[],
): void {
  const host = session.change();
  const count = layout.vdevs.length + layout.special.length + layout.logs.length;
  const pool: Pool = {
    name,
    guid,
    properties: set,
    vdevs: [...layout.vdevs],
    special: [...layout.special],
    logs: [...layout.logs],
    cache: [...layout.cache],
    spares: [...layout.spares],
    datasets: {},
    scan: null,
    nextVdev: count,
    ...(wanted.altroot !== undefined && { altroot: wanted.altroot }),
  };
  host.zfs ??= { version: "", pools: {}, exported: {} };
  host.zfs.pools[name] = pool;
  for (const vdev of Object.values(layout).flat()) label(session, pool, vdev);
  const of = (once: boolean) =>
    Object.fromEntries(pairs.filter((pair) => pair.once === once).map((pair) => [pair.name, pair.value]));
  createDataset(session, name, { type: "filesystem", properties: of(false), fixed: of(true) });
}
