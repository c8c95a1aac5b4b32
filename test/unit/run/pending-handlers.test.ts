import { expect, it } from "vitest";
import type { Task } from "../../../engine/plan/task.ts";
import type { RunEvent } from "../../../engine/run/events.ts";
import { inventoryOf, type RunRequest, runSite, type SiteRun, storyOf } from "../../support/run-site.ts";
import { createWorld, type TestWorld, type Trip } from "../../support/world.ts";

const play = `- name: play
  hosts: all
  tasks:
    - name: conf
      copy: { dest: /etc/app.conf, content: "a\\n" }
      notify: restart app
    - name: other
      copy: { dest: /etc/other.conf, content: "b\\n" }
      tags: other
  handlers:
    - name: restart app
      copy: { dest: /etc/restarted, content: "{{ run_id }}\\n" }
`;
const site = (text = play): Readonly<Record<string, string>> => ({ "site.yml": text });
const folder = "/var/lib/lab/pending";

function pendingOn(world: TestWorld, host = "h1"): readonly string[] {
  return Object.keys(world.host(host).files).filter((path) => path.startsWith(`${folder}/`));
}
const notifies = (run: Pick<SiteRun, "events">) =>
  run.events.flatMap((event) =>
    event.type === "notify"
      ? [`${event.host} ${event.handler} ${event.state}${event.from ? ` from ${event.from}` : ""}`]
      : [],
  );
const scripts = ({ batch }: Trip) =>
  batch.sections.flatMap(({ operations }) => operations.flatMap((each) => (each.kind === "script" ? [each.name] : [])));

/** The controller dies before it sends that trip: nothing more comes from it. */
async function killed(world: TestWorld, at: (trip: Trip) => boolean, request: Partial<RunRequest> = {}): Promise<void> {
  let dead = false;
  world.onTrip = (trip) => {
    dead ||= at(trip);
    if (dead) throw new Error("killed");
  };
  await runSite({ files: site(), world, runId: "killed-run", ...request });
  world.onTrip = null;
  expect(dead).toBe(true);
}
const isHandlers = ({ batch, way }: Trip): boolean =>
  way === "send" && JSON.stringify(batch.sections).includes("/etc/restarted");

it("records before the change, in its own trip, and removes it with the handler's", async () => {
  const world = createWorld();
  const run = await runSite({ files: site(), world });
  expect(storyOf(run)).toEqual(["h1 conf: changed", "h1 other: changed", "h1 handler restart app: changed"]);
  expect(notifies(run)).toEqual(["h1 restart app recorded", "h1 restart app fired", "h1 restart app cleared"]);
  const sent = world.trips.filter(({ way }) => way === "send");
  expect(sent.map(scripts)).toEqual([["pending-note"], [], ["pending-drop"]]);
  const [section] = sent[0]?.batch.sections ?? [];
  expect(section?.operations.map(({ kind }) => kind)).toEqual(["script"]);
  // Nothing is left, not even the folder.
  expect(Object.keys(world.host("h1").files).filter((path) => path.startsWith("/var/lib/lab"))).toEqual([]);
});

it("costs no trip: every operation for it rides on one that is made anyway", async () => {
  const world = createWorld();
  await runSite({ files: site(), world, runId: "first" });
  const again = await runSite({ files: site(), world, runId: "second" });
  expect(again.recap?.hosts.h1?.roundTrips).toBe(1);
  const notes = world.trips.filter((trip) => scripts(trip).length > 0);
  expect(notes.map(scripts)).toEqual([["pending-look"], ["pending-note"], ["pending-drop"], ["pending-look"]]);
  for (const { batch } of notes)
    expect(batch.sections.flatMap(({ operations }) => operations).length).toBeGreaterThan(1);
});

it("asks nothing where the play has no handlers", async () => {
  const world = createWorld();
  await runSite({ files: site("- hosts: all\n  tasks:\n    - copy: { dest: /etc/a, content: x }\n"), world });
  expect(world.trips.flatMap(scripts)).toEqual([]);
});

it.each([true, false])(
  "is fired by the next run, whatever has changed and whatever its tags (look-ahead: %s)",
  async (ahead) => {
    for (const tags of [[], ["other"]]) {
      const world = createWorld();
      await killed(world, isHandlers);
      expect(pendingOn(world)).toHaveLength(1);
      const before = world.timeless();
      const check = await runSite({ files: site(), world, check: true, tags, lookAhead: ahead ? 400 : 0 });
      expect(world.timeless()).toBe(before);
      const handler = check.results.find(({ kind }) => kind === "handler");
      expect(handler).toMatchObject({ status: "changed", certainty: "certain", host: "h1" });
      const run = await runSite({ files: site(), world, tags, lookAhead: ahead ? 400 : 0 });
      expect(storyOf(run).at(-1)).toBe("h1 handler restart app: changed");
      expect(notifies(run)).toEqual([
        "h1 restart app recorded from killed-run",
        "h1 restart app fired",
        "h1 restart app cleared",
      ]);
      expect(pendingOn(world)).toEqual([]);
      expect(storyOf(await runSite({ files: site(), world })).some((line) => line.includes("handler"))).toBe(false);
    }
  },
);

