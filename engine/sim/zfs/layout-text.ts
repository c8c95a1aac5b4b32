import type { FrozenHost } from "../world.ts";
import type { Layout } from "./parse-vdevs.ts";
import { type VdevClass, type VdevView, vdevName } from "./vdevs.ts";

type Classes = Readonly<Record<VdevClass, readonly VdevView[]>>;

/** The layout that -n shows: what is there with what would come, new groups without a number. */
export function layoutText(host: FrozenHost, name: string, added: Layout, there?: Classes): string {
  const both = (kind: VdevClass) => [
    ...(there?.[kind] ?? []),
    ...added[kind].map((vdev) => ({
      ...vdev,
      name: vdev.children.length > 0 ? vdev.name.replace(/-\d+$/, "") : vdev.name,
    })),
  ];
  const rows = (vdevs: readonly VdevView[], depth: number): string =>
    vdevs.map((vdev) => `\t${"  ".repeat(depth)}${vdevName(host, vdev)}\n${rows(vdev.children, depth + 1)}`).join("");
  const section = (heading: string, kind: VdevClass) =>
    both(kind).length === 0 ? "" : `\t${heading}\n${rows(both(kind), 1)}`;
  return [
    `\t${name}\n${rows(both("vdevs"), 1)}`,
    section("special", "special"),
    section("logs", "logs"),
    section("cache", "cache"),
    section("spares", "spares"),
  ].join("");
}
