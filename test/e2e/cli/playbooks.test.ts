import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecapEvent, RunEvent } from "../../../engine/run/events.ts";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";

const folder = resolve(import.meta.dirname, "../../../playbooks");
const imported = [...readFileSync(join(folder, "site.yml"), "utf8").matchAll(/^- import_playbook: (\S+)$/gm)].map(
  ([, name = ""]) => name,
);
const alone = readdirSync(folder).filter(
  (name) => name.endsWith(".yml") && !imported.includes(name) && !["site.yml", "verify.yml"].includes(name),
);

let site: CliSite;
beforeAll(() => {
  site = createCliSite();
});
afterAll(() => site.remove());

describe("playbooks that site.yml is made of", () => {
  it("change nothing by themselves once it was played, and verify.yml finds all as it shall be", async () => {
    expect(imported.length).toBeGreaterThan(10);
    expect((await site.play("site.yml")).code).toBe(0);
    for (const name of imported) {
      const { code, stderr, events } = await site.play(name);
      expect({ name, code, stderr, changed: sum(events, "changed") }).toEqual({
        name,
        code: 0,
        stderr: "",
        changed: 0,
      });
    }
    const verified = await site.play("verify.yml");
    expect({ code: verified.code, changed: sum(verified.events, "changed") }).toEqual({ code: 0, changed: 0 });
  });
});

describe("every other playbook of the example site", () => {
  it.each(alone)("%s: foretold, made, and made again without a change", async (name) => {
    const checked = await site.play(name, "--check", "--diff");
    expect(checked.stderr).toBe("");
    expect(statuses(checked.events)).not.toContain("failed");
    const made = await site.play(name);
    expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: "" });
    const again = await site.play(name);
    expect({ code: again.code, changed: sum(again.events, "changed") }).toEqual({ code: 0, changed: 0 });
    expect(again.events.filter((event) => event.type === "result" && event.warnings.length > 0)).toEqual([]);
  });
});

describe("drift of pools and containers", () => {
  it("is found and mended, but for a disk that is offline: of that a play only tells", async () => {
    await site.lab("sandbox", "reset");
    const both = ["storage.yml", "tailnet.yml", "tailscale-router.yml"];
    expect((await site.play(...both)).code).toBe(0);
    const broken = (await site.lab("sandbox", "break")).stdout;
    expect(broken).toContain("pve1: a disk was taken offline");
    expect(broken).toContain("pve1: a property of a dataset was changed");
    expect(broken).toContain("pve1: a container was stopped");
    expect(broken).toContain("A disk that is offline no play brings back");
    const mended = await site.play(...both);
    expect({ code: mended.code, stderr: mended.stderr }).toEqual({ code: 0, stderr: "" });
    const again = await site.play(...both);
    expect(sum(again.events, "changed")).toBe(0);
    const warnings = again.events.flatMap((event) => (event.type === "result" ? event.warnings : []));
    expect(warnings.join()).toMatch(/the pool \S+ is DEGRADED/);
  });
});

function statuses(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === "result" ? [event.status] : []));
}

function sum(events: readonly RunEvent[], field: "changed" | "failed"): number {
  const last = events.at(-1);
  if (last?.type !== "recap") throw new Error("the run has no recap");
  return Object.values((last satisfies RecapEvent).hosts).reduce((total, host) => total + host[field], 0);
}
