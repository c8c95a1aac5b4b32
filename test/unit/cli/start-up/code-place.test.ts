import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { cacheFolder, codePlace } from "../../../../engine/cli/start-up/code-place.ts";

let folder = "";
let entry = "";
const { version, execArgv } = process;
const names = ["XDG_CACHE_HOME", "HOME", "NODE_OPTIONS"] as const;
const before = names.map((name) => [name, process.env[name]] as const);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lab-place-"));
  entry = join(folder, "entry.js");
  writeFileSync(entry, "one");
  process.env.XDG_CACHE_HOME = join(folder, "cache");
  process.env.HOME = join(folder, "home");
});
afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  Object.defineProperty(process, "version", { value: version });
  process.execArgv = execArgv;
  rmSync(folder, { recursive: true });
});

const place = () => codePlace(entry)?.file;

it("is another file for each version of node, its flags, and each build", () => {
  const files = new Set([place()]);
  const differs = (change: () => void): void => {
    change();
    const file = place();
    expect(files.has(file)).toBe(false);
    files.add(file);
  };
  expect(place()).toMatch(/^code-[0-9a-f]{16}\.bin$/);
  differs(() => Object.defineProperty(process, "version", { value: "v0.0.1" }));
  differs(() => (process.execArgv = ["--jitless"]));
  differs(() => (process.env.NODE_OPTIONS = "--max-old-space-size=100"));
  differs(() => writeFileSync(entry, "two"));
  expect(files.has(place())).toBe(true);
});

it.runIf(process.getuid?.() === 0)("is nowhere in what belongs to another user", () => {
  mkdirSync(join(folder, "cache"));
  expect(cacheFolder()).toBe(join(folder, "cache/lab"));
  chownSync(join(folder, "cache"), 12_345, 12_345);
  expect([cacheFolder(), codePlace(entry)]).toEqual([null, null]);
  // Root in somebody's home, as `sudo` leaves it at times.
  delete process.env.XDG_CACHE_HOME;
  mkdirSync(join(folder, "home"));
  expect(cacheFolder()).toBe(join(folder, "home/.cache/lab"));
  chownSync(join(folder, "home"), 12_345, 12_345);
  expect(cacheFolder()).toBeNull();
});
