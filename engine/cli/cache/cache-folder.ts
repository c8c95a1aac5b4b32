import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../start-up/code-place.ts";

/** Small files that only save work: each may be missing, and none is needed. */
export interface CacheFolder {
  read(name: string): string | undefined;
  write(name: string, text: string): void;
}

/** More of them than anybody works on at once; the ones written longest ago go first. */
const mostFiles = 32;
/** A check of a thousand files has about 200 kB. */
const mostBytes = 2 * 1024 * 1024;

/**
 * A folder of the user's cache, `$XDG_CACHE_HOME/lab/NAME` or `~/.cache/lab/NAME`; null where none is wanted
 * (`LAB_CACHE=off`) or none is to be trusted: who else could write there could tell us what is right. Whatever goes wrong
 * with it is passed over, since everything can be found out again.
 */
export function openCacheFolder(name: string): CacheFolder | null {
  const ours = process.env.LAB_CACHE === "off" ? null : attempt(cacheFolder);
  if (ours === null || ours === undefined) return null;
  const folder = join(ours, name);
  return {
    read: (file) =>
      attempt(() =>
        isOurs(folder) && isOurs(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : undefined,
      ),
    write(file, text) {
      if (text.length > mostBytes) return;
      attempt(() => {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        if (!isOurs(folder)) return;
        // Renamed into its place: another lab sees it whole or not at all.
        const made = join(folder, `.${file}.${process.pid}.${randomBytes(4).toString("hex")}`);
        try {
          writeFileSync(made, text, { mode: 0o600, flag: "wx" });
          renameSync(made, join(folder, file));
        } catch (error) {
          rmSync(made, { force: true });
          throw error;
        }
        removeOldest(folder);
      });
    },
  };
}

/** Nobody else can have written it. */
function isOurs(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && stat.uid === process.geteuid?.() && (stat.mode & 0o077) === 0;
}

/** Those too that a lab which was killed has left half written. */
function removeOldest(folder: string): void {
  const files = readdirSync(folder).flatMap((name) => {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    return stat ? [{ path: join(folder, name), writtenMs: stat.mtimeMs }] : [];
  });
  if (files.length <= mostFiles) return;
  const oldest = files.toSorted((left, right) => left.writtenMs - right.writtenMs);
  for (const { path } of oldest.slice(0, files.length - mostFiles)) rmSync(path, { force: true });
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
