import type { Frozen, IdMap } from "../../world.ts";

/** `/proc/self/uid_map` and `gid_map`. */
export function mapFile(maps: readonly Frozen<IdMap>[], kind: "u" | "g"): string {
  const mine = maps.filter((map) => map.kind === kind);
  const rows = maps.length === 0 ? [{ inside: 0, outside: 0, count: 4_294_967_295 }] : mine;
  const cell = (value: number) => String(value).padStart(10);
  return rows.map(({ inside, outside, count }) => `${cell(inside)} ${cell(outside)} ${cell(count)}\n`).join("");
}
