import { fails, parseOptions, refuseArgument, says, type Tool } from "../tool.ts";
import { importedPool, poolNow } from "../zfs/pools.ts";
import { isLeaf, type PoolView, type VdevView, vdevPath } from "../zfs/vdevs.ts";

/** `zdb -C POOL`: the configuration as ZFS keeps it, the sector sizes of vdevs among it. */
export const zdb: Tool = {
  name: "zdb",
  rests: "documented",
  run({ session }, args) {
    const { flags, words } = parseOptions("zdb", args, { flags: { "-C": "config" } });
    const [name, ...more] = words;
    if (!flags.has("config") || name === undefined || more.length > 0) refuseArgument("zdb", args.join(" "));
    const pool = importedPool(session.host, name);
    if (pool === undefined) return fails(2, `zdb: can't open '${name}': No such file or directory\n`);
    return says(configuration(poolNow(session.host, pool)));
  },
};

function configuration(pool: PoolView): string {
  const lines = [
    "        version: 5000",
    `        name: '${pool.name}'`,
    "        state: 0",
    `        pool_guid: ${pool.guid}`,
    `        vdev_children: ${pool.nextVdev}`,
    "        vdev_tree:",
    "            type: 'root'",
    "            id: 0",
    `            guid: ${pool.guid}`,
    ...[...pool.vdevs, ...pool.special, ...pool.logs].flatMap((vdev) => tree(vdev, vdev.id ?? 0, 3)),
  ];
  return `\nMOS Configuration:\n${lines.map((line) => `${line}\n`).join("")}`;
}

function tree(vdev: VdevView, id: number, depth: number): readonly string[] {
  const indent = "    ".repeat(depth);
  const inner = "    ".repeat(depth + 1);
  const parity = /^raidz(\d)$/.exec(vdev.type)?.[1];
  return [
    `${indent}children[${id}]:`,
    `${inner}type: '${parity === undefined ? vdev.type : "raidz"}'`,
    `${inner}id: ${id}`,
    `${inner}guid: ${vdev.guid ?? "0"}`,
    ...(parity === undefined ? [] : [`${inner}nparity: ${parity}`]),
    ...(isLeaf(vdev) ? [`${inner}path: '${vdevPath(vdev)}'`] : []),
    ...(vdev.type === "disk" ? [`${inner}whole_disk: ${vdev.wholeDisk === true ? 1 : 0}`] : []),
    ...(vdev.ashift === undefined ? [] : [`${inner}ashift: ${vdev.ashift}`]),
    ...vdev.children.flatMap((child, index) => tree(child, index, depth + 1)),
  ];
}
