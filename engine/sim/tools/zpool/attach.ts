import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { devicesFault } from "../../zfs/check-devices.ts";
import { leafOf } from "../../zfs/parse-vdevs.ts";
import { releaseOf } from "../../zfs/pool-properties.ts";
import { poolAllocated } from "../../zfs/pool-space.ts";
import { changeImported, label, unlabel } from "../../zfs/pools.ts";
import { startScan } from "../../zfs/scan.ts";
import type { Pool, Vdev } from "../../zfs/state.ts";
import { CLASSES, findVdev, guidOf, isLeaf, type Place } from "../../zfs/vdevs.ts";
import { isResult, openPool } from "./open-pool.ts";
import { readOptions } from "./options.ts";
import { usageError } from "./usage.ts";

/** A second device beside one, which makes a mirror; or one more in a raidz. */
export function attach(context: ToolContext, args: readonly string[]): ToolResult {
  return join(context, "attach", args);
}
/** A device in the place of another. */
export function replace(context: ToolContext, args: readonly string[]): ToolResult {
  return join(context, "replace", args);
}

function join({ session }: ToolContext, command: "attach" | "replace", args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, command, args, { flags: "fw", refused: "s", values: "o" });
  if (isResult(given)) return given;
  const { flags, values, words } = given;
  const [name, old, added, ...more] = words;
  if (name === undefined) return usageError(host, command, "missing pool name argument");
  if (old === undefined) return usageError(host, command, "missing <device> specification");
  if (added === undefined && command === "attach")
    return usageError(host, command, "missing <new_device> specification");
  if (more.length > 0) return usageError(host, command, "too many arguments");
  const other = values.get("o")?.find((text) => !text.startsWith("ashift="));
  if (other !== undefined) refuseArgument(`zpool ${command}`, `-o ${other}`);
  const pool = openPool(host, name);
  if (isResult(pool)) return pool;

  // Without a second name the new disk stands where the old one did.
  const device = leafOf(host, added ?? old, `${pool.guid} ${host.clockMs}`);
  if ("error" in device) return fails(1, device.error);
  const place = findVdev(host, pool, old);
  const cannot =
    command === "attach"
      ? `cannot attach ${added} to ${old}:`
      : added === undefined
        ? `cannot replace ${old}:`
        : `cannot replace ${old} with ${added}:`;
  const used = devicesFault(host, [device], flags.has("f"), command === "replace" ? pool.spares : []);
  if (used !== null) return fails(1, used);
  if (place === undefined) return fails(255, `${cannot} no such device in pool\n`);
  const expands = command === "attach" && /^raidz/.test(place.vdev.type) && releaseOf(host) >= 2.3;
  if (command === "attach" && !expands && !mayHaveMirror(place))
    return fails(255, `${cannot} can only attach to mirrors and top-level disks\n`);
  if ((device.bytes ?? 0) < smallest(place)) return fails(255, `${cannot} device is too small\n`);

  const changed = changeImported(session, name);
  if (expands) {
    edit(changed, place.vdev.guid, (group) => ({ ...group, children: [...group.children, device] }));
    changed.expansion = { vdev: place.vdev.name, endedMs: host.clockMs };
    changed.scan = startScan(host, "scrub", poolAllocated(host, changed));
  } else if (command === "attach") {
    attachTo(changed, place, device);
    changed.scan = startScan(host, "resilver", poolAllocated(host, changed));
  } else {
    const { vdev } = place;
    const number =
      place.parent === null ? (vdev.id ?? 0) : place.parent.children.findIndex((each) => each.guid === vdev.guid);
    edit(changed, vdev.guid, (old) => ({
      type: "replacing",
      name: `replacing-${number}`,
      guid: guidOf(`${old.guid} ${device.guid}`),
      state: "ONLINE",
      children: [withoutTop(old), place.parent === null ? { ...top(old), ...device } : device],
      ...top(old),
    }));
    changed.spares = changed.spares.filter(
      (spare) => findVdev(host, { ...changed, spares: [spare] }, device.name)?.class !== "spares",
    );
    changed.scan = startScan(host, "resilver", poolAllocated(host, changed));
  }
  label(session, changed, device);
  if (flags.has("w") && changed.scan !== null) session.spend(Math.max(0, changed.scan.endsMs - session.host.clockMs));
  return says("");
}

function mayHaveMirror({ vdev, parent, class: kind }: Place): boolean {
  if (kind === "cache" || kind === "spares") return false;
  return isLeaf(vdev) ? parent === null || parent.type === "mirror" : vdev.type === "mirror";
}
function smallest({ vdev }: Place): number {
  return isLeaf(vdev) ? (vdev.bytes ?? 0) : Math.min(...vdev.children.map(({ bytes = 0 }) => bytes));
}

/** What belongs to the place of a top-level vdev, whatever stands there. */
function top({ id, ashift }: Vdev): Pick<Vdev, "id" | "ashift"> {
  return { ...(id !== undefined && { id }), ...(ashift !== undefined && { ashift }) };
}
function withoutTop({ id: _id, ashift: _ashift, ...vdev }: Vdev): Vdev {
  return vdev;
}

function attachTo(pool: Pool, { vdev, parent }: Place, device: Vdev): void {
  const group = isLeaf(vdev) ? parent : vdev;
  if (group !== null && group !== undefined) {
    edit(pool, group.guid, (mirror) => ({ ...mirror, children: [...mirror.children, device] }));
    return;
  }
  edit(pool, vdev.guid, (alone) => ({
    type: "mirror",
    name: `mirror-${alone.id ?? 0}`,
    guid: guidOf(`mirror ${alone.guid} ${device.guid}`),
    state: "ONLINE",
    children: [withoutTop(alone), device],
    ...top(alone),
  }));
}

export function detach({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "detach", args, {});
  if (isResult(given)) return given;
  const [name, device] = given.words;
  if (name === undefined) return usageError(host, "detach", "missing pool name argument");
  if (device === undefined) return usageError(host, "detach", "missing <device> specification");
  const pool = openPool(host, name);
  if (isResult(pool)) return pool;
  const place = findVdev(host, pool, device);
  if (place === undefined) return fails(255, `cannot detach ${device}: no such device in pool\n`);
  const { vdev, parent } = place;
  if (parent === null || (parent.type !== "mirror" && parent.type !== "replacing"))
    return fails(255, `cannot detach ${device}: only applicable to mirror and replacing vdevs\n`);
  const left = parent.children.filter(({ guid }) => guid !== vdev.guid);
  if (!left.some(({ state }) => state === "ONLINE")) return fails(255, `cannot detach ${device}: no valid replicas\n`);
  const changed = changeImported(session, name);
  edit(changed, parent.guid, (group) => {
    const children = group.children.filter(({ guid }) => guid !== vdev.guid);
    const [only] = children;
    return children.length === 1 && only !== undefined ? { ...only, ...top(group) } : { ...group, children };
  });
  unlabel(session.change(), pool, vdev);
  return says("");
}

/** Puts another vdev in the place of one. */
export function edit(pool: Pool, guid: string | undefined, change: (vdev: Vdev) => Vdev): void {
  const within = (vdevs: readonly Vdev[]): Vdev[] =>
    vdevs.map((vdev) => (vdev.guid === guid ? change(vdev) : { ...vdev, children: within(vdev.children) }));
  pool.vdevs = within(pool.vdevs);
  for (const name of CLASSES) pool[name] = within(pool[name]);
}
