import { z } from "zod";
import { isSameDisk } from "../engine/formats/disk-names.ts";
import { diskUse, LSBLK_COLUMNS, parseLsblk } from "../engine/formats/disk-use.ts";
import { poolNameFault, zpoolLooksAt } from "../engine/formats/zfs-names.ts";
import { parsePoolScan } from "../engine/formats/zpool-scan.ts";
import { type PoolStatus, parsePoolStatus } from "../engine/formats/zpool-status.ts";
import type { ExecAnswer } from "../engine/module/index.ts";
import { absolutePath, change, defineModule, read, refuse, write } from "../engine/module/index.ts";

const disk = absolutePath.refine((path) => path.startsWith("/dev/") && !/\s/.test(path), {
  error: "expected the path of a disk, best one that never changes: /dev/disk/by-id/…",
});
const params = z
  .strictObject({
    pool: z
      .string()
      .superRefine((name, context) => {
        const fault = poolNameFault(name);
        if (fault !== null) context.addIssue({ code: "custom", message: fault });
      })
      .describe("The pool."),
    old: disk.describe("The disk that goes. It may be gone already."),
    new: disk.describe("The disk that takes its place. It must be blank."),
    force: z.boolean().default(false).describe("Take the new disk even if something is on it: that is lost."),
  })
  .refine((given) => given.old !== given.new, { path: ["new"], error: "this is the old disk" });

const LIMIT_MS = 120_000;

export const zpoolReplace = defineModule({
  name: "zpool_replace",
  summary: "Replace a disk of a ZFS pool by another.",
  description: `Never done by \`zpool\` itself: it is a task of its own, to be written when a disk has died and taken out afterwards. It starts the
replacement and does not wait for the pool to be resilvered; meanwhile, and once it is done, the task finds nothing left to do.`,
  params,
  probes: (given) => ({
    status: read.exec(["zpool", "status", "-P", given.pool], { looksAt: zpoolLooksAt(given.pool), limitMs: LIMIT_MS }),
    there: read.stat(given.new, { follow: true }),
    oldLink: link(given.old),
    newLink: link(given.new),
    lsblk: read.exec(["lsblk", "-J", "-b", "-o", LSBLK_COLUMNS, given.new], { looksAt: ["/dev", "/proc"] }),
    blkid: read.exec(["blkid", "-p", "-o", "export", given.new], { looksAt: [given.new, "/dev"] }),
  }),
  plan(given, { status, there, oldLink, newLink, lsblk, blkid }) {
    const pool = poolIn(status, given.pool);
    if (pool === undefined) {
      if (status.code === 127)
        return refuse("there is no zpool command on the host", "install the package zfsutils-linux");
      return refuse(`the pool ${given.pool} is not there: ${status.stderr.trim()}`, "is it imported?");
    }
    const links = new Map([
      [given.old, target(oldLink, given.old)],
      [given.new, target(newLink, given.new)],
    ]);
    const realPath = (path: string) => links.get(path) ?? path;
    const paths = pathsOf(pool);
    const old = paths.find((path) => isSameDisk(path, given.old, realPath));
    const replaced = { disk: given.new };
    if (paths.some((path) => isSameDisk(path, given.new, realPath))) return change(replaced, replaced, []);
    if (old === undefined)
      return refuse(`neither ${given.old} nor ${given.new} is in the pool ${given.pool}`, `it has ${paths.join(", ")}`);
    if (pool.state === "SUSPENDED") return refuse(`the pool ${given.pool} is suspended`, "are its disks connected?");
    if (there?.type !== "block") return refuse(`there is no disk ${given.new}`, "is it connected, its name right?");
    const device = parseLsblk(lsblk.stdout).find(({ path }) => path === realPath(given.new));
    if (device === undefined) return refuse(`lsblk does not know ${given.new}`);
    const use = diskUse(device, blkid);
    if (use !== null && (!given.force || device.mountpoints.length > 0))
      return refuse(
        `${given.new} is not blank: ${use}`,
        "is it the right disk? If what is on it may be lost: `wipefs -a` by hand, or force: true",
      );
    return change({ disk: given.old }, replaced, [
      write.exec(["zpool", "replace", ...(given.force ? ["-f"] : []), given.pool, old, given.new], {
        touches: [`zpool:${given.pool}`, "/dev"],
        limitMs: LIMIT_MS,
      }),
    ]);
  },
  result({ pool }, { status }) {
    const state = poolIn(status, pool);
    return {
      pool,
      health: state?.state ?? null,
      resilvering: parsePoolScan(state?.scan ?? null).kind === "resilvering",
      scan: state?.scan ?? null,
    };
  },
  examples: [
    `zpool_replace:
  pool: Tank-Archive
  old: /dev/disk/by-id/ata-DISK_B
  new: /dev/disk/by-id/ata-DISK_D`,
    "zpool_replace: { pool: VM-SSD, old: /dev/disk/by-id/nvme-OLD, new: /dev/disk/by-id/nvme-NEW, force: true }",
  ],
});

const link = (path: string) => read.exec(["readlink", "-f", path], { looksAt: [path] });
function target({ code, stdout }: ExecAnswer, path: string): string {
  return code === 0 && stdout.trim() !== "" ? stdout.trim() : path;
}
function poolIn(status: ExecAnswer, name: string): PoolStatus | undefined {
  return status.code === 0 ? parsePoolStatus(status.stdout).find((pool) => pool.name === name) : undefined;
}
function pathsOf({ vdevs, logs, special, dedup, cache, spares }: PoolStatus): readonly string[] {
  return [vdevs, logs, special, dedup, cache, spares]
    .flat()
    .flatMap(({ slots }) => slots.flatMap(({ paths }) => paths));
}
