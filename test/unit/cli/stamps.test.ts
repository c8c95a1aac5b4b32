import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renewed, type Stamp, stampsOf } from "../../../engine/cli/cache/stamps.ts";
import { diskFiles } from "../../../engine/cli/disk-files.ts";
import { rememberFiles } from "../../../engine/site/remember-files.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lab-stamps-"));
  path = join(folder, "vars.yml");
  writeFileSync(path, "one: 1\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As if what stands there had rested for ever. */
const later = Number.POSITIVE_INFINITY;

function stampOf(at: string, sinceMs = later): Stamp | undefined {
  const files = rememberFiles(diskFiles);
  files.kind(at);
  files.bytes(at);
  return stampsOf(files, sinceMs)?.[0];
}

describe("a stamp", () => {
  it("of a file that had rested holds as long as its times do, without a look into it", () => {
    const stamp = stampOf(path);
    expect(stamp?.mark).toBeDefined();
    // Not even what it says the digest is matters.
    const odd: Stamp = { ...(stamp as Stamp), digest: "never compared" };
    expect(renewed(odd, later)).toBe(odd);
  });

  it("of a file written just now has no mark: its bytes decide", () => {
    const stamp = stampOf(path, Date.now()) as Stamp;
    expect(stamp).not.toHaveProperty("mark");
    expect(renewed(stamp, Date.now())).toEqual(stamp);
    expect(renewed({ ...stamp, digest: "another one" }, Date.now())).toBeUndefined();
    // Nor if it was dated back.
    utimesSync(path, 1e9, 1e9);
    expect(stampOf(path, Date.now())).not.toHaveProperty("mark");
    // Once it has rested it gets one.
    expect(renewed(stamp, later)).toEqual({ ...stamp, mark: expect.any(String) });
  });

  it("of a file that was touched is renewed, and of one with other bytes of the same size and times is not", () => {
    utimesSync(path, 1e9, 1e9);
    const stamp = stampOf(path) as Stamp;
    utimesSync(path, 1e9 + 1, 1e9 + 1);
    const now = renewed(stamp, later);
    expect(now).toMatchObject({ digest: stamp.digest });
    expect(now?.mark).not.toBe(stamp.mark);
    writeFileSync(path, "two: 2\n");
    utimesSync(path, 1e9, 1e9);
    expect(renewed(stamp, later)).toBeUndefined();
  });

  it("of a file that is read in pieces goes by its times alone, and cannot be made before it has rested", () => {
    const files = rememberFiles(diskFiles);
    expect(files.large?.(path)?.size).toBe(7);
    expect(files.large?.(path)).toBe(files.large?.(path));
    expect(stampsOf(files, Date.now())).toBeUndefined();
    const [stamp] = stampsOf(files, later) ?? [];
    expect(stamp).not.toHaveProperty("digest");
    expect(renewed(stamp as Stamp, later)).toBe(stamp);
    utimesSync(path, 1e9, 1e9);
    expect(renewed(stamp as Stamp, later)).toBeUndefined();
  });

  it("cannot be made of what has changed since it was read, or cannot be read", () => {
    const files = rememberFiles(diskFiles);
    files.kind(path);
    files.list(folder);
    rmSync(path);
    expect(stampsOf(files, later)).toBeUndefined();
    const blind = rememberFiles({ ...diskFiles, list: () => undefined });
    blind.list(folder);
    expect(stampsOf(blind, later)).toBeUndefined();
  });

  it("of bytes that were read before somebody wrote tells of what was read", () => {
    const files = rememberFiles(diskFiles);
    expect(new TextDecoder().decode(files.bytes(path))).toBe("one: 1\n");
    const sinceMs = Date.now();
    writeFileSync(path, "two: 2\n");
    const [stamp] = stampsOf(files, sinceMs) ?? [];
    expect(readFileSync(path, "utf8")).toBe("two: 2\n");
    expect(renewed(stamp as Stamp, later)).toBeUndefined();
  });
});
