import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Puts a text in a file's place, whole or not at all: whoever pulls the plug finds the old one or the new one. */
export function replaceFile(path: string, text: string | Uint8Array, mode?: number): void {
  const old = statSync(path, { throwIfNoEntry: false });
  // Through a link: it stays one.
  const target = old === undefined ? path : realpathSync(path);
  const beside = join(dirname(target), `.${basename(target)}.${process.pid}.new`);
  const file = openSync(beside, "wx", mode ?? (old ? old.mode & 0o777 : 0o644));
  try {
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
    closeSync(file);
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
