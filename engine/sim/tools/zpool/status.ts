import { fails, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { poolTrouble } from "../../zfs/pool-trouble.ts";
import { importedPools } from "../../zfs/pools.ts";
import { type StatusStyle, statusText } from "../../zfs/status.ts";
import type { PoolView } from "../../zfs/vdevs.ts";
import { isResult, noPool } from "./open-pool.ts";
import { readOptions } from "./options.ts";
import { statusJson } from "./status-json.ts";

export function status(context: ToolContext, args: readonly string[]): ToolResult {
  const { host } = context.session;
  const given = readOptions(host, "status", args, {
    flags: "DgiLpPstvxj",
    refused: "cdeT",
    newer: "j",
    long: ["--json", "--json-int", "--json-flat-vdevs"],
  });
  if (isResult(given)) return given;
  const { flags, words } = given;
  const style: StatusStyle = {
    path: flags.has("P"),
    links: flags.has("L"),
    guid: flags.has("g"),
    slow: flags.has("s"),
    trim: flags.has("t"),
    initialized: flags.has("i"),
    dedup: flags.has("D"),
  };
  const pools = importedPools(host);
  const missing = words.filter((word) => !pools.some(({ name }) => name === word));
  const stderr = missing.map(noPool).join("");
  if (missing.length > 0 && missing.length === words.length) return fails(1, stderr);
  const chosen = words.length === 0 ? pools : pools.filter(({ name }) => words.includes(name));
  const code = missing.length > 0 ? 1 : 0;
  if (flags.has("j") || flags.has("--json")) {
    const numbers = { int: flags.has("--json-int"), exact: flags.has("p") || flags.has("--json-int") };
    return { code, stderr, stdout: statusJson(host, chosen, style, numbers, flags.has("--json-flat-vdevs")) };
  }
  if (pools.length === 0) return { code: 0, stdout: "", stderr: "no pools available\n" };
  const isHealthy = (pool: PoolView) => {
    const trouble = poolTrouble(host, pool);
    return trouble === null || trouble.harmless === true;
  };
  const shown = flags.has("x") ? chosen.filter((pool) => !isHealthy(pool)) : chosen;
  if (shown.length === 0) {
    const [only] = words;
    return { ...says(only === undefined ? "all pools are healthy\n" : `pool '${only}' is healthy\n`), code, stderr };
  }
  return { code, stderr, stdout: shown.map((pool) => statusText(host, pool, style)).join("\n") };
}
