import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Everything below some folders, one line for each: type, mode, owner, size, times of content and of attributes, and what it holds. */
export function snapshot(folders: readonly string[]): Readonly<Record<string, string>> {
  const lines: Record<string, string> = {};
  for (const folder of folders) walk(folder, lines);
  return lines;
}

function walk(path: string, lines: Record<string, string>): void {
  const stat = lstatSync(path, { bigint: true });
  // The time of the last access is left out: looking is what changes it.
  const line = [stat.mode.toString(8), stat.uid, stat.gid, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs];
  const held = stat.isSymbolicLink() ? readlinkSync(path) : stat.isFile() ? sha256(path) : "";
  lines[path] = [...line, held].join(" ");
  if (stat.isDirectory()) for (const name of readdirSync(path)) walk(join(path, name), lines);
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
