import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecapEvent, ResultEvent, RunEvent } from "../../../engine/run/events.ts";
import { modules } from "../../support/all-modules.ts";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";

// The example site as a newcomer runs it: the real command, in a copy of the repository. The steps build on each other.
let site: CliSite;
beforeAll(() => {
  site = createCliSite();
});
afterAll(() => site.remove());

const repository = resolve(import.meta.dirname, "../../..");
const hosts = ["backup1", "mini1", "mini2", "pve1"];
const state = () => readFileSync(join(site.folder, ".lab/world.json"));
const shown = async () => JSON.parse((await site.lab("sandbox", "show", "--json")).stdout).hosts.map(withoutClock);

it("uses every module in some playbook or role, but for those that need more than one node or a dead disk", () => {
  const texts = ["playbooks", "roles"].flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".yml"))
      .map((name) => readFileSync(join(repository, folder, name), "utf8")),
  );
  // Of clusters, virtual machines and dead disks the example lab has none; an inventory as small as its own does not grow.
  const elsewhere = /^(pve_|qm$|zpool_(replace|scrub)$|udev_rule$|kernel_module$|add_host$|group_by$|include_vars$)/;
  const unused = modules.filter(
    ({ name }) => !elsewhere.test(name) && !texts.some((text) => new RegExp(`^\\s*(- )?${name}:`, "m").test(text)),
  );
  expect(unused.map(({ name }) => name)).toEqual([]);
});

describe("the machines on the embedded lab", () => {
  it("changes every host at first", async () => {
    const { code, events, stderr } = await site.play("hosts.yml");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const recap = recapOf(events);
    expect(Object.keys(recap.hosts).sort()).toEqual(hosts);
    for (const host of hosts) expect(recap.hosts[host]?.changed, host).toBeGreaterThan(5);
  });

  it("changes nothing the second time, in a few round trips", async () => {
    const before = state();
    const { code, events } = await site.play("hosts.yml");
    expect(code).toBe(0);
    for (const [host, { changed, failed, roundTrips }] of Object.entries(recapOf(events).hosts)) {
      expect({ host, changed, failed }).toEqual({ host, changed: 0, failed: 0 });
      // Four plays, at most three looks each: what matters is that it is not one per task (15 to 20 of them).
      expect(roundTrips, host).toBeLessThan(9);
    }
    expect(state().equals(before)).toBe(true);
  });

  it.each([1, 2])("shows exactly what was broken, writes nothing, then mends it (seed %i)", async (seed) => {
    const whole = await shown();
    const { stdout, code } = await site.lab("sandbox", "break", "--seed", String(seed));
    expect(code).toBe(0);
    const broken = brokenIn(stdout);
    expect(broken.length).toBeGreaterThanOrEqual(5);
    const before = state();

    const check = await site.play("hosts.yml", "--check", "--diff", "--exit-code");
    expect(check.code).toBe(3);
    expect(state().equals(before)).toBe(true);
    const pending = changedIn(check.events);
    for (const { host, name } of broken) {
      expect(
        pending.filter((result) => result.host === host && names(result, name)),
        `${host}: ${name}`,
      ).not.toEqual([]);
    }
    for (const result of pending) {
      const because = broken.filter(({ host, name }) => result.host === host && names(result, name));
      expect(because, `${result.host}: ${result.name} names nothing that was broken`).not.toEqual([]);
    }

    const repair = await site.play("hosts.yml");
    expect(repair.code).toBe(0);
    expect(changedIn(repair.events).map(keyOf)).toEqual(pending.map(keyOf));
    expect(await shown()).toEqual(whole);
  });

  it("stays within the limits for what a check cannot know", async () => {
    await site.lab("sandbox", "break", "--seed", "3");
    const check = await site.play("hosts.yml", "--check");
    const all = resultsOf(check.events).filter(({ kind }) => kind !== "item");
    expect(all.filter(({ status }) => status === "deferred").length).toBeLessThanOrEqual(all.length * 0.05);
    const certain = changedIn(check.events).filter(({ certainty }) => certainty === "certain");
    const done = new Set(changedIn((await site.play("hosts.yml")).events).map(keyOf));
    for (const result of certain) expect([...done]).toContain(keyOf(result));
  });

  it("verifies, and fails where something is gone", async () => {
    await site.play("hosts.yml");
    expect((await site.play("verify/hosts.yml")).code).toBe(0);
    await site.lab("run", "backup1", "-m", "cron", "-a", "name=nightly-backup state=absent");
    const { code, events } = await site.play("verify/hosts.yml");
    expect(code).toBe(2);
    expect(resultsOf(events).find(({ status }) => status === "failed")?.reason).toContain("apply nightly_backup");
  });

  it("makes a host as the inventory describes it, and refuses what it does not know", async () => {
    const wrong = await site.lab("play", "hosts.yml", "-e", '{"lab_sandbox": {"cpu": 2, "answers": [{"argv": []}]}}');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("error[wrong-sandbox]");
    expect(wrong.stderr).toContain("lab_sandbox.answers.0.argv");
    const { events } = await site.play("hosts.yml", "-l", "pve1,backup1", "--check");
    const of = (name: string) => resultsOf(events).find((result) => result.name === name)?.result;
    expect(of("Are the pools well?")).toMatchObject({ rc: 0, stdout_lines: ["rpool\tONLINE"] });
    expect(of("What fills the disk")).toMatchObject({
      rc: 0,
      stdout_lines: ["1048576\t/srv/restic", "8\t/srv/pulled"],
    });
  });

  it("starts afresh after a reset", async () => {
    expect((await site.lab("sandbox", "reset")).code).toBe(0);
    expect(await shown()).toEqual([]);
  });
});

function recapOf(events: readonly RunEvent[]): RecapEvent {
  const last = events.at(-1);
  if (last?.type !== "recap") throw new Error("the run has no recap");
  return last;
}
function resultsOf(events: readonly RunEvent[]): readonly ResultEvent[] {
  return events.filter((event) => event.type === "result");
}
/** What changed, the items of a loop by themselves; handlers follow from it. */
function changedIn(events: readonly RunEvent[]): readonly ResultEvent[] {
  const changed = resultsOf(events).filter(({ status, kind }) => status === "changed" && kind !== "handler");
  const looped = new Set(changed.filter(({ kind }) => kind === "item").map((item) => `${item.taskId} ${item.host}`));
  return changed
    .filter((result) => result.kind === "item" || !looped.has(`${result.taskId} ${result.host}`))
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
function keyOf({ taskId, host, item }: ResultEvent): string {
  return `${taskId} ${host} ${JSON.stringify(item ?? null)}`;
}
/** A result tells of a thing by its name in what would be sent; a unit's without its ending. */
function names({ steps, before, after, result }: ResultEvent, name: string): boolean {
  const told = JSON.stringify([steps, before, after, result]);
  return told.includes(name.replace(/^crontab of /, "")) || told.includes(name.replace(/\.service$/, ""));
}
function brokenIn(stdout: string): readonly { readonly host: string; readonly name: string }[] {
  return stdout.split("\n").flatMap((line) => {
    const [, host, rest] = /^(\S+): (.*)$/.exec(line) ?? [];
    // "a crontab" and "a kernel parameter" are said before the name; a name is the last word, save for "crontab of root".
    const name = /crontab of \S+$/.exec(rest ?? "")?.[0] ?? rest?.split(" ").at(-1);
    return host !== undefined && name !== undefined && hosts.includes(host) ? [{ host, name }] : [];
  });
}
function withoutClock({ clock: _clock, ...host }: Record<string, unknown>): Record<string, unknown> {
  return host;
}
