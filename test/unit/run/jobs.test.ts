import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Unreachable } from "../../../engine/connection/connection.ts";
import {
  arg,
  change,
  defineAction,
  defineModule,
  type Module,
  read,
  Secret,
  write,
} from "../../../engine/module/index.ts";
import { compileJob } from "../../../engine/ops/job/compile-job.ts";
import { resultOf, runSite, saidBy, storyOf, tasksSite } from "../../support/run-site.ts";
import { createWorld, type Trip } from "../../support/world.ts";

/** A declared state that takes long to bring about: a file, written by `sleep` and `touch`. */
const slow: Module = defineModule({
  name: "slow",
  summary: "Takes its time.",
  params: z.strictObject({ path: z.string(), seconds: z.int(), limit: z.int().default(3600) }),
  probes: ({ path }) => ({ there: read.stat(path) }),
  plan: ({ path, seconds, limit }, { there }) =>
    change({ there: there !== null }, { there: true }, [
      there === null &&
        write.exec(["sleep", String(seconds)], {
          job: {
            limitMs: limit * 1000,
            progress: {
              probe: read.exec(["date", "+%s"]),
              of: (answer: { readonly stdout: string }) => ({
                done: Number(answer.stdout) - 1_748_779_200,
                total: seconds,
                unit: "items",
              }),
            },
          },
        }),
      there === null && write.exec(["touch", path]),
    ]),
  examples: ["slow: { path: /x, seconds: 1 }"],
});

/** Ctrl-C, once the engine has asked so often whether there was one. */
function interruptedAfter(times: number): () => boolean {
  let asked = 0;
  return () => {
    asked += 1;
    return asked > times;
  };
}

const progressOf = (events: Awaited<ReturnType<typeof runSite>>["events"]) =>
  events.flatMap((event) => (event.type === "progress" ? [event] : []));

