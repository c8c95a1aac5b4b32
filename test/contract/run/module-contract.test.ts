import { describe, expect, test } from "vitest";
import { lies, oddModules } from "../../support/modules/odd-modules.ts";
import { type RunRequest, resultOf, runSite as run, saidBy, storyOf, tasksSite } from "../../support/run-site.ts";
import { createWorld, put, type TestWorld } from "../../support/world.ts";

const runTasks = (tasks: string, more: Partial<RunRequest> = {}) =>
  run({ files: tasksSite(tasks), modules: oddModules, ...more });

const contentOf = (world: TestWorld, path: string, host = "h1"): string | undefined => {
  const node = world.host(host).files[path];
  return node?.type === "file" ? node.content : undefined;
};
/** As somebody else would: not through the engine. */
describe("again", () => {
  test("sends, looks and plans anew until nothing is left", async () => {
    const done = await runTasks('- rounds: { path: /count, to: 3 }\n  register: r\n- debug: "{{ r.count }}"');
    expect(storyOf(done)).toEqual(["h1 rounds: changed", "h1 debug: ok"]);
    expect(resultOf(done, "rounds")).toMatchObject({ before: { count: 0 }, after: { count: 3 } });
    expect(resultOf(done, "rounds").steps).toHaveLength(3);
    expect(saidBy(done)).toEqual([3]);
  });
  test("eight rounds are enough, nine are too many", async () => {
    expect(storyOf(await runTasks("- rounds: { path: /count, to: 8 }"))).toEqual(["h1 rounds: changed"]);
    const failed = await runTasks("- rounds: { path: /count, to: 9 }");
    expect(resultOf(failed, "rounds")).toMatchObject({
      status: "failed",
      reason: "is not done after 8 rounds",
      changed: true,
    });
    expect(contentOf(failed.world, "/count")).toBe("8");
  });
  test("a round without progress fails", async () => {
    const failed = await runTasks("- rounds: { path: /count, to: 5, stuck: true }");
    expect(resultOf(failed, "rounds").reason).toMatch(/makes no progress/);
    expect(failed.exitCode).toBe(2);
  });
  test("check mode shows the first round; that it ends well, and what follows, is only assumed", async () => {
    const check = await runTasks(
      `
      - rounds: { path: /count, to: 3 }
      - name: unrelated
        copy: { dest: /etc/motd, content: x }`,
      { check: true },
    );
    const { taskId } = resultOf(check, "rounds");
    expect(resultOf(check, "rounds")).toMatchObject({ status: "changed", certainty: "assumed", because: [taskId] });
    expect(resultOf(check, "rounds").steps).toHaveLength(1);
    expect(resultOf(check, "unrelated")).toMatchObject({
      certainty: "assumed",
      because: [taskId],
    });
    expect(check.after).toBe(check.before);
  });
});

describe("unknown fields", () => {
  test("are shown as such, and any value is accepted", async () => {
    const tasks = '- download: { path: /version }\n  register: r\n- debug: "{{ r.version }}"';
    const check = await runTasks(tasks, { check: true });
    expect(JSON.stringify(resultOf(check, "download").after)).toContain("known after the download");
    expect(resultOf(check, "debug")).toMatchObject({
      status: "deferred",
      because: [resultOf(check, "download").taskId],
    });
    const done = await runTasks(tasks);
    expect(resultOf(done, "download").status).toBe("changed");
    expect(saidBy(done)).toEqual(["1.2.3"]);
    expect(storyOf(await runTasks(tasks, { world: done.world }))).toEqual(["h1 download: ok", "h1 debug: ok"]);
  });
});

