import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  change,
  contributed,
  defineControllerAction,
  defineModule,
  read,
  refuse,
  write,
} from "../../../engine/module/index.ts";
import { dedent, inventoryOf, type RunRequest, resultOf, runSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

/** A piece of something, and what puts the pieces together in a file. */
const piece = defineControllerAction({
  name: "piece",
  summary: "Contribute a piece.",
  params: z.strictObject({ of: z.string() }),
  shorthand: "of",
  contributes: "pieces",
  run: ({ of }) => ({ contribute: { of } }),
  examples: ["piece: x"],
});
const whole = defineModule({
  name: "whole",
  summary: "Put the pieces together.",
  params: z.strictObject({ path: z.string(), pieces: contributed("pieces") }),
  // What it looks at hangs on the pieces: seen too early, it would be another file.
  probes: ({ path, pieces }) => ({ old: read.text(`${path}${pieces.values.length}`) }),
  plan({ path, pieces }, { old }) {
    if (pieces.missing !== null) return refuse(`pieces are missing: ${pieces.missing}`);
    const text = pieces.values.map(({ value, host, place }) => `${JSON.stringify(value)} ${host} ${place}\n`).join("");
    return change({ text: old }, { text }, [old !== text && write.text(`${path}${pieces.values.length}`, text)]);
  },
  examples: ["whole: { path: /srv/whole }"],
});

const hosts = inventoryOf("h1", "h2", "h3");
const run = (playbook: string, more: Partial<RunRequest> = {}) =>
  runSite({
    modules: [piece, whole],
    ...more,
    files: { "inventory/hosts.yml": hosts, "site.yml": dedent(playbook), ...more.files },
  });
const gather = `
      - name: end
        hosts: h1
        tasks:
          - name: gather
            whole: { path: /srv/whole }
`;
const threeParts = `
      - name: begin
        hosts: all
        tasks:
          - name: one
            piece: "{{ inventory_hostname }}"
            when: inventory_hostname != "h2"
          - name: same
            piece: same
          - name: many
            piece: "{{ item }}"
            loop: [b, a]
            when: inventory_hostname == "h3"
${gather}`;

describe("what tasks contribute", () => {
  test.each([0, 400])(
    "comes in the order of tasks, hosts and items, equal pieces once (looking ahead %i)",
    async (lookAhead) => {
      const done = await run(threeParts, { lookAhead });
      expect(done.faults).toEqual([]);
      expect(resultOf(done, "gather").after).toEqual({
        text: [
          '{"of":"h1"} h1 site.yml:4',
          '{"of":"h3"} h3 site.yml:4',
          '{"of":"same"} h1 site.yml:7',
          '{"of":"b"} h3 site.yml:9',
          '{"of":"a"} h3 site.yml:9',
          "",
        ].join("\n"),
      });
    },
  );

  test("does not hang on which host is the fastest", async () => {
    const stories = new Set<string>();
    for (const forks of [1, 2, 4])
      stories.add(JSON.stringify(resultOf(await run(threeParts, { forks }), "gather").after));
    expect(stories.size).toBe(1);
  });

  test("is the same with looking ahead and without, when the pieces stand right before", async () => {
    const site = `
      - name: together
        hosts: h1
        tasks:
          - name: first
            piece: a
          - name: early
            whole: { path: /srv/early }
          - name: second
            piece: b
          - name: gather
            whole: { path: /srv/late }
    `;
    const [inTurn, ahead] = [await run(site, { lookAhead: 0 }), await run(site, { lookAhead: 400 })];
    expect(ahead.results.map(({ name, after }) => [name, after])).toEqual(
      inTurn.results.map(({ name, after }) => [name, after]),
    );
    expect(ahead.after).toBe(inTurn.after);
    expect(inTurn.world.host("h1").files["/srv/early1"]).toBeDefined();
    expect(inTurn.world.host("h1").files["/srv/late2"]).toBeDefined();
    // Nothing was looked at that is looked at in turn never.
    const looked = (site_: typeof ahead) =>
      [
        ...new Set(
          site_.world.trips.flatMap(({ batch }) =>
            batch.sections.flatMap(({ operations }) => operations.map((each) => ("path" in each ? each.path : ""))),
          ),
        ),
      ].sort();
    expect(looked(ahead)).toEqual(looked(inTurn));
  });

  test("is foretold exactly, and the same the second time", async () => {
    const world = createWorld();
    const check = await run(threeParts, { world, check: true });
    expect(resultOf(check, "gather")).toMatchObject({ status: "changed", certainty: "certain" });
    const done = await run(threeParts, { world });
    expect(resultOf(done, "gather").after).toEqual(resultOf(check, "gather").after);
    expect(resultOf(await run(threeParts, { world }), "gather").status).toBe("ok");
  });

  test("is not asked for by false, and nothing else than true or false is taken", async () => {
    const done = await run(threeParts.replace("{ path: /srv/whole }", "{ path: /srv/whole, pieces: false }"));
    expect(resultOf(done, "gather").after).toEqual({ text: "" });
    const wrong = await run(threeParts.replace("{ path: /srv/whole }", "{ path: /srv/whole, pieces: [a] }"));
    expect(wrong.diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining("expected true or false"),
    ]);
  });
});

