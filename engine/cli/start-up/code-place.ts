import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

export interface CodePlace {
  readonly folder: string;
  readonly file: string;
}

/**
 * Where the user's compiled code is kept; null: nowhere. What V8 makes depends on its version, the machine and the flags
 * that node was started with, and `entry` names, over the digests in the names of chunks, all that lab was built of: each
 * of them has a file of its own.
 */
export function codePlace(entry: string): CodePlace | null {
  const folder = cacheFolder();
  if (folder === null) return null;
  const made = [process.version, process.arch, ...process.execArgv, process.env.NODE_OPTIONS ?? ""];
  const digest = createHash("sha256").update(JSON.stringify(made)).update(readFileSync(entry)).digest("hex");
  return { folder, file: `code-${digest.slice(0, 16)}.bin` };
}

/**
 * `$XDG_CACHE_HOME/lab`, else `~/.cache/lab`. None for who works in somebody else's home (`sudo` keeps `HOME` at times):
 * files of root would be in that user's way.
 */
export function cacheFolder(): string | null {
  const named = process.env.XDG_CACHE_HOME;
  if (named !== undefined && isAbsolute(named)) return isOurs(named) !== false ? join(named, "lab") : null;
  const folder = join(homedir(), ".cache");
  return isOurs(homedir()) && isOurs(folder) !== false ? join(folder, "lab") : null;
}

/** Undefined where nothing is. */
function isOurs(path: string): boolean | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && found.uid === process.geteuid?.();
}
