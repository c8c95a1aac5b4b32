import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { compareForetold } from "../../../engine/cli/compare-foretold.ts";
import type { ResultEvent } from "../../../engine/run/events.ts";
import { type LabRun, openWholeLab } from "../../support/whole-lab.ts";
import type { TestWorld } from "../../support/world.ts";

// The whole example lab, from nothing, and from wherever a run was cut off. LAB_KILLED_AT=all takes every step, which is
// minutes of work; a list of numbers takes these; by default a few are taken, others in each tenth of the run.
const lab = openWholeLab();
const site = ["site.yml"];

let whole: { readonly world: TestWorld; readonly check: LabRun; readonly run: LabRun };
beforeAll(async () => {
  const world = await lab.empty();
  const check = await lab.play(world.copy(), site, { check: true });
  const run = await lab.play(world, site);
  expect(failed(run.results)).toEqual([]);
  expect([check.exitCode, run.exitCode]).toEqual([0, 0]);
  whole = { world, check, run };
}, 600_000);

describe("the lab from nothing", () => {
  it("is foretold: what a check calls certain, and nearly all that it assumes", () => {
    const { check, run } = whole;
    expect(compareForetold(check.results, run.results).differences).toEqual([]);
    expect(tooMany(assumedWrongly(check.results, run.results), assumedOf(check.results))).toEqual([]);
    expect(strayDeferred(check.results)).toEqual([]);
  });

  it("is the same after a second run, which changes nothing and needs few trips", async () => {
    const before = whole.world.state();
    const again = await lab.play(whole.world, site);
    expect(again.exitCode).toBe(0);
    expect(changed(again.results)).toEqual([]);
    expect(whole.world.state()).toBe(before);
  }, 300_000);

  it("is changed by none of its playbooks, each by itself", async () => {
    const names = [
      ...readFileSync(join(import.meta.dirname, "../../../playbooks/site.yml"), "utf8").matchAll(
        /^- import_playbook: (\S+)$/gm,
      ),
    ].map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      const { exitCode, results } = await lab.play(whole.world, [name]);
      expect([name, ...failed(results), ...changed(results)]).toEqual([name]);
      expect(exitCode, name).toBe(0);
    }
  }, 300_000);

  it("leaves nothing open where all hosts are", async () => {
    const check = await lab.play(whole.world.copy(), site, { check: true });
    const deferred = check.results.filter(({ status }) => status === "deferred");
    expect(deferred.length).toBeLessThanOrEqual(check.results.length * 0.05);
    expect(changed(check.results)).toEqual([]);
  }, 300_000);

  it("passes verify.yml, which changes nothing", async () => {
    const verified = await lab.play(whole.world.copy(), ["verify.yml"]);
    expect(failed(verified.results)).toEqual([]);
    expect(verified.exitCode).toBe(0);
    expect(changed(verified.results)).toEqual([]);
    // What could not be judged is no proof.
    expect(verified.results.filter(({ status }) => status === "deferred").map(nameOf)).toEqual([]);
  }, 300_000);
});

describe("a run that was killed", () => {
  it("is taken up by the next one, which does what a check has foretold", async () => {
    const points = pointsOf(process.env.LAB_KILLED_AT, whole.run.writes);
    const faults: string[] = [];
    let assumed = 0;
    let wrong = 0;
    for (const point of points) {
      const world = await lab.empty();
      const cut = await lab.play(world, site, { killedAfter: point });
      expect(cut.killed, `${point} of ${whole.run.writes}`).toBe(true);
      const check = await lab.play(world.copy(), site, { check: true });
      const run = await lab.play(world, site);
      const again = await lab.play(world, site);
      const told = assumedOf(check.results);
      assumed += told.length;
      const wrongly = assumedWrongly(check.results, run.results);
      wrong += wrongly.length;
      const said = [
        ...failed(run.results),
        ...compareForetold(check.results, run.results).differences,
        ...changed(again.results).map((name) => `once more: ${name}`),
        ...strayDeferred(check.results).map((name) => `left open: ${name}`),
        ...tooMany(wrongly, told),
      ];
      faults.push(...said.map((each) => `killed after ${point} writes: ${each}`));
      if (process.env.LAB_KILLED_AT !== undefined) {
        console.log(
          `${point}/${whole.run.writes}: ${said.length} faults, ${told.length} assumed, ${wrongly.length} wrong`,
        );
      }
    }
    expect(faults).toEqual([]);
    expect(wrong).toBeLessThanOrEqual(assumed * 0.05);
  }, 36_000_000);
});

/** Numbers of writing operations after which the run is killed. */
function pointsOf(said: string | undefined, writes: number): readonly number[] {
  if (said === "all") return Array.from({ length: writes }, (_, index) => index);
  if (said !== undefined) return said.split(",").map(Number);
  const parts = 2;
  // A different place each time: in a hundred runs of the tests all of the site has been cut somewhere.
  return Array.from({ length: parts }, (_, part) => Math.floor(((part + Math.random()) / parts) * writes));
}

function nameOf({ name, host, position, reason }: ResultEvent): string {
  return `${host}: ${name} (${position.file}:${position.line})${reason === undefined ? "" : `: ${reason}`}`;
}
function failed(results: readonly ResultEvent[]): readonly string[] {
  return results.filter(({ status }) => status === "failed" || status === "unreachable").map(nameOf);
}
function changed(results: readonly ResultEvent[]): readonly string[] {
  return results.filter((result) => result.changed).map(nameOf);
}
function assumedOf(results: readonly ResultEvent[]): readonly ResultEvent[] {
  return results.filter(({ certainty, status }) => certainty === "assumed" && status !== "deferred");
}
function assumedWrongly(foretold: readonly ResultEvent[], done: readonly ResultEvent[]): readonly string[] {
  const became = new Map(done.map((event) => [`${event.taskId} ${event.host} ${event.kind}`, event.status]));
  return assumedOf(foretold).flatMap((event) => {
    const real = became.get(`${event.taskId} ${event.host} ${event.kind}`) ?? "not run";
    return real === event.status ? [] : [`assumed ${event.status}, was ${real}: ${nameOf(event)}`];
  });
}
/** What was assumed wrongly, where it is more than one in twenty. */
function tooMany(wrongly: readonly string[], assumed: readonly ResultEvent[]): readonly string[] {
  return wrongly.length > assumed.length * 0.05 ? wrongly : [];
}
/**
 * Left open though it is on a machine that has been there from the start, and reads nothing of what is yet to be made: a
 * container's groups, which the device of a graphics card is given to, and the token and certificate of a backup server.
 */
function strayDeferred(results: readonly ResultEvent[]): readonly string[] {
  const open = results.filter(
    ({ status, kind, host }) => status === "deferred" && kind !== "handler" && machines.has(host),
  );
  return open.filter(({ position }) => !/^roles\/(gpu_passthrough|pbs_client)\//.test(position.file)).map(nameOf);
}
const machines: ReadonlySet<string> = new Set(["pve1", "mini1", "mini2", "backup1"]);
