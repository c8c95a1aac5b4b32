import { readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RecapEvent, RunEvent } from "../../../engine/run/events.ts";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";

const playbooks = readdirSync(resolve(import.meta.dirname, "../../../playbooks")).filter((name) =>
  name.endsWith(".yml"),
);
// It looks whether another one was applied, and makes nothing.
const needsSite = "verify.yml";
// It makes a container and goes on inside of it: that one is a host of an inventory of its own.
const further: Readonly<Record<string, readonly string[]>> = {
  "tailscale-router.yml": ["-i", "inventory", "-i", "guests"],
};

let site: CliSite;
beforeAll(() => {
  site = createCliSite();
});
afterAll(() => site.remove());

describe("every playbook of the example site, on its inventory", () => {
  afterEach(() => rmSync(join(site.folder, ".lab"), { recursive: true, force: true }));

  it.each(playbooks)("%s: foretold, made, and made again without a change", async (name) => {
    expect(playbooks.length).toBeGreaterThan(5);
    const inventories = further[name] ?? [];
    if (name === needsSite) await site.play("site.yml");
    const checked = await site.play(name, ...inventories, "--check", "--diff");
    expect(checked.stderr).toBe("");
    expect(statuses(checked.events)).not.toContain("failed");
    const made = await site.play(name, ...inventories);
    expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: "" });
    if (name !== needsSite) expect(sum(made.events, "changed")).toBeGreaterThan(0);
    const again = await site.play(name, ...inventories);
    expect({ code: again.code, changed: sum(again.events, "changed") }).toEqual({ code: 0, changed: 0 });
    expect(again.events.filter((event) => event.type === "result" && event.warnings.length > 0)).toEqual([]);
  });
});

describe("drift of pools and containers", () => {
  it("is found and mended, but for a disk that is offline: of that a play only tells", async () => {
    const both = ["storage.yml", "syncthing-container.yml"];
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
