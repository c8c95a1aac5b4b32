import { parseZfsGet } from "../../engine/formats/zfs-get.ts";
import { meansSameOfPool, wantedPoolValue } from "../../engine/formats/zpool-properties.ts";
import type { PoolStatus } from "../../engine/formats/zpool-status.ts";
import type { Plan, Value } from "../../engine/module/index.ts";
import { change, defineModule, refuse, write } from "../../engine/module/index.ts";
import { obtain } from "./create.ts";
import { layoutDifference, presentLayout, wantedLayout } from "./layout.ts";
import { firstLook, lookTrouble, poolOf, realPath, type Seen, secondLook } from "./look.ts";
import { type Params, params } from "./params.ts";

const LIMIT_MS = 60_000;

export const zpool = defineModule({
  name: "zpool",
  summary: "Make or import a ZFS pool, and look after its layout, health and properties.",
  description: `A pool is made only with \`allow_create: true\`, and only on disks that are blank: what else they hold is named and left as
it is. One that is on the disks but not imported is said to be so, and imported with \`import: true\`; nothing is forced unasked. A layout is never
changed: if the pool has other disks or groups than declared, the difference is named. \`zpool_replace\` replaces a disk, \`zpool_scrub\` scrubs.
A pool that is not ONLINE gives a warning, or fails the task with \`fail_on: degraded\`; the result has its \`health\`.`,
  params,
  probes: (given) => firstLook(given),
  probesAfter: (given, { status }) => secondLook(given, { status }),
  plan(given, observed) {
    const seen: Seen = observed;
    const trouble = lookTrouble(seen);
    if (trouble !== null) return trouble;
    const pool = poolOf(seen.status, given.name);
    return pool === null ? obtain(given, seen) : mend(given, pool, seen);
  },
  result({ name }, { status, get }) {
    const pool = poolOf(status, name);
    const value = (property: string): Value => parseZfsGet(get.stdout).get(property)?.value ?? null;
    const number = (property: string): Value => {
      const text = value(property);
      return typeof text === "string" && /^\d+$/.test(text) ? Number(text) : null;
    };
    return {
      name,
      exists: pool !== null,
      health: pool?.state ?? null,
      trouble: pool?.trouble ?? null,
      errors: pool?.errors ?? null,
      scan: pool?.scan ?? null,
      size: number("size"),
      free: number("free"),
      capacity: number("capacity"),
    };
  },
  examples: [
    `zpool:
  name: Tank-Archive
  vdevs:
    - type: raidz1
      disks: [/dev/disk/by-id/ata-DISK_A, /dev/disk/by-id/ata-DISK_B, /dev/disk/by-id/ata-DISK_C]
  filesystem: { compression: lz4, atime: false, xattr: sa, acltype: posixacl }
  allow_create: true`,
    "zpool: { name: VM-SSD, properties: { autotrim: true }, fail_on: degraded }",
  ],
});

/** A pool that is in use. */
function mend(given: Params, pool: PoolStatus, seen: Seen): Plan {
  const { name, ashift, properties } = given;
  const told = [pool.trouble, pool.action].filter((part) => part !== null).join(" ");
  if (pool.state === "SUSPENDED")
    return refuse(`the pool ${name} is suspended, whatever touches it would hang: ${told}`, "are its disks connected?");
  const [wanted, present] = [wantedLayout(given), presentLayout(given, pool, realPath(seen))];
  const differs = layoutDifference(wanted, present);
  if (differs.length > 0)
    return refuse(
      `the pool ${name} has another layout. ${differs.join(". ")}`,
      "lab does not rebuild pools: declare what it has; or zpool_replace for a disk, `zpool add` and `zpool remove` by hand",
    );
  if (given.fail_on === "degraded" && pool.state !== "ONLINE")
    return refuse(`the pool ${name} is ${pool.state}: ${told}`, "mend it first, or say fail_on: never");
  const is = parseZfsGet(seen.get.stdout);
  const made = is.get("ashift")?.value ?? "0";
  // 0: it was made without saying, and then zpool does not tell what the disks have.
  if (ashift !== undefined && made !== "0" && made !== String(ashift))
    return refuse(
      `the pool ${name} has ashift ${made}, not ${ashift}: its disks keep what they were added with`,
      "leave ashift out, or make the pool anew by hand",
    );
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  const set: string[] = [];
  for (const [property, value] of Object.entries(properties)) {
    const asked = wantedPoolValue(property, value);
    const shall = "error" in asked ? String(value) : asked.set;
    const has = is.get(property)?.value;
    const same = has !== undefined && meansSameOfPool(property, shall, has);
    before[property] = same ? shall : (has ?? null);
    after[property] = shall;
    if (!same) set.push(`${property}=${shall}`);
  }
  const layout = Object.fromEntries(Object.entries(wanted));
  const taken = Number(is.get("capacity")?.value ?? 0);
  return change(
    { state: "present", ...layout, ...(ashift !== undefined && { ashift }), ...before },
    { state: "present", ...layout, ...(ashift !== undefined && { ashift }), ...after },
    // One at a time: a second pair would be taken for the name of a pool.
    set.map((pair) => write.exec(["zpool", "set", pair, name], { touches: [`zpool:${name}`], limitMs: LIMIT_MS })),
    {
      warnings: [
        pool.state !== "ONLINE" && `the pool ${name} is ${pool.state}: ${told}`,
        pool.state === "ONLINE" && pool.trouble !== null && `zpool says of ${name}: ${told}`,
        taken >= given.full_at &&
          `the pool ${name} is ${taken} % full: from 80 % on ZFS gets slow, and a full pool takes no more writes; make room, or add disks`,
        pool.errors !== null && `the pool ${name} has errors: ${pool.errors}`,
      ],
    },
  );
}
