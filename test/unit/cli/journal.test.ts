import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openJournal } from "../../../engine/cli/journal.ts";
import type { Diagnostic } from "../../../engine/errors/diagnostic.ts";
import { SiteError } from "../../../engine/errors/site-error.ts";
import { unwritableSite } from "../../../engine/errors/unwritable-site.ts";
import { createJsonlReporter } from "../../../engine/report/jsonl.ts";
import type { RunEvent } from "../../../engine/run/events.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lab-journal-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const now = () => new Date("2026-01-02T03:04:05Z");
const event: RunEvent = { type: "notify", handler: "restart", host: "h1", state: "recorded" };
const open = (runId: string, warn: (diagnostic: Diagnostic) => void = () => {}) =>
  openJournal({ root, runId, now, warn });
const folder = () => join(root, ".lab/runs");

it("holds what jsonl prints, for the owner alone", async () => {
  const journal = open("run");
  let printed = "";
  const output = {
    write(text: string, done?: () => void) {
      printed += text;
      done?.();
      return true;
    },
  };
  const jsonl = createJsonlReporter(output, { now });
  for (const reporter of [journal, jsonl]) {
    reporter.on(event);
    reporter.on(event);
    await reporter.end();
  }
  expect(readFileSync(join(folder(), "run.jsonl"), "utf8")).toBe(printed);
  expect(printed.split("\n")).toHaveLength(3);
  expect(statSync(join(folder(), "run.jsonl")).mode & 0o777).toBe(0o600);
});

it("keeps the newest fifty and those of the last thirty days, or as the site says", async () => {
  const day = 86_400_000;
  mkdirSync(folder(), { recursive: true });
  writeFileSync(join(folder(), "notes.txt"), "mine");
  const ids = Array.from({ length: 80 }, (_, index) => `2025-${String(index).padStart(3, "0")}`);
  const lay = (): void =>
    ids.forEach((id, index) => {
      const path = join(folder(), `${id}.jsonl`);
      writeFileSync(path, "");
      // One a day, the last of yesterday.
      const seconds = (now().getTime() - (ids.length - index) * day) / 1000;
      utimesSync(path, seconds, seconds);
    });
  for (const [keep, expected] of [
    [undefined, 50],
    [{ count: 10, ms: 0 }, 10],
    [{ count: 10, ms: 30.5 * day }, 30],
    [{ count: 1, ms: 60.5 * day }, 60],
    [{ count: 1, ms: 0 }, 1],
  ] as const) {
    lay();
    await openJournal({ root, runId: "2026-y", now, warn: () => {}, ...(keep && { keep }) }).end();
    const all = readdirSync(folder()).sort();
    expect(all).toContain("notes.txt");
    const names = all.filter((name) => name !== "notes.txt");
    // The run's own is one of them.
    expect([keep, names.length]).toEqual([keep, Math.max(expected + (keep === undefined || keep.ms === 0 ? 0 : 1), 1)]);
    expect(names.at(-1)).toBe("2026-y.jsonl");
    for (const name of names) rmSync(join(folder(), name));
  }
});

it("begins with how the run was called", async () => {
  const call = { pid: 7, who: "me@here", site: "abc", tags: ["a"], skipTags: [] };
  await openJournal({ root, runId: "run", now, warn: () => {}, call }).end();
  const line = readFileSync(join(folder(), "run.jsonl"), "utf8");
  expect(JSON.parse(line)).toEqual({ v: 1, seq: 0, time: now().toISOString(), type: "call", ...call });
});

it("says which folder cannot be written, before anything is sent", () => {
  writeFileSync(join(root, ".lab"), "in the way");
  let error: unknown;
  try {
    open("run");
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(SiteError);
  expect(String(error)).toContain(`cannot write ${folder()}: a file is where a folder must be`);
});

it("lets the run go on when the disk is full, and says so once", async () => {
  const warnings: Diagnostic[] = [];
  mkdirSync(folder(), { recursive: true });
  symlinkSync("/dev/full", join(folder(), "run.jsonl"));
  const journal = open("run", (diagnostic) => {
    warnings.push(diagnostic);
    journal.on({ type: "warning", diagnostic });
  });
  journal.on(event);
  journal.on(event);
  await journal.end();
  expect(warnings).toMatchObject([
    { code: "unwritable-site", severity: "warning", message: expect.stringContaining("the disk is full") },
  ]);
});

it.each(["EACCES", "EPERM", "EROFS", "ENOSPC"])("takes %s for the site's, any other error for ours", (code) => {
  expect(unwritableSite(Object.assign(new Error("no"), { code }), "/x")).toMatchObject({ code: "unwritable-site" });
  expect(unwritableSite(Object.assign(new Error("no"), { code: "EBADF" }), "/x")).toBeUndefined();
});
