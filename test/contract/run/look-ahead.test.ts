import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineReading } from "../../../engine/module/index.ts";
import { putTemplates } from "../../support/guests.ts";
import { runSite, tasksSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

describe("round trips", () => {
  test("of second looks that each go elsewhere are no more than of one", async () => {
    const world = putTemplates(createWorld({ h1: { kind: "proxmox" } }), "h1");
    const ids = Array.from({ length: 8 }, (_, index) => 101 + index);
    const files = tasksSite(
      ids
        .flatMap((vmid) => [
          `- file: { path: /srv/of-${vmid}, state: directory }`,
          `- pct:
    vmid: ${vmid}
    template: local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst
    mounts: [{ target: /data, source: /srv/of-${vmid} }]`,
        ])
        .join("\n"),
    );
    const first = await runSite({ files, world });
    expect(first.exitCode).toBe(0);
    for (const check of [false, true]) {
      const again = await runSite({ files, world, check });
      expect(again.recap?.hosts.h1).toMatchObject({ ok: 16, changed: 0 });
      // In a check the folders on the way are looked at, too.
      expect(again.recap?.hosts.h1?.roundTrips).toBeLessThanOrEqual(check ? 4 : 2);
    }
  });
  test("a module that throws where it says what to look at fails its own task, and no earlier one", async () => {
    const faulty = defineReading({
      name: "faulty",
      summary: "Throws.",
      params: z.strictObject({}),
      probes: () => {
        throw new Error("a slip");
      },
      read: () => ({ kind: "value", value: {} }),
      examples: ["faulty: {}"],
    });
    const files = tasksSite("- stat: /etc/a\n- file: { path: /srv/a, state: directory }\n- faulty: {}");
    for (const lookAhead of [400, 0]) {
      const run = await runSite({ files, modules: [faulty], lookAhead });
      expect(run.results.map(({ status }) => status)).toEqual(["ok", "changed", "failed"]);
      expect(run.faults).toEqual(['module "faulty" failed: a slip']);
    }
  });
  test("nothing past a guard is looked at before it has passed", async () => {
    const files = tasksSite(`
      - copy: { dest: /srv/one, content: "1" }
      - line: { path: /etc/hosts, line: guard }
        guard: true
      - copy: { dest: /srv/two, content: "2" }`);
    const world = createWorld();
    const seen: string[] = [];
    world.onTrip = ({ batch, way, number }) => {
      for (const operation of batch.sections.flatMap(({ operations }) => operations))
        if ("path" in operation) seen.push(`${number} ${way} ${operation.effect} ${operation.path}`);
    };
    await runSite({ files, world });
    const guarded = seen.findIndex((each) => each.endsWith("send write /etc/hosts"));
    const past = seen.findIndex((each) => each.endsWith("/srv/two"));
    expect(guarded).toBeGreaterThan(-1);
    expect(past).toBeGreaterThan(guarded);
    expect(seen[past]?.split(" ")[0]).not.toBe(seen[guarded]?.split(" ")[0]);
  });
});
