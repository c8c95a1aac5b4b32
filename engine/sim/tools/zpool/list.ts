import { says, type ToolContext, type ToolResult } from "../../tool.ts";
import type { FrozenHost } from "../../world.ts";
import { niceNumber } from "../../zfs/numbers.ts";
import { isUserPoolProperty, poolPropertyNamed, poolPropertyValue, releaseOf } from "../../zfs/pool-properties.ts";
import { vdevAllocated } from "../../zfs/pool-space.ts";
import { importedPools } from "../../zfs/pools.ts";
import { vdevSize } from "../../zfs/vdev-sizes.ts";
import { CLASSES, isLeaf, type NameStyle, type PoolView, type VdevView, vdevName, vdevPath } from "../../zfs/vdevs.ts";
import { type Json, jsonAnswer, jsonNumbers, jsonProperty } from "./json.ts";
import { isResult, noPool } from "./open-pool.ts";
import { readOptions } from "./options.ts";
import { usageError } from "./usage.ts";

const DEFAULT = "name,size,allocated,free,checkpoint,expandsize,fragmentation,capacity,dedupratio,health,altroot";

interface Column {
  readonly property: string;
  readonly heading: string;
  readonly width: number;
  readonly left: boolean;
}
/** Headings that are not the name in capitals, and widths. */
const HEADINGS: Readonly<Record<string, readonly [heading: string, width: number]>> = {
  allocated: ["ALLOC", 5],
  autoexpand: ["EXPAND", 6],
  autoreplace: ["REPLACE", 7],
  capacity: ["CAP", 5],
  checkpoint: ["CKPOINT", 7],
  dedupratio: ["DEDUP", 5],
  expandsize: ["EXPANDSZ", 8],
  fragmentation: ["FRAG", 5],
  free: ["FREE", 5],
  health: ["HEALTH", 8],
  listsnapshots: ["LISTSNAPS", 9],
  readonly: ["RDONLY", 6],
  size: ["SIZE", 5],
};
const LEFT: ReadonlySet<string> = new Set([
  "name",
  "altroot",
  "bootfs",
  "cachefile",
  "comment",
  "compatibility",
  "delegation",
  "autoreplace",
  "failmode",
  "listsnapshots",
  "autoexpand",
  "multihost",
  "autotrim",
  "readonly",
]);

export function list(context: ToolContext, args: readonly string[]): ToolResult {
  const { host } = context.session;
  const given = readOptions(host, "list", args, {
    flags: "gHLpPvj",
    values: "o",
    refused: "T",
    newer: "j",
    long: ["--json", "--json-int"],
  });
  if (isResult(given)) return given;
  const { flags, values, words } = given;
  const release = releaseOf(host);
  const names = (values.get("o") ?? [DEFAULT]).flatMap((each) => each.split(","));
  const unknown = names.find(
    (name) =>
      poolPropertyNamed(release, name) === undefined &&
      !name.startsWith("feature@") &&
      !isUserPoolProperty(release, name),
  );
  if (unknown !== undefined) return usageError(host, "list", `bad property list: invalid property '${unknown}'`);
  const pools = importedPools(host);
  const missing = words.filter((word) => !pools.some(({ name }) => name === word));
  const chosen = words.length === 0 ? pools : pools.filter(({ name }) => words.includes(name));
  const stderr = missing.map(noPool).join("");
  const style: NameStyle = { path: flags.has("P"), links: flags.has("L"), guid: flags.has("g") };
  // A pool that is there makes the whole a success, however many are not.
  const code = missing.length > 0 && chosen.length === 0 ? 1 : 0;
  if (flags.has("j") || flags.has("--json")) {
    if (chosen.length === 0 && missing.length > 0) return { code, stdout: "", stderr };
    return { code, stderr, stdout: asJson(host, chosen, names, flags, style) };
  }
  if (pools.length === 0 && words.length === 0) return says(flags.has("H") ? "" : "no pools available\n");
  if (chosen.length === 0) return { code, stdout: "", stderr };
  return { code, stderr, stdout: asTable(host, chosen, names, flags, style) };
}

