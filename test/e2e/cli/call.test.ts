import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";

let site: CliSite;
beforeAll(() => {
  site = createCliSite();
});
afterAll(() => site.remove());
beforeEach(() => rmSync(join(site.folder, ".lab"), { recursive: true, force: true }));

const at = (path: string): string => join(site.folder, ".lab", path);
const play = () => site.lab("play", "site.yml", "--format", "jsonl");

describe("a wrong call", () => {
  it.each([
    [["play", "site.yml", "--chek"], "unknown option '--chek'", "did you mean --check? see lab play --help"],
    [["play"], "missing required argument 'playbook'", "see lab play --help"],
    [["sandbox", "brake"], "unknown command 'brake'", "did you mean break? see lab sandbox --help"],
    [["paly"], "unknown command 'paly'", "did you mean play? see lab --help"],
  ])("%j is told like every error, with the way to the help", async (args, what, hint) => {
    const { code, stdout, stderr } = await site.lab(...args);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: "",
      stderr: `error[usage]: ${what}\n  hint: ${hint}\n`,
    });
  });

  it("says which value an option does not take", async () => {
    const { code, stderr } = await site.lab("sandbox", "break", "--seed", "x");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'error[wrong-option]: --seed takes a whole number, got "x"\n\n1 error\n',
    });
  });

  it("finds help that fits 80 columns, and what it appends", async () => {
    const texts = await Promise.all([["play"], ["sandbox"], []].map((words) => site.lab(...words, "--help")));
    for (const { code, stdout } of texts) {
      expect(code).toBe(0);
      expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    }
    expect(texts[0]?.stdout.replace(/\s+/g, " ")).toContain("130 interrupted, 70 a fault of lab.");
  });
});

describe("a site whose records cannot be kept", () => {
  it("is told as such before the run begins", async () => {
    writeFileSync(at(""), "a file");
    const { code, stdout, stderr } = await play();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^error\[unwritable-site\]: cannot write .*\/\.lab\/runs: a file is where/);
    expect(stderr).not.toMatch(/fault|\bat .*\.js/);
  });

  it.each([
    ["no JSON", "{"],
    ["another shape", '{"format":1,"hosts":{"pve1":{"files":5}}}'],
  ])("names a state of the embedded lab that is %s, and the way out", async (_, text) => {
    mkdirSync(at(""), { recursive: true });
    writeFileSync(at("world.json"), text);
    for (const call of [play(), site.lab("sandbox", "show"), site.lab("sandbox", "break")]) {
      const { code, stderr } = await call;
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error\[sandbox-state\]: .*world\.json/);
      expect(stderr).toContain("hint: start the lab afresh: lab sandbox reset");
    }
    expect((await site.lab("sandbox", "reset")).code).toBe(0);
    expect((await site.lab("sandbox", "show")).code).toBe(0);
  });
});