it("is known by file, role and name, not by its line", async () => {
  const world = createWorld();
  await killed(world, isHandlers);
  const moved = `# moved down\n\n${play}`;
  expect(storyOf(await runSite({ files: site(moved), world })).at(-1)).toBe("h1 handler restart app: changed");
});

it("warns once of a handler that is there no more, and drops it when it is told to", async () => {
  const world = createWorld();
  await killed(world, isHandlers);
  const renamed = play.replaceAll("restart app", "reload app");
  const warnings = ({ events }: { events: readonly RunEvent[] }) =>
    events.flatMap((event) => (event.type === "warning" ? [event.diagnostic.message] : []));
  const run = await runSite({ files: site(renamed), world });
  expect(warnings(run)).toEqual([
    "h1: the handler `restart app` of site.yml has to be run since run killed-run, and is not there any more",
  ]);
  expect(pendingOn(world)).toHaveLength(1);
  const dropped = await runSite({ files: site(renamed), world, forgetPending: true });
  expect([warnings(dropped), notifies(dropped)]).toEqual([[], ["h1 restart app cleared from killed-run"]]);
  expect(pendingOn(world)).toEqual([]);
});

it("is not fired with --forget-pending", async () => {
  const world = createWorld();
  await killed(world, isHandlers);
  const run = await runSite({ files: site(), world, forgetPending: true });
  expect(storyOf(run)).toEqual(["h1 conf: ok", "h1 other: ok"]);
  expect(pendingOn(world)).toEqual([]);
});

it("stays while its handler fails, also when it was removed with its last step", async () => {
  const world = createWorld();
  const failing = play.replace(
    `      copy: { dest: /etc/restarted, content: "{{ run_id }}\\n" }`,
    `      command: touch /etc/restarted\n      failed_when: true`,
  );
  const files = site(failing);
  const first = await runSite({ files, world });
  expect(storyOf(first).at(-1)).toBe("h1 handler restart app: failed");
  expect(pendingOn(world)).toHaveLength(1);
  const again = await runSite({ files, world, runId: "second-run" });
  expect(storyOf(again)).toEqual(["h1 conf: ok", "h1 other: ok", "h1 handler restart app: failed"]);
  expect(pendingOn(world)).toHaveLength(1);
  const mended = await runSite({ files: site(), world, runId: "third-run" });
  expect(storyOf(mended).at(-1)).toBe("h1 handler restart app: changed");
  expect(pendingOn(world)).toEqual([]);
});

it("stays while its handler fails, also when the user has interrupted the run meanwhile", async () => {
  const world = createWorld();
  const failing = play.replace(
    `      copy: { dest: /etc/restarted, content: "{{ run_id }}\\n" }`,
    `      command: touch /etc/restarted\n      failed_when: true`,
  );
  let interrupted = false;
  world.onTrip = (trip) => {
    interrupted ||= scripts(trip).includes("pending-drop");
  };
  const run = await runSite({ files: site(failing), world, interrupted: () => interrupted });
  expect(storyOf(run).at(-1)).toBe("h1 handler restart app: failed");
  expect(pendingOn(world)).toHaveLength(1);
});

it("stays for a host that fails before its handlers, but with force_handlers it is fired", async () => {
  for (const force of [false, true]) {
    const world = createWorld();
    const text = play
      .replace("  tasks:", `  force_handlers: ${force}\n  tasks:`)
      .replace("    - name: other", "    - name: breaks\n      fail: { msg: no }\n    - name: other");
    const run = await runSite({ files: site(text), world });
    expect(storyOf(run).includes("h1 handler restart app: changed")).toBe(force);
    expect(pendingOn(world)).toHaveLength(force ? 0 : 1);
  }
});

it("is removed again if the task has changed nothing, or its handler has nothing to do", async () => {
  const world = createWorld();
  const text = play
    .replace(`content: "{{ run_id }}\\n" }`, `content: "x" }\n      when: false`)
    .replace(
      `      copy: { dest: /etc/app.conf, content: "a\\n" }\n`,
      "      command: touch /etc/app.conf\n      changed_when: 1 == 2\n",
    );
  const run = await runSite({ files: site(text), world });
  expect(storyOf(run)).toEqual(["h1 conf: ok", "h1 other: changed"]);
  expect(world.trips.flatMap(scripts).filter((name) => name !== "pending-look")).toEqual([
    "pending-note",
    "pending-drop",
  ]);
  expect(pendingOn(world)).toEqual([]);
  const skipped = await runSite({ files: site(text.replace("      changed_when: 1 == 2\n", "")), world });
  expect(storyOf(skipped)).toContain("h1 handler restart app: skipped");
  expect(pendingOn(world)).toEqual([]);
});

