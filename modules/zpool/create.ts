import { diskUse, parseLsblk } from "../../engine/formats/disk-use.ts";
import { type ImportablePool, parsePoolImport } from "../../engine/formats/zpool-import.ts";
import type { Plan, Value } from "../../engine/module/index.ts";
import { change, refuse, write } from "../../engine/module/index.ts";
import { wantedLayout } from "./layout.ts";
import { mountpointOf, realPath, type Seen } from "./look.ts";
import { allDisks, type Params } from "./params.ts";
import { creationWords, poolValue } from "./words.ts";

/** Writing labels to many slow disks takes a while. */
const LIMIT_MS = 600_000;

/** A pool that is not in use: imported, made, or neither. */
export function obtain(given: Params, seen: Seen): Plan {
  const { name } = given;
  const offered = parsePoolImport(seen.scan?.stdout ?? "");
  const called = offered.filter((pool) => pool.name === name);
  if (called.length > 0) return bringIn(given, called, seen);
  if (!given.allow_create)
    return refuse(
      `there is no pool ${name} on the host, and none that could be imported`,
      given.vdevs === undefined
        ? "name its disks under vdevs and say allow_create: true to have it made"
        : "say allow_create: true to have it made of these disks",
    );
  // `zpool create -f` would overwrite it: a pool that merely was not imported must survive a forgotten `force`.
  const other = offered.find((pool) => allDisks(given).some((disk) => isPart(pool, disk, seen)));
  if (other !== undefined)
    return refuse(
      `disks of ${name} belong to the pool ${other.name} (id ${other.id}), which could be imported`,
      `import that one (zpool: { name: ${other.name}, import: true }); if it is no longer needed, \`zpool labelclear\` its disks by hand`,
    );
  return make(given, seen);
}

function bringIn(given: Params, called: readonly ImportablePool[], seen: Seen): Plan {
  const { name, force } = given;
  const [pool, another] = called;
  if (pool === undefined || another !== undefined) {
    const ids = called.map(({ id, state }) => `${id} (${state})`).join(", ");
    return refuse(`there are ${called.length} pools called ${name} to import: ${ids}`, "import one by its id, by hand");
  }
  const disks = allDisks(given);
  if (disks.length > 0 && !disks.some((disk) => isPart(pool, disk, seen)))
    return refuse(
      `the pool ${name} that could be imported (id ${pool.id}) is on none of these disks, but on ${pool.parts.join(", ")}`,
      "is it another one of that name? Name its disks, or another pool",
    );
  if (!given.import)
    return refuse(
      `the pool ${name} is there but not imported (id ${pool.id}, ${pool.state})`,
      `say import: true, or by hand: zpool import ${name}`,
    );
  const told = [pool.status, pool.action].filter((part) => part !== null).join(" ");
  if (/cannot be imported/.test(pool.action ?? "")) return refuse(`the pool ${name} cannot be imported: ${told}`);
  const foreign = /'-f' flag|using the '-f'|another system/.test(told);
  if (foreign && !force)
    return refuse(
      `the pool ${name} was last used by another system: ${told}`,
      "is it really not in use there? Then say force: true, for this once",
    );
  return change(
    { state: "not imported" },
    { state: "present" },
    [
      write.exec(["zpool", "import", ...(foreign ? ["-f"] : []), "-d", "/dev/disk/by-id", pool.id], {
        limitMs: LIMIT_MS,
      }),
    ],
    { again: true },
  );
}

function make(given: Params, seen: Seen): Plan {
  const { name } = given;
  const fault = diskFaults(given, seen);
  if (fault !== null) return fault;
  const root = mountpointOf(given);
  if (root !== null && seen.root != null && seen.root.length > 0)
    return refuse(
      `${root}, where ${name} would be mounted, is not empty (${seen.root.slice(0, 3).join(", ")})`,
      "move that away, or name another mountpoint",
    );
  // The tool itself has the last word: mixed kinds of groups, disks too small, what else we do not know of.
  if (seen.dry !== undefined && seen.dry.code !== 0)
    return refuse(
      `zpool would not make ${name}: ${saidBy(seen.dry.stderr)}`,
      "force: true overrides what zpool says -f does",
    );
  const after: Record<string, Value> = {
    state: "present",
    ...wantedLayout(given),
    ...(given.ashift !== undefined && { ashift: given.ashift }),
    ...Object.fromEntries(Object.entries(given.properties).map(([key, value]) => [key, poolValue(key, value)])),
  };
  const before: Record<string, Value> = { ...Object.fromEntries(Object.keys(after).map((field) => [field, null])) };
  before.state = "absent";
  return change(before, after, [
    write.exec(["zpool", "create", ...creationWords(given)], {
      limitMs: LIMIT_MS,
      touches: [`zpool:${name}`, `zfs:${name}`, "/dev", "/proc", "/etc/zfs", ...(root === null ? [] : [root])],
    }),
  ]);
}

/** A pool is made on blank disks alone. All that are not are named, not the first only. */
function diskFaults(given: Params, seen: Seen): Plan | null {
  const devices = parseLsblk(seen.lsblk?.stdout ?? "");
  const real = realPath(seen);
  const faults: string[] = [];
  const used: string[] = [];
  const places = new Map<string, string>();
  for (const disk of allDisks(given)) {
    const there = seen[`disk ${disk}`] ?? null;
    const device = devices.find(({ path }) => path === real(disk));
    const twin = places.get(real(disk));
    places.set(real(disk), disk);
    if (there === null) faults.push(`there is no ${disk}`);
    else if (there.type !== "block") faults.push(`${disk} is no disk (${there.type})`);
    else if (twin !== undefined) faults.push(`${disk} and ${twin} are one disk`);
    else if (device === undefined) faults.push(`lsblk does not know ${disk}`);
    else {
      const use = diskUse(device, seen[`blkid ${disk}`] ?? { code: 1, stdout: "" });
      if (use !== null) used.push(`${disk}: ${use}`);
    }
  }
  if (faults.length > 0)
    return refuse(faults.join("; "), "name disks by /dev/disk/by-id/…, as `ls -l` there shows them");
  // What is mounted, or in use by a pool, no force makes free.
  const mounted = used.filter((use) => /: it is mounted/.test(use));
  if (mounted.length > 0) return refuse(`not all disks are free: ${mounted.join("; ")}`, "is it the right disk?");
  if (used.length > 0 && !given.force)
    return refuse(
      `not all disks are blank: ${used.join("; ")}`,
      "is it the right disk? If what is on it may be lost: `wipefs -a` by hand, or force: true for this once",
    );
  return null;
}

/** The listing names disks by the last part of some link to them. */
function isPart(pool: ImportablePool, disk: string, seen: Seen): boolean {
  const names = [disk, realPath(seen)(disk)].map((path) => path.slice(path.lastIndexOf("/") + 1));
  return pool.parts.some((part) =>
    names.some((name) => part === name || part === `${name}-part1` || part === `${name}1`),
  );
}

function saidBy(stderr: string): string {
  return (stderr.split(/\n?usage:/)[0] ?? "").trim().replaceAll("\n", "; ");
}