function asTable(
  host: FrozenHost,
  pools: readonly PoolView[],
  names: readonly string[],
  flags: ReadonlySet<string>,
  style: NameStyle,
): string {
  const scripted = flags.has("H");
  const exact = flags.has("p");
  const deep = flags.has("v");
  const nameWidth = Math.max(
    4,
    ...pools.map(({ name }) => name.length),
    ...(deep
      ? pools.flatMap((pool) => widths(host, [...pool.vdevs, ...CLASSES.flatMap((each) => pool[each])], style, 1))
      : []),
  );
  const columns = names.map((name): Column => {
    const property = poolPropertyNamed(releaseOf(host), name)?.name ?? name;
    const [heading, width] = Object.hasOwn(HEADINGS, property)
      ? (HEADINGS[property] ?? [name, 0])
      : [property.toUpperCase(), property.length];
    return { property, heading, width: property === "name" ? nameWidth : width, left: LEFT.has(property) };
  });
  const line = (cells: readonly string[]) =>
    scripted
      ? `${cells.join("\t")}\n`
      : `${cells
          .map((cell, index) => {
            const column = columns[index];
            if (column === undefined || !column.left) return cell.padStart(column?.width ?? 0);
            return index === columns.length - 1 ? cell : cell.padEnd(column.width);
          })
          .join("  ")}\n`;
  const body = pools.map((pool) => {
    const cells = columns.map(({ property }) =>
      property === "name" ? pool.name : (poolPropertyValue(host, pool, property, exact)?.value ?? "-"),
    );
    return line(cells) + (deep ? vdevRows(host, pool, { nameWidth, scripted, exact, style }) : "");
  });
  const heading = scripted ? "" : line(columns.map((column) => column.heading));
  return heading + body.join("");
}

function widths(host: FrozenHost, vdevs: readonly VdevView[], style: NameStyle, depth: number): readonly number[] {
  return vdevs.flatMap((vdev) => [
    vdevName(host, vdev, style).length + depth * 2,
    ...widths(host, vdev.children, style, depth + 1),
  ]);
}

interface Rows {
  readonly nameWidth: number;
  readonly scripted: boolean;
  readonly exact: boolean;
  readonly style: NameStyle;
}
/** The rows of -v. Headings of classes keep their blanks even with -H. */
function vdevRows(host: FrozenHost, pool: PoolView, rows: Rows): string {
  const heading = (name: string) =>
    `${name.padEnd(rows.nameWidth)}      -      -      -        -         -      -      -      -${" ".repeat(releaseOf(host) >= 2.2 ? 9 : 2)}-\n`;
  const below = (vdevs: readonly VdevView[], depth: number): string =>
    vdevs.map((vdev) => vdevRow(host, pool, vdev, depth, rows) + below(vdev.children, depth + 1)).join("");
  const classes = (
    [
      ["special", "special"],
      ["logs", "logs"],
      ["cache", "cache"],
      ["spares", "spare"],
    ] as const
  ).map(([name, shown]) => (pool[name].length === 0 ? "" : heading(shown) + below(pool[name], 1)));
  return below(pool.vdevs, 1) + classes.join("");
}

function vdevRow(host: FrozenHost, pool: PoolView, vdev: VdevView, depth: number, rows: Rows): string {
  const cells = vdevCells(host, pool, vdev, depth === 1, rows.exact);
  const name = vdevName(host, vdev, rows.style);
  if (rows.scripted) return `\t${[name, ...cells].join("\t")}\n`;
  const padded = cells.map((cell, index) => cell.padStart([5, 5, 5, 7, 8, 5, 5, 5, 8][index] ?? 5));
  return `${[`${"  ".repeat(depth)}${name}`.padEnd(rows.nameWidth), ...padded].join("  ")}\n`;
}

