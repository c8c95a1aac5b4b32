import { isSameDisk } from "../../engine/formats/disk-names.ts";
import { LSBLK_COLUMNS } from "../../engine/formats/disk-use.ts";
import { zpoolLooksAt } from "../../engine/formats/zfs-names.ts";
import { type PoolStatus, parsePoolStatus } from "../../engine/formats/zpool-status.ts";
import type { ExecAnswer, ReadOp, Refusal, Stat } from "../../engine/module/index.ts";
import { read, refuse } from "../../engine/module/index.ts";
import { allDisks, type Params } from "./params.ts";
import { creationWords } from "./words.ts";

/** A pool whose disks are gone holds up whatever asks it anything, for ever. */
const LIMIT_MS = 60_000;
/** A scan for pools reads the labels of every disk, and may have to wake them first. */
const SCAN_LIMIT_MS = 180_000;

export interface Seen {
  readonly status: ExecAnswer;
  readonly get: ExecAnswer;
  readonly scan?: ExecAnswer | undefined;
  readonly lsblk?: ExecAnswer | undefined;
  readonly dry?: ExecAnswer | undefined;
  readonly root?: readonly string[] | null | undefined;
  readonly [link: `link ${string}`]: ExecAnswer | undefined;
  readonly [disk: `disk ${string}`]: Stat | null | undefined;
  readonly [blkid: `blkid ${string}`]: ExecAnswer | undefined;
}

const zpool = (argv: readonly string[], name: string, limitMs = LIMIT_MS): ReadOp<ExecAnswer> =>
  read.exec(["zpool", ...argv], { looksAt: zpoolLooksAt(name), limitMs });

export function firstLook({ name }: Params) {
  return {
    status: zpool(["status", "-P", name], name),
    get: zpool(["get", "-Hp", "-o", "property,value,source", "all", name], name),
  };
}

/**
 * A pool that is there: where links lead, of those disks alone that are not spelled alike. One that is not: whether it
 * could be imported, and all about the disks that it would be made of.
 */
export function secondLook(given: Params, { status }: Pick<Seen, "status">) {
  const links: Record<`link ${string}`, ReadOp<ExecAnswer>> = {};
  const disks: Record<`disk ${string}`, ReadOp<Stat | null>> = {};
  const blkids: Record<`blkid ${string}`, ReadOp<ExecAnswer>> = {};
  const wanted = allDisks(given);
  const pool = poolOf(status, given.name);
  const gone = missing(status);
  const link = (path: string) => {
    links[`link ${path}`] = read.exec(["readlink", "-f", path], { looksAt: [path] });
  };
  if (pool !== null) {
    const named = pathsOf(pool);
    const same = (a: string, b: string) => isSameDisk(a, b, (path) => path);
    for (const path of wanted) if (!named.some((each) => same(each, path))) link(path);
    if (Object.keys(links).length > 0)
      for (const path of named) if (path.startsWith("/") && !wanted.some((each) => same(path, each))) link(path);
  }
  if (gone) {
    for (const path of wanted) {
      link(path);
      disks[`disk ${path}`] = read.stat(path, { follow: true });
      blkids[`blkid ${path}`] = read.exec(["blkid", "-p", "-o", "export", path], { looksAt: [path] });
    }
  }
  const mountpoint = mountpointOf(given);
  const looks = gone && wanted.length > 0;
  return {
    ...links,
    ...disks,
    ...blkids,
    scan: gone
      ? read.exec(["zpool", "import"], {
          looksAt: ["/dev", ...zpoolLooksAt(given.name)],
          limitMs: SCAN_LIMIT_MS,
        })
      : undefined,
    lsblk: looks
      ? read.exec(["lsblk", "-J", "-b", "-o", LSBLK_COLUMNS, ...wanted], { looksAt: ["/dev", "/proc"] })
      : undefined,
    // A rehearsal: zpool checks the whole layout, and writes nothing.
    dry:
      looks && given.allow_create
        ? read.exec(["zpool", "create", "-n", ...creationWords(given)], {
            looksAt: ["/dev", "/proc", ...zpoolLooksAt(given.name)],
            limitMs: LIMIT_MS,
          })
        : undefined,
    root: gone && given.allow_create && mountpoint !== null ? read.list(mountpoint) : undefined,
  };
}

export function poolOf(status: ExecAnswer, name: string): PoolStatus | null {
  return status.code === 0 ? (parsePoolStatus(status.stdout).find((pool) => pool.name === name) ?? null) : null;
}
export function missing({ code, stderr }: ExecAnswer): boolean {
  return code !== 0 && /no such pool/.test(stderr);
}

/** What stands in the way of knowing anything. */
export function lookTrouble({ status }: Seen): Refusal | null {
  if (status.code === 0 || missing(status)) return null;
  if (status.code === 127) return refuse("there is no zpool command on the host", "install the package zfsutils-linux");
  const said = (status.stderr || status.stdout).split(/\n?usage:/)[0]?.trim() ?? "";
  if (/ZFS modules|modprobe|not loaded|\/dev\/zfs/i.test(said))
    return refuse(`the kernel has no ZFS: ${said}`, "load the module zfs, with kernel_module");
  return refuse(`zpool does not answer: ${said}`);
}

/** Every path that the pool's layout names. */
export function pathsOf(pool: PoolStatus): readonly string[] {
  const { vdevs, logs, special, dedup, cache, spares } = pool;
  return [...vdevs, ...logs, ...special, ...dedup, ...cache, ...spares].flatMap(({ slots }) =>
    slots.flatMap(({ paths }) => paths),
  );
}

/** Where a path leads, as far as it was looked at. */
export function realPath(seen: Seen): (path: string) => string {
  return (path) => {
    const answer = seen[`link ${path}`];
    const real = answer?.code === 0 ? answer.stdout.trim() : "";
    return real === "" ? path : real;
  };
}

/** Where a new pool's root dataset would be mounted; null if nowhere by zfs. */
export function mountpointOf({ name, mountpoint, filesystem }: Params): string | null {
  const given = mountpoint ?? filesystem.mountpoint ?? `/${name}`;
  return typeof given === "string" && given.startsWith("/") ? given : null;
}
