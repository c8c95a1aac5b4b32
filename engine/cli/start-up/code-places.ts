import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

export interface CodePlaces {
  /** Made with the build, beside what was built. */
  readonly built: string;
  /** The folder of the user's own, and the file in it; null: there shall be none. */
  readonly own: { readonly folder: string; readonly file: string } | null;
}

/**
 * Where compiled code is kept. What V8 makes depends on its version, the machine and the flags that node was started
 * with, so all of these are in the name.
 */
export function codePlaces(dist: string): CodePlaces {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ""];
  const made = [process.version, process.arch, ...flags];
  const built = join(dist, `code-${nameOf(made)}.bin`);
  const folder = cacheFolder();
  return { built, own: folder === null ? null : { folder, file: `code-${nameOf([...made, dist])}.bin` } };
}

/**
 * `$XDG_CACHE_HOME/lab`, else `~/.cache/lab`. None for who works in somebody else's home (`sudo` keeps `HOME` at times):
 * files of root would be in that user's way.
 */
export function cacheFolder(): string | null {
  const named = process.env.XDG_CACHE_HOME;
  const xdg = named !== undefined && isAbsolute(named);
  const home = xdg ? named : homedir();
  const folder = xdg ? named : join(home, ".cache");
  return isOurs(home) && (isOurs(folder) || !exists(folder)) ? join(folder, "lab") : null;
}

function isOurs(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.uid === process.geteuid?.();
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function nameOf(words: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(words)).digest("hex").slice(0, 16);
}