describe("operations at the controller", () => {
  test("look and write there, in batches of their own", async () => {
    const done = await runTasks("- via_api: { path: /api, value: on, note: /note }");
    expect(storyOf(done)).toEqual(["h1 via_api: changed"]);
    expect(contentOf(done.world, "/api", "controller")).toBe("on");
    expect(contentOf(done.world, "/api")).toBeUndefined();
    expect(contentOf(done.world, "/note")).toBe("on");
    for (const { batch, host } of done.world.trips) {
      for (const operation of batch.sections.flatMap(({ operations }) => operations))
        expect(operation.at ?? "host").toBe(host === "controller" ? "controller" : "host");
    }
    const again = await runTasks("- via_api: { path: /api, value: on, note: /note }", { world: done.world });
    expect(storyOf(again)).toEqual(["h1 via_api: ok"]);
  });
  test("make what is looked at later assumed, and are answered by no host's pending files", async () => {
    const check = await runTasks(
      `
      - copy: { dest: /api, content: on }
      - via_api: { path: /api, value: on }
      - name: later
        copy: { dest: /etc/motd, content: x }`,
      { check: true },
    );
    expect(resultOf(check, "via_api").status).toBe("changed");
    expect(resultOf(check, "later").certainty).toBe("assumed");
    expect(check.after).toBe(check.before);
  });
});

describe("verbs", () => {
  const restarted = (more: string) => `- daemon: { path: /etc/d, content: a, state: restarted${more} }`;
  test("run once the state holds, each time", async () => {
    const first = await runTasks(restarted(""));
    expect(contentOf(first.world, "/etc/d.restarts")).toBe("r");
    const second = await runTasks(restarted(""), { world: first.world });
    expect(resultOf(second, "daemon")).toMatchObject({ status: "changed", after: { restarted: true } });
    expect(contentOf(second.world, "/etc/d.restarts")).toBe("rr");
  });
  test("are not done twice when the change did it", async () => {
    const first = await runTasks(restarted(", did: true"));
    expect(contentOf(first.world, "/etc/d.restarts")).toBe("c");
    const second = await runTasks(restarted(", did: true"), { world: first.world });
    expect(contentOf(second.world, "/etc/d.restarts")).toBe("cr");
  });
  test("are shown in check mode", async () => {
    const check = await runTasks(restarted(""), { check: true });
    expect(resultOf(check, "daemon").after).toMatchObject({ content: "a", restarted: true });
    expect(resultOf(check, "daemon").steps).toHaveLength(2);
    expect(check.after).toBe(check.before);
  });
});

describe("a second look", () => {
  test("depends on the first, before and after the change", async () => {
    const world = createWorld();
    put(world, "/pointer", "/etc/there");
    const done = await runTasks("- pointer: { path: /pointer, text: hello }", { world });
    expect(storyOf(done)).toEqual(["h1 pointer: changed"]);
    expect(contentOf(world, "/etc/there")).toBe("hello");
    expect(storyOf(await runTasks("- pointer: { path: /pointer, text: hello }", { world }))).toEqual([
      "h1 pointer: ok",
    ]);
  });
  test("follows what is pending, in check mode", async () => {
    const tasks = `
      - copy: { dest: /pointer, content: /etc/there }
      - copy: { dest: /etc/there, content: hello }
      - pointer: { path: /pointer, text: hello }`;
    const check = await runTasks(tasks, { check: true });
    expect(resultOf(check, "pointer")).toMatchObject({ status: "ok", certainty: "certain" });
    expect(storyOf(await runTasks(tasks)).at(-1)).toBe("h1 pointer: ok");
  });
  test("a refusal after a pending command is deferred", async () => {
    const check = await runTasks("- toucher: { path: /pointer }\n- pointer: { path: /pointer, text: x }", {
      check: true,
    });
    expect(resultOf(check, "pointer")).toMatchObject({ status: "deferred", reason: "/pointer names no file" });
    expect(resultOf(check, "pointer").because).toEqual([resultOf(check, "toucher").taskId]);
  });
});

