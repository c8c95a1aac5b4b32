import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecapEvent, RunEvent } from "../../../engine/run/events.ts";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";

const folder = resolve(import.meta.dirname, "../../../playbooks");
const imported = [...readFileSync(join(folder, "site.yml"), "utf8").matchAll(/^- import_playbook: (\S+)$/gm)].map(
  ([, name = ""]) => name,
);
// What site.yml is made of is played by test/contract/lab. The restore test wants backups, and restores them each time.
const elsewhere = [...imported, "site.yml", "verify.yml", "restore-test.yml"];
const alone = readdirSync(folder).filter((name) => name.endsWith(".yml") && !elsewhere.includes(name));

let site: CliSite;
beforeAll(() => {
  site = createCliSite();
});
afterAll(() => site.remove());

describe("every other playbook of the example site", () => {
  it("is one of several", () => expect(alone.length).toBeGreaterThan(3));

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
