import { fails, type ToolResult } from "../../tool.ts";
import type { FrozenHost } from "../../world.ts";
import { importedPool } from "../../zfs/pools.ts";
import type { PoolView } from "../../zfs/vdevs.ts";

export function isResult<T>(value: T | ToolResult): value is ToolResult {
  return typeof value === "object" && value !== null && "code" in value && "stdout" in value;
}

/** A pool that is imported, or the answer that it is not. */
export function openPool(host: FrozenHost, name: string, code = 1): PoolView | ToolResult {
  return importedPool(host, name) ?? fails(code, noPool(name));
}
export function noPool(name: string): string {
  return `cannot open '${name}': ${/[^A-Za-z0-9_.: -]/.exec(name)?.[0] === "/" ? "invalid character '/' in pool name" : "no such pool"}\n`;
}

/** Why a pool cannot have this name; null if it can. */
export function poolNameFault(name: string): string | null {
  if (!/^[A-Za-z]/.test(name)) return "name must begin with a letter";
  const bad = /[^A-Za-z0-9_.: -]/.exec(name)?.[0];
  if (bad !== undefined) return `invalid character '${bad}' in pool name`;
  if (/^(mirror|raidz|draid|spare)/.test(name) || name === "log") return "name is reserved";
  return name.length > 255 ? "name is too long" : null;
}

/** Results of several pools as one. */
export function together(results: readonly ToolResult[]): ToolResult {
  return {
    code: results.reduce((code, result) => Math.max(code, result.code), 0),
    stdout: results.map(({ stdout }) => stdout).join(""),
    stderr: results.map(({ stderr }) => stderr).join(""),
  };
}