describe("time", () => {
  const stopped = (behaviour: object) => {
    const world = createWorld({ h1: { units: { "cron.service": behaviour } } });
    Object.assign(world.host("h1").units["cron.service"] ?? {}, { phase: "stopped" });
    return world;
  };
  test("what is activating is waited for", async () => {
    const done = await runTasks("- unit: { name: cron }", { world: stopped({ activatingMs: 2_000 }) });
    expect(storyOf(done)).toEqual(["h1 unit: changed"]);
  });
  test("but not longer than said", async () => {
    const done = await runTasks("- unit: { name: cron, forMs: 1000 }", { world: stopped({ activatingMs: 60_000 }) });
    expect(resultOf(done, "unit")).toMatchObject({
      status: "failed",
      reason: "is still waiting after 1 s: cron is activating",
      changed: true,
    });
  });
  test("a service that dies at once has failed, where the state must hold", async () => {
    const task = (holdMs: number) => `- unit: { name: cron, holdMs: ${holdMs} }`;
    const world = stopped({ diesAfterMs: 700 });
    expect(storyOf(await runTasks(task(0), { world: world.copy() }))).toEqual(["h1 unit: changed"]);
    const failed = await runTasks(task(3_000), { world });
    expect(resultOf(failed, "unit").reason).toMatch(/was applied, but .* did not become what it should/);
  });
  test("a state that needs nothing sent is waited for only on `wait: true`; its verb comes after", async () => {
    const activating = () => {
      const world = createWorld({ h1: { units: { "cron.service": { activatingMs: 3_000 } } } });
      const host = world.host("h1");
      Object.assign(host.units["cron.service"] ?? {}, { phase: "starting", since: host.clockMs });
      return world;
    };
    const careless = await runTasks("- unit: { name: cron }", { world: activating() });
    expect(resultOf(careless, "unit")).toMatchObject({
      status: "ok",
      warnings: ["is not there yet: cron is activating"],
    });
    const patient = await runTasks("- unit: { name: cron }\n  wait: true", { world: activating() });
    expect(resultOf(patient, "unit")).toMatchObject({ status: "ok", warnings: [] });
    const verbed = await runTasks("- unit: { name: cron, restart: true }\n  wait: true", { world: activating() });
    expect(resultOf(verbed, "unit")).toMatchObject({ status: "changed", after: { restarted: true } });
  });
  test("between steps", async () => {
    const task = "- stepwise: { path: /s, wait_for: /appears }";
    const world = createWorld();
    world.onTrip = ({ number }) => {
      if (number === 5) put(world, "/appears", "");
    };
    expect(storyOf(await runTasks(task, { world }))).toEqual(["h1 stepwise: changed"]);
    const failed = await runTasks(task);
    expect(resultOf(failed, "stepwise")).toMatchObject({ status: "failed", changed: true });
    expect(resultOf(failed, "stepwise").reason).toContain("waited 3 s for /appears to appear");
    expect(contentOf(failed.world, "/s.2")).toBeUndefined();
  });
  test("a reading waits for its value", async () => {
    const world = createWorld();
    world.onTrip = ({ number }) => {
      if (number === 4) put(world, "/here", "text");
    };
    const tasks = '- await_file: { path: /here, for_ms: 5000 }\n  register: r\n- debug: "{{ r.text }}"';
    expect(saidBy(await runTasks(tasks, { world }))).toEqual(["text"]);
    const failed = await runTasks(tasks);
    expect(resultOf(failed, "await_file").reason).toBe("waited 5 s: /here is not there");
  });
});