it("is recorded on the host that acts, for the one whose handler it is", async () => {
  const inventory = inventoryOf("h1", "h2");
  const text = play.replace("hosts: all", "hosts: h1").replace("      notify:", "      delegate_to: h2\n      notify:");
  const files = { ...site(text), "inventory/hosts.yml": inventory };
  const world = createWorld();
  await killed(world, isHandlers, { files });
  expect([pendingOn(world, "h1"), pendingOn(world, "h2").length]).toEqual([[], 1]);
  const run = await runSite({ files, world });
  expect(storyOf(run).at(-1)).toBe("h1 handler restart app: changed");
  expect(pendingOn(world, "h2")).toEqual([]);
});

it("leaves what it does not understand alone", async () => {
  const world = createWorld();
  await killed(world, isHandlers);
  const [path = ""] = pendingOn(world);
  const node = world.host("h1").files[path];
  for (const content of [
    "",
    "{",
    "[]",
    '{"id":"../../etc","handler":"x","file":"y","host":"h1"}\n',
    "null\n",
    '"text"\n',
  ]) {
    if (node?.type === "file") node.content = content;
    const run = await runSite({ files: site(), world });
    expect(storyOf(run)).toEqual(["h1 conf: ok", "h1 other: ok"]);
  }
});

it("stays where its handler was not wanted, and where it has failed in a block that goes on with its rescue", async () => {
  const world = createWorld();
  const passing = {
    recall: () => null,
    mayRun: async (task: Task) => !task.handler,
    declined: (id: string) => id.includes("handler"),
  };
  const declined = await runSite({ files: site(), world, runId: "first", passing });
  expect(notifies(declined)).toEqual(["h1 restart app recorded", "h1 restart app fired"]);
  expect(pendingOn(world)).toHaveLength(1);
  const inBlock = `- name: play
  hosts: all
  tasks:
    - block:
        - name: conf
          copy: { dest: /etc/app.conf, content: "other" }
          notify: restart app
        - meta: flush_handlers
      rescue:
        - debug: { msg: rescued }
  handlers:
    - name: restart app
      command: touch /etc/restarted
      failed_when: true
`;
  const rescued = await runSite({ files: site(inBlock), world, runId: "second" });
  expect(storyOf(rescued).at(-1)).toBe("h1 debug: ok");
  expect(pendingOn(world)).toHaveLength(1);
  const mended = await runSite({
    files: site(inBlock.replace("      failed_when: true\n", "")),
    world,
    runId: "third",
  });
  expect(storyOf(mended)).toContain("h1 handler restart app: changed");
  expect(pendingOn(world)).toEqual([]);
});

it.each(["linear", "free"])("costs a trip where the handler itself writes nothing, strategy %s", async (strategy) => {
  const text = `- hosts: all
  strategy: ${strategy}
  pre_tasks:
    - { name: conf, copy: { dest: /etc/app.conf, content: "a" }, notify: tell }
  tasks:
    - { name: other, debug: x }
  handlers:
    - { name: tell, debug: x }
`;
  const world = createWorld();
  await runSite({ files: { ...site(text), "inventory/hosts.yml": inventoryOf("h1", "h2") }, world });
  for (const name of ["h1", "h2"]) {
    const sent = world.trips.filter(({ way, host }) => way === "send" && host === name);
    expect(sent.map(scripts)).toEqual([["pending-note"], ["pending-drop"]]);
    expect(pendingOn(world, name)).toEqual([]);
  }
});

it("records what a task notifies also while another host only looks there", async () => {
  const text = `- hosts: all
  strategy: free
  tasks:
    - { name: conf, copy: { dest: /etc/app.conf, content: "a" }, notify: tell, when: inventory_hostname == "h1" }
    - { name: look, stat: { path: /etc/hostname }, delegate_to: h1, when: inventory_hostname == "h2" }
  handlers:
    - { name: tell, debug: x }
`;
  const world = createWorld();
  const run = await runSite({ files: { ...site(text), "inventory/hosts.yml": inventoryOf("h1", "h2") }, world });
  expect(run.exitCode).toBe(0);
  expect(notifies(run)).toEqual(["h1 tell recorded", "h1 tell fired", "h1 tell cleared"]);
  const sent = world.trips.filter(({ way }) => way === "send");
  expect(sent.map(scripts)).toEqual([["pending-note"], ["pending-drop"]]);
});
