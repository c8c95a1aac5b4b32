import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { own } from "../../world.ts";
import { findDataset } from "../../zfs/find-dataset.ts";
import { compatibleFeatures, poolFeatures } from "../../zfs/pool-features.ts";
import { disabledFeatures, parsePoolProperty, poolPropertyNamed, releaseOf } from "../../zfs/pool-properties.ts";
import { changeImported } from "../../zfs/pools.ts";
import { findVdev, type PoolView } from "../../zfs/vdevs.ts";
import { isResult, noPool, openPool } from "./open-pool.ts";
import { readOptions } from "./options.ts";
import { usageError } from "./usage.ts";

export function set({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const release = releaseOf(host);
  const given = readOptions(host, "set", args, {});
  if (isResult(given)) return given;
  const [pair, name, device, ...more] = given.words;
  if (pair === undefined) return usageError(host, "set", "missing property=value argument");
  if (name === undefined)
    return usageError(host, "set", pair.includes("=") ? "missing pool name" : "missing arguments");
  if (more.length > 0 || (device !== undefined && release < 2.2)) return usageError(host, "set", "too many pool names");
  const equals = pair.indexOf("=");
  if (equals < 0) return usageError(host, "set", "missing value in property=value argument");
  const [property, text] = [pair.slice(0, equals), pair.slice(equals + 1)];
  const pool = openPool(host, name);
  // Since vdevs have properties, what is no pool might have been one of them.
  if (isResult(pool))
    return release >= 2.2 ? fails(22, `cannot open '${name}': is not a pool\n`) : fails(1, noPool(name));
  if (device !== undefined) {
    if (findVdev(host, pool, device) === undefined)
      return fails(1, `cannot find '${device}' in '${name}': device not in pool\n`);
    refuseArgument("zpool set", `${pair} ${name} ${device}`);
  }
  if (pool.readOnly === true) return fails(1, `cannot set property for '${name}': pool is read-only\n`);
  if (property === "dedupditto") return says(`Note: property 'dedupditto' no longer has any effect\n`);
  if (property === "compatibility") return setCompatibility({ session }, pool, text);

  const parsed = parsePoolProperty(release, property, text, "set");
  const refused =
    "error" in parsed
      ? parsed.error
      : property === "bootfs" && parsed.value !== null && !isOfPool(pool, parsed.value)
        ? "no such pool or dataset"
        : property === "bootfs" && parsed.value !== null && findDataset(host, parsed.value) === undefined
          ? "no such pool or dataset"
          : null;
  if (refused !== null || "error" in parsed) return fails(1, `cannot set property for '${name}': ${refused}\n`);
  const full = poolPropertyNamed(release, property)?.name ?? property;
  const { properties } = changeImported(session, name);
  if (parsed.value === null || (parsed.value === "" && property.includes(":"))) delete properties[full];
  else properties[full] = { value: parsed.value, source: "local" };
  return says("");
}

function isOfPool(pool: PoolView, dataset: string): boolean {
  return dataset === pool.name || dataset.startsWith(`${pool.name}/`);
}

function setCompatibility({ session }: Pick<ToolContext, "session">, pool: PoolView, text: string): ToolResult {
  const release = releaseOf(session.host);
  const names = compatibleFeatures(release, text);
  if (names === null) return fails(1, `Error: could not read/parse feature file(s): ${text} \n`);
  const same = own(pool.properties, "compatibility")?.value === text;
  changeImported(session, pool.name).properties.compatibility = { value: text, source: "local" };
  const disabled = disabledFeatures(pool, release);
  const beyond = poolFeatures(release).some(({ name }) => !names.has(name) && !disabled.includes(name));
  if (!beyond || same) return says("");
  return says(
    "",
    `Warning: one or more features already enabled on pool '${pool.name}'\nare not present in this compatibility set.\n`,
  );
}
