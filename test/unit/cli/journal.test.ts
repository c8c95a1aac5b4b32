import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
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

it("keeps the newest hundred", async () => {
  mkdirSync(folder(), { recursive: true });
  for (let day = 100; day < 220; day += 1) writeFileSync(join(folder(), `2025${day}-x.jsonl`), "");
  writeFileSync(join(folder(), "notes.txt"), "mine");
  await open("2026-y").end();
  const names = readdirSync(folder());
  expect(names).toHaveLength(101);
  expect(names[0]).toBe("2025121-x.jsonl");
  expect(names).toContain("2026-y.jsonl");
  expect(names).toContain("notes.txt");
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
