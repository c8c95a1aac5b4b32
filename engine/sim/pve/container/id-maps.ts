import { nodeText } from "../../files/node.ts";
import type { FrozenHost, IdMap } from "../../world.ts";
import type { ConfPart } from "../guest/guest-conf.ts";

/** The maps that a start gives a container: its raw lines alone if there are any, else the fixed one; none: privileged. */
export function idMapsOf({ values, raw }: ConfPart): readonly IdMap[] {
  const own = raw.flatMap(([key, value]): readonly IdMap[] => {
    const match = key === "lxc.idmap" ? /^([ug]) (\d+) (\d+) (\d+)$/.exec(value) : null;
    if (match === null) return [];
    const [, kind, inside, outside, count] = match;
    return [
      {
        kind: kind === "u" ? "u" : "g",
        inside: Number(inside),
        outside: Number(outside),
        count: Number(count),
      },
    ];
  });
  if (own.length > 0 || values.get("unprivileged") !== "1") return own;
  return (["u", "g"] as const).map((kind) => ({ kind, inside: 0, outside: 100_000, count: 65_536 }));
}

/** What Proxmox VE warns of: ids that two lines map. Null: nothing. */
export function mapConflict(maps: readonly IdMap[]): string | null {
  const print = (map: IdMap) => `${map.kind} ${map.inside} ${map.outside} ${map.count}`;
  for (const kind of ["u", "g"] as const) {
    for (const [side, key] of [
      ["container", "inside"],
      ["host", "outside"],
    ] as const) {
      const sorted = maps.filter((map) => map.kind === kind).sort((a, b) => a[key] - b[key]);
      for (const [index, map] of sorted.entries()) {
        const before = sorted[index - 1];
        if (before !== undefined && before[key] + before.count > map[key])
          return `invalid map entry '${print(map)}': ${side} ${kind}id ${map[key]} is also mapped by entry '${print(before)}'`;
      }
    }
  }
  return null;
}

/**
 * What newuidmap or newgidmap says of a map that /etc/subuid and /etc/subgid do not allow root; null if they do. Each
 * line has to lie within one range of root's.
 */
export function mapRefusal(host: FrozenHost, maps: readonly IdMap[], pid: number): string | null {
  for (const kind of ["u", "g"] as const) {
    const ranges = rangesOf(host, kind === "u" ? "/etc/subuid" : "/etc/subgid");
    const mine = maps.filter((map) => map.kind === kind);
    const refused = mine.find(
      ({ outside, count }) => !ranges.some(({ from, size }) => outside >= from && outside + count <= from + size),
    );
    if (refused === undefined) continue;
    const { inside, outside, count } = refused;
    const words = mine.map((map) => `${map.inside} ${map.outside} ${map.count}`).join(" ");
    return `new${kind}idmap failed to write mapping "new${kind}idmap: ${kind}id range [${inside}-${inside + count}) -> [${outside}-${outside + count}) not allowed": new${kind}idmap ${pid} ${words}`;
  }
  return null;
}

function rangesOf(host: FrozenHost, path: string): readonly { readonly from: number; readonly size: number }[] {
  const file = host.files[path];
  return (file?.type === "file" ? nodeText(file) : "").split("\n").flatMap((line) => {
    const [who, from, size] = line.split(":");
    return (who === "root" || who === "0") && from !== undefined && size !== undefined
      ? [{ from: Number(from), size: Number(size) }]
      : [];
  });
}