describe("what is missing is told", () => {
  const gathered = async (site: string, more: Partial<RunRequest>) => resultOf(await run(site, more), "gather").reason;

  test("of hosts that --limit leaves out, and of those alone", async () => {
    expect(await gathered(threeParts, { limit: "h1" })).toBe(
      "pieces are missing: --limit leaves out h2, h3, where the task at site.yml:4 contributes (and 2 more such reasons)",
    );
    expect(await gathered(threeParts, { limit: "h1,h2,h3" })).toBeUndefined();
    const onlyH1 = threeParts.replace("hosts: all", "hosts: h1");
    expect(await gathered(onlyH1, { limit: "h1" })).toBeUndefined();
  });

  test("of tasks that tags leave out", async () => {
    const tagged = threeParts.replace("piece: same", "piece: same\n            tags: parts");
    expect(await gathered(tagged, { skipTags: ["parts"] })).toContain(
      "--tags or --skip-tags leave out: the task at site.yml:7",
    );
    expect(await gathered(tagged, { skipTags: ["others"] })).toBeUndefined();
    expect(await gathered(tagged.replaceAll("parts", "never"), {})).toBeUndefined();
  });

  test("of hosts that failed before their piece, not of those that failed after it", async () => {
    const failing = (where: "before" | "after") => `
      - name: begin
        hosts: h2,h3
        tasks:
          - fail: { msg: no }
            when: inventory_hostname == "h2" && ${where === "before"}
          - name: one
            piece: x
          - fail: { msg: no }
            when: inventory_hostname == "h2" && ${where === "after"}
${gather}`;
    expect(await gathered(failing("before"), {})).toBe(
      "pieces are missing: h2 failed or could not be reached, where the task at site.yml:6 contributes",
    );
    expect(await gathered(failing("after"), {})).toBeUndefined();
  });

  test("of hosts that cannot be reached", async () => {
    const world = createWorld();
    world.unreachable.add("h2");
    const site = `
      - name: begin
        hosts: h1,h2
        tasks:
          - command: id
          - piece: x
${gather}`;
    expect(await gathered(site, { world })).toContain("h2 failed or could not be reached");
  });

  test("of an include that nobody knows before the run", async () => {
    const site = `
      - name: begin
        hosts: h1,h2
        tasks:
          - set_fact: { which: parts }
          - fail: { msg: no }
            when: \${stop} && inventory_hostname == "h2"
          - include_tasks: "{{ which }}.yml"
${gather}`;
    const files = { "parts.yml": "- piece: x\n" };
    expect(await gathered(site.replace("${stop}", "false"), { files })).toBeUndefined();
    expect(await gathered(site.replace("${stop}", "true"), { files })).toContain("may contribute");
    expect(await gathered(site.replace("${stop}", "false"), { files, limit: "h1" })).toContain("--limit leaves out h2");
  });
});

describe("in check mode", () => {
  test("a piece that is not known yet defers who gathers, with its cause", async () => {
    const site = `
      - name: begin
        hosts: h2
        tasks:
          - name: ask
            command: id
            register: asked
          - name: one
            piece: "{{ asked.stdout }}"
${gather}`;
    const check = await run(site, { check: true });
    const asked = resultOf(check, "ask", "h2");
    expect(resultOf(check, "one", "h2")).toMatchObject({ status: "deferred" });
    expect(resultOf(check, "gather")).toMatchObject({ status: "deferred", because: [asked.taskId] });
    expect(resultOf(await run(site), "gather").status).toBe("changed");
  });

  test("a piece that is only assumed makes what is gathered assumed", async () => {
    const site = `
      - name: begin
        hosts: h2
        tasks:
          - name: change
            command: touch /etc/changed
          - name: ask
            command: cat /etc/hostname
            reads: true
            register: asked
          - name: one
            piece: "{{ asked.stdout }}"
${gather}`;
    const check = await run(site, { check: true });
    expect(resultOf(check, "ask", "h2")).toMatchObject({ certainty: "assumed" });
    expect(resultOf(check, "gather")).toMatchObject({ status: "changed", certainty: "assumed" });
  });
});