describe("a step that is a job", () => {
  const files = tasksSite("- slow: { path: /srv/done, seconds: 600 }");

  test("is followed to its end, with progress, and cleared away", async () => {
    const run = await runSite({ files, modules: [slow] });
    expect(storyOf(run)).toEqual(["h1 slow: changed"]);
    expect(run.world.host("h1").jobs).toEqual({});
    const told = progressOf(run.events);
    expect(told.length).toBeGreaterThan(10);
    expect(told.at(-1)).toMatchObject({ host: "h1", text: expect.stringMatching(/^\d+ of 600/) });
    const fractions = told.map(({ fraction = 0 }) => fraction);
    expect([...fractions].sort((a, b) => a - b)).toEqual(fractions);
    // Looking how far it is costs what its length says: apart from all other trips.
    const { roundTrips, polls = 0 } = run.recap?.hosts.h1 ?? { roundTrips: 0 };
    expect(polls).toBeGreaterThan(20);
    expect(roundTrips).toBeLessThan(8);
    const again = await runSite({ files, modules: [slow], world: run.world });
    expect(storyOf(again)).toEqual(["h1 slow: ok"]);
  });

  test("is only shown by a check", async () => {
    const run = await runSite({ files, modules: [slow], check: true });
    expect(resultOf(run, "slow")).toMatchObject({ status: "changed", steps: ["sleep 600", "touch /srv/done"] });
    expect(run.after).toBe(run.before);
    expect(progressOf(run.events)).toEqual([]);
  });

  test("goes on when the run is interrupted; the next run finds it, follows it, and does the rest", async () => {
    const world = createWorld();
    const cut = await runSite({ files, modules: [slow], world, interrupted: interruptedAfter(12) });
    const { status, reason, hint } = resultOf(cut, "slow");
    expect({ status, reason, hint }).toEqual({
      status: "failed",
      reason: expect.stringMatching(
        /^"sleep 600" goes on as job [0-9a-f]{20} of h1, and is not followed any more: interrupted$/,
      ),
      hint: expect.stringContaining("run the play again"),
    });
    expect(cut.exitCode).toBe(130);
    const { since } = Object.values(world.host("h1").jobs ?? {})[0] ?? { since: 0 };
    expect(world.host("h1").files["/srv/done"]).toBeUndefined();
    const again = await runSite({ files, modules: [slow], world });
    expect(storyOf(again)).toEqual(["h1 slow: changed"]);
    // It was not started a second time: it ended when the first one was due.
    expect(world.host("h1").clockMs - since).toBeGreaterThan(600_000);
    expect(world.host("h1").clockMs - since).toBeLessThan(640_000);
    expect(world.host("h1").jobs).toEqual({});
  });

  test("that nobody followed to its end keeps its outcome for the next run", async () => {
    const world = createWorld();
    await runSite({ files, modules: [slow], world, interrupted: interruptedAfter(12) });
    world.host("h1").clockMs += 7_200_000;
    const before = world.host("h1").clockMs;
    const again = await runSite({ files, modules: [slow], world });
    expect(storyOf(again)).toEqual(["h1 slow: changed"]);
    expect(world.host("h1").clockMs - before).toBeLessThan(10_000);
  });

  test("is ended at its limit", async () => {
    const limited = tasksSite("- slow: { path: /srv/done, seconds: 600, limit: 60 }");
    const run = await runSite({ files: limited, modules: [slow] });
    expect(resultOf(run, "slow").reason).toBe("sleep 600: not done within the time limit of 60 s; it was ended");
    expect(run.world.host("h1").files["/srv/done"]).toBeUndefined();
    expect(run.world.host("h1").jobs).toEqual({});
  });

  test("is lost with a restart of its host, and started anew", async () => {
    const world = createWorld();
    await runSite({ files, modules: [slow], world, interrupted: interruptedAfter(12) });
    world.host("h1").bootId = "11111111-2222-4333-8444-555555555555";
    const again = await runSite({ files, modules: [slow], world });
    expect(storyOf(again)).toEqual(["h1 slow: changed"]);
  });

  test("whose host restarts while it is followed has no outcome", async () => {
    const world = createWorld();
    let asked = 0;
    const restart = () => {
      asked += 1;
      if (asked === 12) world.host("h1").bootId = "11111111-2222-4333-8444-555555555555";
      return false;
    };
    const run = await runSite({ files, modules: [slow], world, interrupted: restart });
    expect(resultOf(run, "slow").reason).toContain("h1 was restarted while the job ran");
  });
});

