import { expect, it } from "vitest";
import type { Connection, Hold, OpenConnection } from "../../../engine/connection/connection.ts";
import type { Diagnostic } from "../../../engine/errors/diagnostic.ts";
import { type MachineLocks, machineLocks } from "../../../engine/run/session/machine-lock.ts";
import { resultOf, runSite, storyOf, tasksSite } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

const holder = { pid: 7, born: 8, folder: "/run" };
const held = (more: object = {}): Hold => ({ kind: "held", holder, anew: true, wrote: null, ...more });
const by = { kind: "run", runId: "other-run", who: "ann@laptop", since: "2026-01-02T03:00:05Z", pid: "77" } as const;
const now = () => new Date("2026-01-02T03:04:05Z");

/** A world whose machines answer claims in this order, the last one for ever. */
function worldOf(...answers: readonly Hold[]): TestWorld & { readonly claims: string[]; readonly locked: unknown[] } {
  const world = createWorld();
  const claims: string[] = [];
  const locked: unknown[] = [];
  let asked = 0;
  const open: OpenConnection = async (target) => {
    const connection = await world.open(target);
    const holding: Connection = {
      ...connection,
      send(batch) {
        locked.push(batch.lock);
        return connection.send(batch);
      },
      hold: async (claim) => {
        claims.push(`${target.name} ${claim.runId} ${claim.who}`);
        const answer = answers[Math.min(asked, answers.length - 1)] ?? held();
        asked += 1;
        return answer;
      },
    };
    return holding;
  };
  return { ...world, open, claims, locked };
}

function locksOf(waitMs = 0): { readonly locks: MachineLocks; readonly told: Diagnostic[] } {
  const told: Diagnostic[] = [];
  const claimant = { who: "me@here", pid: 1, waitMs };
  const warn = (diagnostic: Diagnostic): void => void told.push(diagnostic);
  const around = { runId: "test-run", claimant, startedAt: now(), now, warn, interrupted: () => false };
  return { locks: machineLocks(around), told };
}

const files = tasksSite(`
  - name: one
    copy: { dest: /etc/one, content: x }
  - name: two
    copy: { dest: /etc/two, content: x }
`);

it("is taken with the first write, and never by who only looks", async () => {
  const world = worldOf(held(), held({ anew: false }));
  const run = await runSite({ files, world, locks: locksOf().locks });
  expect(storyOf(run)).toEqual(["h1 one: changed", "h1 two: changed"]);
  expect(new Set(world.claims)).toEqual(new Set(["h1 test-run me@here"]));
  expect(world.locked).toEqual([holder, holder]);
  expect(run.recap?.hosts.h1?.locks).toBe(1);
  const quiet = worldOf();
  Object.assign(quiet.host("h1").files, world.host("h1").files);
  for (const check of [true, false]) await runSite({ files, world: quiet, check, locks: locksOf().locks });
  expect(quiet.claims).toEqual([]);
});

it("fails the task with who has it, and sends nothing", async () => {
  const world = worldOf({ kind: "busy", by });
  const run = await runSite({ files, world, locks: locksOf().locks });
  expect(resultOf(run, "one")).toMatchObject({
    status: "failed",
    reason: "nothing was sent: h1 is held by run other-run of ann@laptop (process 77, for 4 min)",
    hint: "let that run end, or wait for it: --wait-for-lock",
  });
  expect([run.exitCode, world.locked, run.before === run.after, run.faults]).toEqual([2, [], true, []]);
});

it("waits if it may, tells that it does, and looks again at what it had seen", async () => {
  const world = worldOf({ kind: "busy", by }, { kind: "busy", by: { kind: "orphan" } }, held());
  const { locks, told } = locksOf(60_000);
  // Whoever had it has done this task meanwhile.
  const looked = () => world.trips.filter(({ way }) => way === "look").length;
  const run = await runSite({ files, world, locks });
  expect(storyOf(run)).toEqual(["h1 one: changed", "h1 two: changed"]);
  expect(told.map(({ code }) => code)).toEqual(["waiting-for-lock"]);
  expect(looked()).toBeGreaterThanOrEqual(2);
});

it("gives up in the end", async () => {
  const { locks } = locksOf(10_000);
  const run = await runSite({
    files,
    world: worldOf({ kind: "busy", by: { kind: "other", process: "cp (9)" } }),
    locks,
  });
  expect(resultOf(run, "one").reason).toBe("nothing was sent: h1 is held by the process cp (9) on it (waited 10.0 s)");
});

it("plans again where another run has written since it looked", async () => {
  for (const [agoMs, expected] of [
    [0, "ok"],
    [60_000, "changed"],
  ] as const) {
    const world = worldOf(held({ wrote: { runId: "other-run", agoMs } }));
    let done = false;
    world.claims.push = (...claims) => {
      // The other run has done it, after our look and before our lock.
      if (!done && agoMs === 0)
        world.host("h1").files["/etc/one"] = { type: "file", content: "x", mode: "0644", uid: 0, gid: 0, mtime: 1 };
      done = true;
      return claims.length;
    };
    const run = await runSite({ files, world, locks: locksOf().locks });
    expect(resultOf(run, "one").status).toBe(expected);
  }
});

it("shares what another connection of this run has locked, and goes on with a warning where nothing can be", async () => {
  const own = worldOf({ kind: "busy", by: { ...by, runId: "test-run" } });
  expect(storyOf(await runSite({ files, world: own, locks: locksOf().locks }))).toContain("h1 one: changed");
  expect(own.locked).toEqual([undefined, undefined]);
  const { locks, told } = locksOf();
  const world = worldOf({ kind: "unlockable", why: "there is no program `flock` on it" });
  expect(storyOf(await runSite({ files, world, locks }))).toContain("h1 two: changed");
  expect(told.map(({ message }) => message)).toEqual(["h1 cannot be locked: there is no program `flock` on it"]);
});

const fetching = tasksSite("- { name: fetch, fetch: { src: /etc/hostname, dest: fetched/ } }");

it("is that of the machine which is written to: who fetches a file writes to the controller alone", async () => {
  const world = worldOf(held());
  const run = await runSite({ files: fetching, world, locks: locksOf().locks });
  expect(storyOf(run)).toEqual(["h1 fetch: changed"]);
  expect(new Set(world.claims)).toEqual(new Set(["controller test-run me@here"]));
});

it("looks again at the controller, too, where another run has written to it since", async () => {
  const world = worldOf(held({ wrote: { runId: "other-run", agoMs: 0 } }), held({ anew: false }));
  const run = await runSite({ files: fetching, world, locks: locksOf().locks });
  expect(storyOf(run)).toEqual(["h1 fetch: changed"]);
});
