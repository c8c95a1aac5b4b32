import { fails, type ToolContext, type ToolResult } from "../../tool.ts";
import type { FrozenHost } from "../../world.ts";
import { poolFeatures } from "../../zfs/pool-features.ts";
import {
  isUserPoolProperty,
  type PropertyValue,
  poolProperties,
  poolPropertyNamed,
  poolPropertyValue,
  releaseOf,
} from "../../zfs/pool-properties.ts";
import { importedPools } from "../../zfs/pools.ts";
import { isVdevProperty, vdevProperties } from "../../zfs/vdev-properties.ts";
import { findVdev, type PoolView, placesOf, vdevName } from "../../zfs/vdevs.ts";
import { type Json, jsonAnswer, jsonNumbers, jsonProperty } from "./json.ts";
import { isResult, noPool } from "./open-pool.ts";
import { type Given, readOptions } from "./options.ts";
import { usageError } from "./usage.ts";

interface Row extends PropertyValue {
  readonly name: string;
  readonly property: string;
}

export function get({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "get", args, {
    flags: "Hpj",
    values: "o",
    newer: "j",
    long: ["--json", "--json-int"],
  });
  if (isResult(given)) return given;
  const [list, ...names] = given.words;
  if (list === undefined) return usageError(host, "get", "missing property argument");
  const release = releaseOf(host);
  const wanted = list.split(",");
  const exact = given.flags.has("p") || given.flags.has("--json-int");
  const pools = importedPools(host);
  const [pool, ...devices] = names;
  const chosen = pools.find(({ name }) => name === pool);
  const second = devices[0];
  if (chosen !== undefined && second !== undefined && release >= 2.2 && !pools.some(({ name }) => name === second))
    return ofVdevs(host, chosen, devices, wanted, given);
  const unknown = wanted.find((name) => name !== "all" && !isKnown(release, name));
  if (unknown !== undefined) return usageError(host, "get", `bad property list: invalid property '${unknown}'`);
  const missing = names.filter((name) => !pools.some((each) => each.name === name));
  const stderr = missing
    .map((name) => (release >= 2.2 ? `Cannot get properties of ${name}: no such pool available.\n` : noPool(name)))
    .join("");
  const shown = names.length === 0 ? pools : pools.filter(({ name }) => names.includes(name));
  const rows = shown.flatMap((each) => rowsOf(host, each, wanted, exact));
  const code = missing.length > 0 ? 1 : 0;
  if (given.flags.has("j") || given.flags.has("--json")) {
    if (missing.length > 0 && shown.length === 0) return fails(code, stderr);
    return { code, stderr, stdout: asJson(shown, rows, given.flags.has("--json-int")) };
  }
  return { code, stderr, stdout: table(rows, given) };
}

function isKnown(release: number, name: string): boolean {
  return (
    name.startsWith("feature@") || isUserPoolProperty(release, name) || poolPropertyNamed(release, name) !== undefined
  );
}

function rowsOf(host: FrozenHost, pool: PoolView, wanted: readonly string[], exact: boolean): readonly Row[] {
  const release = releaseOf(host);
  const users = Object.keys(pool.properties).filter((name) => name.includes(":"));
  const all = [
    ...poolProperties(release).map(({ name }) => name),
    ...users,
    ...poolFeatures(release).map(({ name }) => `feature@${name}`),
  ];
  const names = wanted.flatMap((name) => (name === "all" ? all : [poolPropertyNamed(release, name)?.name ?? name]));
  return names.flatMap((property) => {
    const found = poolPropertyValue(host, pool, property, exact);
    return found === null ? [] : [{ name: pool.name, property, ...found }];
  });
}

function ofVdevs(
  host: FrozenHost,
  pool: PoolView,
  devices: readonly string[],
  wanted: readonly string[],
  given: Given,
): ToolResult {
  const unknown = wanted.find((name) => name !== "all" && !isVdevProperty(name) && !name.includes(":"));
  if (unknown !== undefined) return usageError(host, "get", `bad property list: invalid property '${unknown}'`);
  const rows: Row[] = [];
  for (const device of devices) {
    const found =
      device === "all-vdevs"
        ? [["root-0", "root"] as const, ...placesOf(pool).map((place) => [vdevName(host, place.vdev), place] as const)]
        : device === "root-0"
          ? [["root-0", "root"] as const]
          : [[device, findVdev(host, pool, device)] as const];
    for (const [name, place] of found) {
      if (place === undefined)
        return fails(1, `${noPool(device)}`.replace("no such pool", `no such device in pool '${pool.name}'`));
      const values = vdevProperties(host, pool, place, given.flags.has("p"));
      for (const [property, value] of values)
        if (wanted.includes("all") || wanted.includes(property)) rows.push({ name, property, ...value });
    }
  }
  // As asked, where names were given; the table's own order for all of them.
  const order = (row: Row) => (wanted.includes("all") ? 0 : wanted.indexOf(row.property));
  const names = [...new Set(rows.map(({ name }) => name))];
  const sorted = names.flatMap((name) => rows.filter((row) => row.name === name).sort((a, b) => order(a) - order(b)));
  return { code: 0, stdout: table(sorted, given), stderr: "" };
}

const FIELDS = ["name", "property", "value", "source"] as const;

function table(rows: readonly Row[], { flags, values }: Given): string {
  const asked = (values.get("o") ?? ["all"]).flatMap((each) => each.split(","));
  const fields = asked.includes("all") ? FIELDS : asked.flatMap((name) => FIELDS.filter((field) => field === name));
  if (rows.length === 0) return "";
  if (flags.has("H")) return rows.map((row) => `${fields.map((field) => row[field]).join("\t")}\n`).join("");
  const widths = fields.map((field) => Math.max(field.length, ...rows.map((row) => row[field].length)));
  const line = (cells: readonly string[]) =>
    `${cells.map((cell, at) => (at === cells.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join("  ")}\n`;
  return (
    line(fields.map((field) => field.toUpperCase())) +
    rows.map((row) => line(fields.map((field) => row[field]))).join("")
  );
}

function asJson(pools: readonly PoolView[], rows: readonly Row[], int: boolean): string {
  const { number } = jsonNumbers(int);
  const typed = (value: string): Json => (int && /^\d+$/.test(value) ? BigInt(value) : value);
  const entries = pools.map((pool): [string, Json] => [
    pool.name,
    {
      name: pool.name,
      type: "POOL",
      state: pool.vdevs.some(({ state }) => state === "DEGRADED") ? "DEGRADED" : "ONLINE",
      pool_guid: number(pool.guid),
      txg: number(4),
      spa_version: number(5000),
      zpl_version: number(5),
      properties: Object.fromEntries(
        rows
          .filter(({ name }) => name === pool.name)
          .map((row) => [row.property, jsonProperty(typed(row.value), row.source)]),
      ),
    },
  ]);
  return jsonAnswer("get", Object.fromEntries(entries));
}
