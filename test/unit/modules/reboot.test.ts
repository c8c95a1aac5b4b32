import { describe, expect, test } from "vitest";
import { reboot } from "../../../modules/reboot.ts";
import { actOf, exec, problemsOf, stat } from "../../support/plan-module.ts";
import { resultOf, runSite, saidBy, storyOf, tasksSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

const ID = "0a1b2c3d-1111-4222-8333-444455556666";
const bootOf = (id: string, born = 3, name = "(systemd)") =>
  exec(`${id}\n1 ${name} S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 9 10 11 0 ${born} 99\n`);
const seen = (more: object = {}) => ({ boot: bootOf(ID), ours: null, systemd: stat({ type: "directory" }), ...more });

describe("what is refused at load", () => {
  test.each([
    [{ timeout: 5 }, /no system restarts within 10 s/],
    [{ timeout: 1e6 }, /from 10 to 86400 seconds/],
    [{ timeout: "long" }, /whole seconds, or a text such as 30s/],
    [{ pre_delay: -1 }, /pre_delay/],
    [{ message: "" }, /tells nobody/],
    [{ message: "two\nlines" }, /one line/],
    [{ message: "\u001b[2J" }, /control characters/],
    [{ message: "x".repeat(501) }, /too long/],
    [{ test: "" }, /no command/],
    [{ test: [] }, /no command/],
    [{ test: 'echo "' }, /test/],
    [{ test: ["a\0b"] }, /NUL/],
    [{ test: { cmd: "x" } }, /expected a command/],
    [{ when_required: "yes" }, /when_required/],
    [{ reboot_timeout: 5 }, /reboot_timeout/],
  ])("%j", (raw, wanted) => {
    expect(problemsOf(reboot, raw).join()).toMatch(wanted);
  });
});

describe("what it comes to", () => {
  test("the machine that lab runs on is refused", () => {
    expect(actOf(reboot, {}, seen({ ours: `${ID}\n` }))).toMatchObject({
      kind: "refuse",
      why: expect.stringContaining("the machine that lab runs on"),
    });
  });
  test.each([
    ["no /proc", exec("", 1, "cat: /proc/1/stat: No such file or directory")],
    ["an id that is none", exec("x\n1 (init) S 0\n")],
    ["half an answer", exec(`${ID}\n`)],
  ])("%s: refused, for nobody could tell when it is back", (_, boot) => {
    expect(actOf(reboot, {}, seen({ boot }))).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(/which boot/),
    });
  });
  test("when_required looks whether anything asks for it", () => {
    expect(actOf(reboot, { when_required: true }, seen({ required: null }))).toMatchObject({ kind: "unnecessary" });
    expect(actOf(reboot, { when_required: true }, seen({ required: stat() }))).toMatchObject({ kind: "perform" });
  });
  const commands = (raw: object, answers: object) => {
    const act = actOf(reboot, raw, answers as never);
    if (act.kind !== "perform") throw new Error(act.kind);
    return act.steps.map((step) => (step.kind === "exec" ? step.argv.join(" ") : step.kind));
  };
  test("systemd is told why; another init only to do it; hostile words stay one word", () => {
    expect(commands({}, seen())).toEqual(["shutdown -r now restarted by lab", "wait-until"]);
    expect(commands({}, seen({ systemd: null }))).toEqual(["reboot", "wait-until"]);
    const act = actOf(reboot, { message: "$(rm -rf /); 'x'" }, seen());
    expect(act).toMatchObject({ steps: [{ argv: ["shutdown", "-r", "now", "$(rm -rf /); 'x'"], mayDrop: true }, {}] });
    expect(commands({ pre_delay: 3, post_delay: 4, test: "test -e /x" }, seen())).toEqual([
      "sleep 3",
      "shutdown -r now restarted by lab",
      "wait-until",
      "sleep 4",
      "wait-until",
    ]);
  });
  test("it is back with another boot of the kernel, or another process 1; not while nothing can be read", () => {
    const act = actOf(reboot, {}, seen());
    const wait = act.kind === "perform" ? act.steps[1] : undefined;
    if (wait?.kind !== "wait-until") throw new Error("no wait");
    const holds = wait.holds as (answer: unknown) => boolean;
    expect(holds(bootOf(ID))).toBe(false);
    expect(holds(bootOf(ID, 3, "(odd) S) name)"))).toBe(false);
    expect(holds(exec("", 1))).toBe(false);
    expect(holds(bootOf(ID, 812345))).toBe(true);
    expect(holds(bootOf(ID.replace("0a", "0b")))).toBe(true);
  });
});

describe("on the embedded lab", () => {
  test("a host is restarted: another boot, memory emptied, units up, facts looked at again", async () => {
    const world = createWorld();
    const before = world.host("h1").bootId;
    const files = tasksSite(`
      - command: touch /run/lab-was-here /var/tmp/lab-stays
      - debug: { msg: "{{ facts.hostname }}" }
      - command: hostname renamed
      - reboot: { message: for the test, post_delay: 2, test: systemctl is-active cron }
        register: it
      - command: cat /proc/uptime
        reads: true
        register: up
      - command: ls /run/lab-was-here
        reads: true
        failed_when: "false"
        register: run
      - command: ls /var/tmp/lab-stays
        reads: true
      - debug: { msg: "{{ it.rebooted }} {{ facts.hostname }} {{ run.rc }}" }
    `);
    const run = await runSite({ files, world });
    expect(run.faults).toEqual([]);
    expect(resultOf(run, "reboot")).toMatchObject({ status: "changed" });
    expect(saidBy(run)).toEqual(["h1", "true renamed 2"]);
    expect(world.host("h1").bootId).not.toBe(before);
    expect(run.exitCode).toBe(0);
  });

  test("is only shown by a check, and what follows is assumed", async () => {
    const files = tasksSite("- reboot: {}\n- file: { path: /srv/x, state: directory }");
    const run = await runSite({ files, check: true });
    expect(run.results.map(({ status, certainty }) => [status, certainty])).toEqual([
      ["changed", "certain"],
      ["changed", "assumed"],
    ]);
    expect(run.after).toBe(run.before);
  });

  test("a host that nothing asks to restart is left alone", async () => {
    const world = createWorld();
    const files = tasksSite("- reboot: { when_required: true }");
    expect(storyOf(await runSite({ files, world }))).toEqual(["h1 reboot: ok"]);
    world.host("h1").files["/run/reboot-required"] = {
      type: "file",
      content: "*** System restart required ***\n",
      mode: "0644",
      uid: 0,
      gid: 0,
      mtime: 1,
    };
    expect(storyOf(await runSite({ files, world }))).toEqual(["h1 reboot: changed"]);
    expect(storyOf(await runSite({ files, world }))).toEqual(["h1 reboot: ok"]);
  });

  test("one that does not come back in time has failed", async () => {
    const run = await runSite({ files: tasksSite("- reboot: { timeout: 20 }") });
    expect(resultOf(run, "reboot").reason).toMatch(/^waited 20 s for the host to be back after its restart/);
  });

  test("a test that never holds has failed, too", async () => {
    const run = await runSite({ files: tasksSite("- reboot: { timeout: 60, test: [test, -e, /no/such/file] }") });
    expect(resultOf(run, "reboot").reason).toMatch(/^waited \d+ s for `test -e \/no\/such\/file` to end with 0/);
  });
});