describe("a connection that is lost", () => {
  const files = tasksSite("- slow: { path: /srv/done, seconds: 600 }");
  const startsJob = (trip: Trip) =>
    trip.batch.sections.some(({ operations }) =>
      operations.some((each) => each.kind === "script" && each.name === "job-start"),
    );

  test.each([
    ["before it was started", 0],
    ["when it was started, and nobody has heard of it", 1],
  ])("%s: it is started once", async (_, operations) => {
    const world = createWorld();
    let starts = 0;
    world.lostAfter = (trip) => {
      if (!startsJob(trip)) return null;
      starts += 1;
      return starts === 1 ? operations : null;
    };
    const run = await runSite({ files, modules: [slow], world });
    expect(storyOf(run)).toEqual(["h1 slow: changed"]);
    expect(starts).toBe(2);
    expect(world.host("h1").clockMs - 1_748_779_200_000).toBeLessThan(700_000);
  });

  test("for a while is waited for", async () => {
    const world = createWorld();
    const down = (trip: Trip) => {
      const { clockMs } = world.host("h1");
      const seconds = (clockMs - 1_748_779_200_000) / 1000;
      if (trip.way === "look" && seconds > 100 && seconds < 400) throw new Unreachable("h1 does not answer");
    };
    world.onTrip = down;
    expect(storyOf(await runSite({ files, modules: [slow], world }))).toEqual(["h1 slow: changed"]);
  });

  test("for good leaves the job to itself", async () => {
    const world = createWorld();
    let looks = 0;
    world.onTrip = (trip) => {
      looks += trip.way === "look" ? 1 : 0;
      if (looks > 8) throw new Unreachable("h1 does not answer");
    };
    const run = await runSite({ files, modules: [slow], world });
    expect(resultOf(run, "slow")).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/goes on as job .* no answer for 1[5-9] min.*: h1 does not answer$/),
    });
    world.onTrip = null;
    expect(storyOf(await runSite({ files, modules: [slow], world }))).toEqual(["h1 slow: changed"]);
  });

  test("by a step that may cost it is no failure, and facts are looked at again", async () => {
    const cutting: Module = defineAction({
      name: "cutting",
      summary: "Cuts the network.",
      params: z.strictObject({}),
      probes: () => ({}),
      act: () => ({
        kind: "perform",
        steps: [write.exec(["hostname", "elsewhere"], { mayDrop: true }), write.exec(["touch", "/srv/after"])],
      }),
      examples: ["cutting: {}"],
    });
    const world = createWorld();
    const site = tasksSite(`
      - debug: { msg: "{{ facts.hostname }}" }
      - cutting: {}
      - debug: { msg: "{{ facts.hostname }}" }
    `);
    world.lostAfter = ({ batch }) =>
      batch.sections.some(({ operations }) =>
        operations.some((each) => each.kind === "exec" && each.argv[0] === "hostname"),
      )
        ? 1
        : null;
    const run = await runSite({ files: site, modules: [cutting], world });
    expect(run.faults).toEqual([]);
    expect(storyOf(run)).toEqual(["h1 debug: ok", "h1 cutting: changed", "h1 debug: ok"]);
    expect(saidBy(run)).toEqual(["h1", "elsewhere"]);
    expect(world.host("h1").files["/srv/after"]).toBeDefined();
  });
});

test("a job has its secrets, and its id does not tell them", async () => {
  const catting: Module = defineAction({
    name: "catting",
    summary: "Holds a secret.",
    params: z.strictObject({ word: z.string() }),
    probes: () => ({}),
    act: ({ word }) => ({
      kind: "perform",
      steps: [write.exec(["cat", arg.file(new Secret(word))], { stdin: new Secret(word), job: { limitMs: 60_000 } })],
    }),
    result: (_params, replies) => ({
      length: replies?.[0]?.kind === "done" ? JSON.stringify(replies[0].answer).length : 0,
    }),
    examples: ["catting: { word: x }"],
  });
  const world = createWorld();
  const run = await runSite({ files: tasksSite("- catting: { word: hunter2-hunter2 }"), modules: [catting], world });
  expect(run.faults).toEqual([]);
  expect(storyOf(run)).toEqual(["h1 catting: changed"]);
  expect(world.state()).not.toContain("hunter2");
  const idWith = (word: string) =>
    compileJob(
      { ...write.exec(["x"], {}), kind: "exec", argv: ["x", arg.file(new Secret(word))], job: { limitMs: 1 } },
      { host: "h", user: null },
    ).id;
  expect(idWith("a")).toBe(idWith("a"));
  expect(idWith("a")).not.toBe(idWith("b"));
});