describe("a module that breaks the contract is named", () => {
  const messages: Record<(typeof lies)[number], RegExp> = {
    steps: /module "liar" has steps although before equals after/,
    "no-steps": /module "liar" plans a change but has no step/,
    mutates: /module "liar" changes what it was given/,
    params: /module "liar" changes what it was given/,
    moody: /module "liar" planned twice/,
    forgets: /module "liar" does not say what becomes of `a`/,
    mismatch: /./,
    throws: /module "liar" failed: .*JSON/,
  };
  test.each(lies.filter((lie) => lie !== "mismatch"))("%s", async (lie) => {
    const world = createWorld();
    world.host("h1");
    world.host("controller");
    const before = world.state();
    const faulty = await runTasks(`- liar: { lie: ${lie} }\n  ignore_errors: true\n- debug: { msg: goes on }`, {
      world,
    });
    expect(faulty.faults).toEqual([expect.stringMatching(messages[lie])]);
    expect(resultOf(faulty, "liar")).toMatchObject({ status: "failed", reason: expect.stringMatching(messages[lie]) });
    expect(saidBy(faulty)).toEqual(["goes on"]);
    expect(faulty.exitCode).toBe(70);
    expect(world.state()).toBe(before);
  });
  test("what does not become what it should fails the task", async () => {
    const failed = await runTasks("- liar: { lie: mismatch }");
    expect(resultOf(failed, "liar")).toMatchObject({
      status: "failed",
      mismatch: [{ path: "text", wanted: "y", got: "x" }],
      reason: "was applied, but `text` did not become what it should",
    });
  });
});

describe("somebody else is there, too", () => {
  const task = "- line: { path: /etc/hosts, line: mine }";
  test("a file that changes between look and write is planned again, once", async () => {
    const world = createWorld();
    let times = 1;
    world.onTrip = ({ way }) => {
      if (way === "send" && times > 0) {
        times -= 1;
        put(world, "/etc/hosts", `theirs ${times}\n`);
      }
    };
    const done = await runTasks(task, { world });
    expect(storyOf(done)).toEqual(["h1 line: changed"]);
    expect(contentOf(world, "/etc/hosts")).toBe("theirs 0\nmine\n");
    times = 2;
    put(world, "/etc/hosts", "fresh\n");
    const failed = await runTasks(task, { world });
    expect(resultOf(failed, "line")).toMatchObject({ status: "failed", changed: false });
    expect(resultOf(failed, "line").hint).toContain("planned again once");
    expect(contentOf(world, "/etc/hosts")).toBe("theirs 0\n");
  });
  test("if they have done the same meanwhile, nothing is left to do", async () => {
    const world = createWorld();
    world.onTrip = ({ way }) => {
      if (way === "send") put(world, "/etc/hosts", "mine\n");
    };
    expect(storyOf(await runTasks(task, { world }))).toEqual(["h1 line: ok"]);
  });
});

describe("a step fails", () => {
  test("in the middle: what was done before it stays and counts", async () => {
    const world = createWorld();
    put(world, "/appears", "");
    const failed = await runTasks("- stepwise: { path: /s, wait_for: /appears, bad: true }\n- debug: never", { world });
    expect(storyOf(failed)).toEqual(["h1 stepwise: failed"]);
    expect(resultOf(failed, "stepwise")).toMatchObject({ changed: true });
    expect(resultOf(failed, "stepwise").reason).toContain("/no/such/folder/x");
    expect(contentOf(world, "/s.1")).toBe("1");
    expect(failed.exitCode).toBe(2);
  });
  test("because the connection is lost: what is unknown is said", async () => {
    for (const after of [0, 1]) {
      const world = createWorld();
      world.lostAfter = ({ way }) => (way === "send" ? after : null);
      const failed = await runTasks(
        `
        - name: lost
          copy: { dest: /srv/new/x, content: x, parents: true }
          ignore_errors: true
        - name: next
          stepwise: { path: /s, wait_for: /etc/motd }
          ignore_errors: true`,
        { world },
      );
      const lost = resultOf(failed, "lost");
      expect(lost).toMatchObject({ status: "failed", changed: true, ignored: true });
      expect(lost.reason).toMatch(
        /the connection was lost in the middle.*: whether .* is unknown, and so is the step after it/,
      );
      expect(world.host("h1").files["/srv/new"] !== undefined).toBe(after === 1);
      // What rode along and was not heard is looked at again.
      expect(resultOf(failed, "next").reason).toContain("the connection was lost in the middle");
      const steps = failed.events.flatMap((event) => (event.type === "step" ? [event.state] : []));
      expect(steps.slice(0, 3)).toEqual(["intent", "intent", "unknown"]);
    }
  });
});