/** Size, allocated, free, checkpoint, expandsize, fragmentation, capacity, dedupratio, health. */
function vdevCells(host: FrozenHost, pool: PoolView, vdev: VdevView, top: boolean, exact: boolean): readonly string[] {
  const show = (bytes: number) => (exact ? String(bytes) : niceNumber(bytes));
  const spare = pool.spares.some(({ guid }) => guid === vdev.guid);
  const state = spare ? "AVAIL" : vdev.state;
  if (!top || spare) return [isLeaf(vdev) ? show(vdev.bytes ?? 0) : "-", "-", "-", "-", "-", "-", "-", "-", state];
  const size = vdevSize(vdev);
  const used = pool.logs.some(({ guid }) => guid === vdev.guid) ? 0 : vdevAllocated(host, pool, vdev);
  const share = (used / Math.max(1, size)) * 100;
  const capacity = exact ? String(Math.floor(share)) : `${share.toFixed(share < 10 ? 2 : share < 100 ? 1 : 0)}%`;
  const fragmentation = exact ? "0" : "0%";
  const total = isLeaf(vdev) ? (vdev.bytes ?? 0) : size;
  return [show(total), show(used), show(size - used), "-", "-", fragmentation, capacity, "-", state];
}

function asJson(
  host: FrozenHost,
  pools: readonly PoolView[],
  names: readonly string[],
  flags: ReadonlySet<string>,
  style: NameStyle,
): string {
  const exact = flags.has("p") || flags.has("--json-int");
  const { number } = jsonNumbers(flags.has("--json-int"));
  const typed = (value: string): Json => (flags.has("--json-int") && /^\d+$/.test(value) ? BigInt(value) : value);
  const vdevs = (each: readonly VdevView[], kind: string, pool: PoolView, depth: number): Json =>
    Object.fromEntries(
      each.map((vdev) => {
        const name = vdevName(host, vdev, style);
        const cells = vdevCells(host, pool, vdev, depth === 1, exact);
        const keys = [
          "size",
          "allocated",
          "free",
          "checkpoint",
          "expandsize",
          "fragmentation",
          "capacity",
          "dedupratio",
          "health",
        ];
        const entry: Json = {
          name,
          vdev_type: vdev.type.replace(/^raidz\d$/, "raidz"),
          guid: number(vdev.guid ?? "0"),
          path: isLeaf(vdev) ? vdevPath(vdev) : undefined,
          class: kind,
          state: vdev.state,
          properties: Object.fromEntries(keys.map((key, at) => [key, jsonProperty(typed(cells[at] ?? "-"), "-")])),
          vdevs: vdev.children.length === 0 ? undefined : vdevs(vdev.children, kind, pool, depth + 1),
        };
        return [name, entry];
      }),
    );
  const entries = pools.map((pool): [string, Json] => {
    const properties = names
      .filter((name) => name !== "name")
      .map((name) => {
        const property = poolPropertyNamed(releaseOf(host), name)?.name ?? name;
        const { value, source } = poolPropertyValue(host, pool, property, exact) ?? { value: "-", source: "-" };
        return [property, jsonProperty(typed(value), source)] as const;
      });
    const classes = (
      [
        ["special", "special"],
        ["logs", "logs"],
        ["cache", "l2cache"],
        ["spares", "spare"],
      ] as const
    ).map(([name, kind]) => [name, pool[name].length === 0 ? undefined : vdevs(pool[name], kind, pool, 1)] as const);
    return [
      pool.name,
      {
        name: pool.name,
        type: "POOL",
        state: pool.vdevs.length === 0 ? "UNAVAIL" : (poolPropertyValue(host, pool, "health", true)?.value ?? ""),
        pool_guid: number(pool.guid),
        txg: number(4),
        spa_version: number(5000),
        zpl_version: number(5),
        properties: Object.fromEntries(properties),
        ...(flags.has("v") && { vdevs: vdevs(pool.vdevs, "normal", pool, 1), ...Object.fromEntries(classes) }),
      },
    ];
  });
  return jsonAnswer("list", Object.fromEntries(entries));
}
