import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { releaseOf } from "../../zfs/pool-properties.ts";
import { poolAllocated } from "../../zfs/pool-space.ts";
import { changeImported } from "../../zfs/pools.ts";
import { scanNow, startScan } from "../../zfs/scan.ts";
import type { Vdev } from "../../zfs/state.ts";
import { findVdev, isLeaf, leavesOf, vdevPath } from "../../zfs/vdevs.ts";
import { isResult, openPool, together } from "./open-pool.ts";
import { readOptions } from "./options.ts";
import { usageError } from "./usage.ts";

export function scrub({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "scrub", args, { flags: "spw", refused: "eC" });
  if (isResult(given)) return given;
  const { flags, words } = given;
  if (flags.has("s") && flags.has("p"))
    return usageError(host, "scrub", "invalid option combination: -s and -p are mutually exclusive");
  if (words.length === 0) return usageError(host, "scrub", "missing pool name argument");
  return together(words.map((name) => scrubOne({ session }, name, flags)));
}

function scrubOne({ session }: Pick<ToolContext, "session">, name: string, flags: ReadonlySet<string>): ToolResult {
  const { host } = session;
  const pool = openPool(host, name);
  if (isResult(pool)) return pool;
  const newer = releaseOf(host) >= 2.2;
  const scan = pool.scan;
  const active = scan?.function === "scrub" && (scan.state === "scanning" || scan.state === "paused") ? scan : null;
  if (flags.has("s")) {
    if (active === null) return fails(1, `cannot cancel scrubbing ${name}: there is no active scrub\n`);
    changeImported(session, name).scan = { ...active, state: "canceled", endsMs: host.clockMs };
    return says("");
  }
  if (flags.has("p")) {
    if (active === null) return fails(1, `cannot pause scrubbing ${name}: there is no active scrub\n`);
    if (active.state === "paused") {
      const hint = newer ? "to resume scrub" : "to resume";
      return fails(1, `cannot pause scrubbing ${name}: scrub is paused; use 'zpool scrub' ${hint}\n`);
    }
    const leftMs = Math.max(0, active.endsMs - host.clockMs);
    changeImported(session, name).scan = { ...active, state: "paused", endsMs: host.clockMs, leftMs };
    return says("");
  }
  if (active?.state === "scanning") {
    const hint = newer ? "to cancel scrub" : "to cancel current scrub";
    return fails(1, `cannot scrub ${name}: currently scrubbing; use 'zpool scrub -s' ${hint}\n`);
  }
  if (scan?.function === "resilver" && scan.state === "scanning")
    return fails(1, `cannot scrub ${name}: currently resilvering\n`);
  const changed = changeImported(session, name);
  const { leftMs = 0, ...paused } = active ?? startScan(host, "scrub", poolAllocated(host, pool));
  changed.scan = active === null ? paused : { ...paused, state: "scanning", endsMs: host.clockMs + leftMs };
  if (flags.has("w")) session.spend(changed.scan.endsMs - session.host.clockMs);
  return says("");
}

export function resilver({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "resilver", args, {});
  if (isResult(given)) return given;
  if (given.words.length === 0) return usageError(host, "resilver", "missing pool name argument");
  return together(
    given.words.map((name) => {
      const pool = openPool(session.host, name);
      if (isResult(pool)) return pool;
      changeImported(session, name).scan = startScan(session.host, "resilver", poolAllocated(session.host, pool));
      return says("");
    }),
  );
}

/** A trim of a disk of the lab takes a moment, so that one can be seen running. */
const TRIM_MS = 500;

export function trim({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "trim", args, { flags: "dws", values: "r", refused: "c" });
  if (isResult(given)) return given;
  const [name, ...devices] = given.words;
  if (name === undefined) return usageError(host, "trim", "missing pool name argument");
  const pool = openPool(host, name, 255);
  if (isResult(pool)) return pool;
  const places = devices.map((device) => [device, findVdev(host, pool, device)] as const);
  const unknown = places.find(([, place]) => place === undefined || !isLeaf(place.vdev));
  if (unknown !== undefined) return fails(255, `cannot trim '${unknown[0]}': no such device in pool\n`);
  const all = leavesOf([...pool.vdevs, ...pool.special, ...pool.logs]).filter(({ state }) => state === "ONLINE");
  const chosen = devices.length === 0 ? all : places.flatMap(([, place]) => (place === undefined ? [] : [place.vdev]));
  const running = chosen.filter(({ trimmedMs = 0 }) => trimmedMs > host.clockMs);
  if (given.flags.has("s")) {
    if (running.length === 0)
      return fails(
        255,
        chosen.map((leaf) => `cannot suspend trim '${vdevPath(leaf)}': there is no active trim\n`).join(""),
      );
    refuseArgument("zpool trim", "-s");
  }
  if (running.length > 0)
    return fails(255, running.map((leaf) => `cannot trim '${vdevPath(leaf)}': currently trimming\n`).join(""));
  const guids = new Set(chosen.map(({ guid }) => guid));
  const mark = (vdevs: readonly Vdev[]) => {
    for (const vdev of vdevs) {
      if (guids.has(vdev.guid)) vdev.trimmedMs = host.clockMs + TRIM_MS;
      mark(vdev.children);
    }
  };
  const changed = changeImported(session, name);
  mark([...changed.vdevs, ...changed.special, ...changed.logs]);
  if (given.flags.has("w")) session.spend(TRIM_MS);
  return says("");
}

const ACTIVITIES = ["discard", "free", "initialize", "replace", "remove", "resilver", "scrub", "trim", "raidz_expand"];

export function wait({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "wait", args, { values: "t", refused: "HpT" });
  if (isResult(given)) return given;
  const [name, ...more] = given.words;
  if (name === undefined) return usageError(host, "wait", "missing 'pool' argument");
  if (more.length > 0) refuseArgument("zpool wait", more.join(" "));
  const wanted = (given.values.get("t") ?? [ACTIVITIES.join()]).flatMap((each) => each.split(","));
  const unknown = wanted.find((each) => !ACTIVITIES.includes(each));
  if (unknown !== undefined) return usageError(host, "wait", `invalid activity '${unknown}'`);
  const pool = openPool(host, name);
  if (isResult(pool)) return pool;
  const scan = scanNow(host, pool.scan);
  const scans = scan?.state === "scanning" && wanted.some((each) => each === scan.function || each === "replace");
  const trims = wanted.includes("trim") ? leavesOf(pool.vdevs).map(({ trimmedMs = 0 }) => trimmedMs) : [];
  const until = Math.max(host.clockMs, scans ? scan.endsMs : 0, ...trims);
  session.spend(until - host.clockMs);
  return says("");
}
