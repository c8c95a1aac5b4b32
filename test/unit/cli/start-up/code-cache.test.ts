import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCodeCache } from "../../../../engine/cli/start-up/code-cache.ts";
import { openChunks } from "../../../../engine/cli/start-up/open-chunks.ts";

// Each start is a process of its own in all that counts here: it opens the cache anew. What a chunk exports is what is
// asserted beside the hits, for a stale answer would be one.
describe("compiled code", () => {
  let folder: string;
  const own = () => ({ folder: join(folder, "cache", "lab"), file: "code-0123456789abcdef.bin" });
  const cacheFile = () => join(own().folder, own().file);
  const chunk = (name: string) => join(folder, "chunks", name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lab-code-"));
    mkdirSync(join(folder, "chunks"));
    mkdirSync(join(folder, "cache"));
    writeFileSync(chunk("one-AAAAAAAA.cjs"), source("one"));
    writeFileSync(chunk("two-BBBBBBBB.cjs"), source("two"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** What the chunks export, and which of them V8 had compiled before. */
  function start(names: readonly string[], command = "play") {
    const cache = openCodeCache(join(folder, "chunks"), own());
    const chunks = openChunks(join(folder, "chunks"), cache);
    const answers = names.map((name) => (chunks.load(name) as { say(): string }).say());
    const known = [...chunks.compiled].flatMap(([name, compiled]) => (compiled.known ? [name] : []));
    cache.keep(command, chunks.compiled);
    return { answers, known };
  }
  const one = ["one-AAAAAAAA.cjs"];
  const both = ["one-AAAAAAAA.cjs", "two-BBBBBBBB.cjs"];

  it("is kept from one start to the next, for its user alone", () => {
    expect(start(both)).toEqual({ answers: ["one", "two"], known: [] });
    expect(start(both)).toEqual({ answers: ["one", "two"], known: both });
    expect([statSync(own().folder).mode & 0o777, statSync(cacheFile()).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  it("grows by what other commands need, and is written no more when none lacks anything", () => {
    start(one);
    start(["two-BBBBBBBB.cjs"], "check");
    expect(start(both).known).toEqual(both);
    const written = () => {
      const { ino, mtimeMs, ctimeMs } = statSync(cacheFile());
      return { ino, mtimeMs, ctimeMs };
    };
    const before = written();
    start(both);
    start(one, "check");
    expect(written()).toEqual(before);
  });

  it("is not used for a file that was edited, though its size is the same", () => {
    start(one);
    writeFileSync(chunk("one-AAAAAAAA.cjs"), source("uno"));
    expect(start(one)).toEqual({ answers: ["uno"], known: [] });
    expect(start(one)).toEqual({ answers: ["uno"], known: one });
  });

  it("is not used for a file that was touched, nor for one of another version", () => {
    start(one);
    utimesSync(chunk("one-AAAAAAAA.cjs"), 1, 1);
    expect(start(one)).toEqual({ answers: ["one"], known: [] });
    const { mtime } = statSync(chunk("one-AAAAAAAA.cjs"));
    writeFileSync(chunk("one-CCCCCCCC.cjs"), source("ein"));
    utimesSync(chunk("one-CCCCCCCC.cjs"), mtime, mtime);
    expect(start(["one-CCCCCCCC.cjs"])).toEqual({ answers: ["ein"], known: [] });
  });

  it("forgets chunks that are gone", () => {
    start(both);
    rmSync(chunk("two-BBBBBBBB.cjs"));
    start(one, "check");
    expect(readFileSync(cacheFile(), "latin1")).not.toContain("two-BBBBBBBB");
  });

  it("is passed over when it is damaged, wherever that is, and mended by the next start", () => {
    for (const index of [
      "null",
      "[]",
      '{"commands":"play","places":{}}',
      '{"commands":[],"places":{"one-AAAAAAAA.cjs":null}}',
    ]) {
      start(both);
      const [line = ""] = readFileSync(cacheFile(), "latin1").split("\n");
      writeFileSync(cacheFile(), `${line}\n${index}\n`);
      expect(start(both), index).toEqual({ answers: ["one", "two"], known: [] });
    }
    start(both);
    const whole = readFileSync(cacheFile());
    const places = [0, 5, 30, 60, 120, 200, 400, whole.length >> 1, whole.length - 100, whole.length - 1];
    for (const at of places) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      writeFileSync(cacheFile(), damaged);
      expect(start(both).answers, `byte ${at}`).toEqual(["one", "two"]);
    }
    for (const length of [0, 3, 100, whole.length >> 1, whole.length - 1]) {
      writeFileSync(cacheFile(), whole.subarray(0, length));
      const { answers, known } = start(both);
      expect(answers).toEqual(["one", "two"]);
      expect(known, `the first ${length} bytes`).not.toEqual(both);
    }
    expect(start(both).known).toEqual(both);
  });

  it("is not taken from another user, nor from a file that others may read or write", () => {
    for (const mode of [0o660, 0o606, 0o644]) {
      start(one);
      chmodSync(cacheFile(), mode);
      expect(start(one), mode.toString(8)).toEqual({ answers: ["one"], known: [] });
    }
    start(one);
    if (process.geteuid?.() === 0) {
      chownSync(cacheFile(), 1, 1);
      expect(start(one).known).toEqual([]);
    }
    expect(start(one).known).toEqual(one);
  });

  it("is done without where it cannot be written", () => {
    writeFileSync(join(folder, "cache", "lab"), "no folder");
    expect(start(both)).toEqual({ answers: ["one", "two"], known: [] });
    expect(start(both)).toEqual({ answers: ["one", "two"], known: [] });
  });

  it("survives two starts at once", () => {
    const starts = both.map((name) => {
      const cache = openCodeCache(join(folder, "chunks"), own());
      const chunks = openChunks(join(folder, "chunks"), cache);
      chunks.load(name);
      return { cache, chunks };
    });
    for (const { cache, chunks } of starts) cache.keep("play", chunks.compiled);
    expect(start(both).answers).toEqual(["one", "two"]);
    expect(start(both).known).toEqual(both);
  });

  it("is bounded: the newest files stay", () => {
    mkdirSync(own().folder, { recursive: true });
    for (let n = 0; n < 9; n += 1) {
      const old = join(own().folder, `code-${n}.bin`);
      writeFileSync(old, "");
      utimesSync(old, n, n);
    }
    writeFileSync(join(own().folder, "other.bin"), "");
    const halfWritten = join(own().folder, ".code-1.bin.99.new");
    writeFileSync(halfWritten, "");
    utimesSync(halfWritten, 1, 1);
    start(one);
    expect(readdirSync(own().folder).sort()).toEqual(
      [own().file, "code-4.bin", "code-5.bin", "code-6.bin", "code-7.bin", "code-8.bin", "other.bin"].sort(),
    );
  });
});

/** A chunk that is long enough to be kept: what it says stands in the middle of much else. */
function source(word: string): string {
  const rest = (from: number) =>
    Array.from({ length: 1500 }, (_, n) => `function f${from + n}(a) { return a + ${n}; }`).join("\n");
  return `${rest(0)}\nexports.say = function say() { return f1("${word}").slice(0, 3); };\n${rest(1500)}\n`;
}
