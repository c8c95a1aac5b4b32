import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { compatibleFeatures } from "../../zfs/pool-features.ts";
import { disabledFeatures, releaseOf } from "../../zfs/pool-properties.ts";
import { changeImported, importedPools } from "../../zfs/pools.ts";
import type { PoolView } from "../../zfs/vdevs.ts";
import { isResult, noPool } from "./open-pool.ts";
import { readOptions } from "./options.ts";

const INTRO = "This system supports ZFS pool feature flags.\n\n";

export function upgrade({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "upgrade", args, { flags: "a", refused: "vV" });
  if (isResult(given)) return given;
  const release = releaseOf(host);
  const pools = importedPools(host);
  /** Features that the pool's compatibility asks for and that are off. */
  const open = (pool: PoolView) => {
    const wanted = compatibleFeatures(release, pool.properties.compatibility?.value ?? "off");
    return disabledFeatures(pool, release).filter((name) => wanted === null || wanted.has(name));
  };
  if (given.words.length === 0 && !given.flags.has("a")) {
    const behind = pools.filter((pool) => open(pool).length > 0);
    const rows = behind.map(
      (pool) =>
        `${pool.name}\n${open(pool)
          .map((name) => `      ${name}\n`)
          .join("")}`,
    );
    const summary =
      behind.length === 0
        ? "Every feature flags pool has all supported and requested features enabled.\n"
        : `Some supported features are not enabled on the following pools. Once a\nfeature is enabled the pool may become incompatible with software\nthat does not support the feature. See zpool-features(7) for details.\n\nNote that the pool 'compatibility' feature can be used to inhibit\nfeature upgrades.\n\nPOOL  FEATURE\n---------------\n${rows.join("")}\n`;
    return says(`${INTRO}All pools are formatted using feature flags.\n\n${summary}`);
  }
  if (given.words.length > 0 && given.flags.has("a")) refuseArgument("zpool upgrade", "-a with names");
  const names = given.flags.has("a") ? pools.map(({ name }) => name) : given.words;
  const missing = names.find((name) => !pools.some((pool) => pool.name === name));
  if (missing !== undefined) return fails(1, noPool(missing));
  const told = pools
    .filter(({ name }) => names.includes(name))
    .map((pool) => {
      const missingNow = open(pool);
      if (missingNow.length === 0)
        return `Pool '${pool.name}' already has all supported and requested features enabled.\n`;
      const { properties } = changeImported(session, pool.name);
      for (const name of missingNow) delete properties[`feature@${name}`];
      return `Enabled the following features on '${pool.name}':\n${missingNow.map((name) => `  ${name}\n`).join("")}\n`;
    });
  return says(INTRO + told.join(""));
}
