import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openReport, writeReport } from "../../../engine/cli/write-report.ts";
import { SiteError } from "../../../engine/errors/site-error.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lab-report-"));
  path = join(folder, "run.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const line = `${"x".repeat(999)}\n`;

it("writes a long report as it comes about, and shows it when it is whole", () => {
  writeFileSync(path, "of an earlier run\n");
  const report = openReport(path);
  for (let count = 0; count < 1000; count += 1) report.write(line);
  // All but the last piece is on its way to the disk, beside what is there.
  const [beside] = readdirSync(folder).filter((name) => name !== "run.jsonl");
  expect(readFileSync(join(folder, beside ?? ""), "utf8").length).toBeGreaterThan(700_000);
  expect(readFileSync(path, "utf8")).toBe("of an earlier run\n");
  report.end();
  expect(readFileSync(path, "utf8")).toBe(line.repeat(1000));
  expect(readdirSync(folder)).toEqual(["run.jsonl"]);
});

it("is an empty file where nothing was told, and a short one in one piece", () => {
  openReport(path).end();
  expect(readFileSync(path, "utf8")).toBe("");
  writeReport(path, "short");
  expect(readFileSync(path, "utf8")).toBe("short");
});

it("says at its end what has kept it from being written, and leaves nothing behind", () => {
  const report = openReport(path);
  mkdirSync(`${path}.${process.pid}.tmp`);
  for (let count = 0; count < 600; count += 1) report.write(line);
  rmSync(`${path}.${process.pid}.tmp`, { recursive: true, force: true });
  // One that lacks a piece is no report, whatever could be written later.
  report.write(line);
  expect(() => report.end()).toThrow(SiteError);
  expect(readdirSync(folder)).toEqual([]);
});