describe("async", () => {
  test("runs a command as a job; what it registers is what the command would", async () => {
    const files = tasksSite(`
      - command: sleep 90
        async: 3600
        poll: 10
        register: slept
      - debug: { msg: "{{ slept.rc }} {{ slept.changed }}" }
    `);
    const run = await runSite({ files });
    expect(storyOf(run)).toEqual(["h1 command: changed", "h1 debug: ok"]);
    expect(saidBy(run)).toEqual(["0 true"]);
    const told = progressOf(run.events).map(({ text }) => text);
    expect(told.slice(0, 3)).toEqual(["runs for 10.0 s", "runs for 20.0 s", "runs for 30.0 s"]);
  });

  test("tells a command that fails from one that takes too long", async () => {
    const files = tasksSite(`
      - command: cat /no/such/file
        async: 60
        register: seen
        failed_when: seen.rc != 1
      - command: sleep 90
        async: 60
        ignore_errors: true
    `);
    const run = await runSite({ files });
    expect(run.results.map(({ status, reason }) => [status, reason])).toEqual([
      ["changed", undefined],
      ["failed", "not done within the time limit of 60 s; it was ended"],
    ]);
  });

  test("with poll: 0 goes on at once; job_status tells and waits", async () => {
    const files = tasksSite(
      `
      - command: sleep 300
        async: "{{ limit }}"
        poll: 0
        register: nap
      - job_status: "{{ nap.job_id }}"
        register: early
      - job_status: { id: "{{ nap.job_id }}", wait: 10 }
        ignore_errors: true
        name: impatient
      - job_status: { id: "{{ nap.job_id }}", wait: 600 }
        register: late
      - debug: { msg: "{{ nap.finished }} {{ early.finished }} {{ late.finished }} {{ late.rc }} {{ late.seconds }}" }
    `,
      "  vars: { limit: 3600 }\n",
    );
    const run = await runSite({ files });
    expect(run.faults).toEqual([]);
    expect(saidBy(run)).toEqual(["false false true 0 300"]);
    expect(resultOf(run, "impatient").reason).toMatch(/^waited 10 s: job [0-9a-f]{20} still runs$/);
    // Started once more it starts anew; while it runs it is found.
    const second = await runSite({
      files: tasksSite("- command: sleep 300\n  async: 3600\n  poll: 0"),
      world: run.world,
    });
    expect(storyOf(second)).toEqual(["h1 command: changed"]);
    const third = await runSite({
      files: tasksSite("- command: sleep 300\n  async: 3600\n  poll: 0"),
      world: run.world,
    });
    expect(storyOf(third)).toEqual(["h1 command: ok"]);
    expect(resultOf(third, "command").reason).toMatch(/^it runs already, as job/);
  });

  test("in a check is one that would run, and what it registers is not known", async () => {
    const files = tasksSite(`
      - command: sleep 300
        async: 3600
        poll: 0
        register: nap
      - job_status: { id: "{{ nap.job_id }}", wait: 600 }
    `);
    const run = await runSite({ files, check: true });
    expect(storyOf(run)).toEqual(["h1 command: changed", "h1 job_status: deferred"]);
    expect(run.after).toBe(run.before);
  });

  test.each([
    ["async: 0", /`async` must be whole seconds from 1 to 2592000 .*not the number 0/],
    ["async: -5", /`async` must be whole seconds from 1/],
    ["async: 1.5", /`async` must be whole seconds from 1/],
    ["async: yes please", /`async` must be whole seconds from 1/],
    ["async: 99999999", /thirty days/],
    ["async: [5]", /`async` must be whole seconds/],
    ["async: 5\n  poll: -1", /`poll` must be whole seconds from 0/],
  ])("refuses %s before anything is sent", async (text, wanted) => {
    const run = await runSite({ files: tasksSite(`- command: sleep 1\n  ${text}`) });
    expect(run.exitCode).toBe(1);
    expect(run.diagnostics.map(({ message }) => message).join()).toMatch(wanted);
  });

  test("refuses what a template makes of it", async () => {
    const files = tasksSite('- command: sleep 1\n  async: "{{ x }}"', "  vars: { x: [1] }\n");
    const early = await runSite({ files });
    expect(early.diagnostics.map(({ message }) => message).join()).toMatch(/`async`: expected whole seconds from 1/);
    // Known in the run alone: there it fails the task.
    const late = tasksSite(
      '- set_fact: { x: "{{ y }}" }\n- command: sleep 1\n  async: "{{ x }}"',
      "  vars: { y: [1] }\n",
    );
    const run = await runSite({ files: late });
    expect(resultOf(run, "command").reason).toMatch(/`async`: expected whole seconds from 1 to 2592000, got list/);
  });
});
