import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../engine/run/events.ts";
import { inventoryOf, type RunRequest, runSite, tasksSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

/** How many random plays; more of them with LAB_RANDOM_PLAYS=5000. */
const plays = Number(process.env.LAB_RANDOM_PLAYS ?? 60);

const path = fc.constantFrom("/etc/motd", "/etc/issue", "/srv/a", "/srv/b", "/srv/a/c");
const text = fc.constantFrom("x", "y", "{{ inventory_hostname }}", "{{ fact }}");
const register = fc.constantFrom("r1", "r2");
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 3 });

const action: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  fc
    .record({
      path,
      state: fc.constantFrom("file", "directory", "absent"),
      mode: maybe(fc.constantFrom("0600", "0755")),
    })
    .map(({ state, mode, ...rest }) => ({
      file: {
        ...rest,
        state,
        ...(mode && state !== "absent" && { mode }),
        ...(state === "absent" && { recursive: true }),
      },
    })),
  fc.record({ dest: path, content: text }).map((copy) => ({ copy })),
  fc.record({ path, line: text, create: fc.boolean() }).map((line) => ({ line })),
  fc
    .record({ name: fc.constantFrom("j1", "j2"), job: text, minute: fc.nat(3), hour: fc.constant(4) })
    .map((cron) => ({ cron })),
  fc.record({ name: fc.constant("vm.swappiness"), value: fc.nat(2) }).map((sysctl) => ({ sysctl })),
  fc.record({ fact: fc.constantFrom("x", "y", "z") }).map((set_fact) => ({ set_fact })),
  text.map((debug) => ({ debug })),
  path.map((at) => ({ command: { argv: ["touch", at], creates: at } })),
  path.map((at) => ({ command: { argv: ["cat", at] }, reads: true })),
  path.map((at) => ({ command: { argv: ["mkdir", at], unless: ["test", "-e", at] } })),
  fc.constant({ fail: "on purpose" }),
);
const task = fc
  .record({
    action,
    register: maybe(register),
    when: maybe(
      fc
        .tuple(register, fc.constantFrom("changed", "failed"))
        .map(([name, of]) => `has(vars.${name}) && !vars.${name}.${of}`),
    ),
    loop: maybe(fc.constant(["p", "q"])),
    notify: maybe(fc.constantFrom("handler 1", "handler 2")),
    guard: maybe(fc.constant(true)),
    ignore_errors: fc.boolean(),
  })
  .map(({ action: module, ...keywords }) => ({ ...keywords, ...module }));
const play = fc.record({
  tasks: fc.array(task, { minLength: 1, maxLength: 8 }),
  handlers: fc
    .tuple(action, action)
    .map((actions) => actions.map((each, index) => ({ name: `handler ${index + 1}`, ignore_errors: true, ...each }))),
  hosts: fc.integer({ min: 1, max: 3 }),
  apart: fc.boolean(),
});

/** What happened, without what it cost. Hosts go on at their own pace, so only the order on each of them is compared. */
function storyOf(events: readonly RunEvent[]): unknown {
  const told = events.flatMap((event) => {
    if (event.type !== "result" && event.type !== "notify" && event.type !== "step") return [];
    return [JSON.stringify(event)];
  });
  const hosts = ["h1", "h2", "h3"];
  const recap = events.at(-1);
  const ends =
    recap?.type === "recap"
      ? Object.values(recap.hosts).map(({ changed, failed, skipped, ok, ignored }) => ({
          changed,
          failed,
          skipped,
          ok,
          ignored,
        }))
      : [];
  return [hosts.map((host) => told.filter((each) => each.includes(`"host":"${host}"`))), ends];
}

describe("looking ahead", () => {
  test("tells and leaves the same as looking at each task in its turn", { timeout: 600_000 }, async () => {
    let ahead = 0;
    let inTurn = 0;
    await fc.assert(
      fc.asyncProperty(play, async ({ tasks, handlers, hosts, apart }) => {
        const site = [
          {
            name: "play",
            hosts: "all",
            vars: { fact: "none" },
            tasks: tasks.map((each) => ({ name: "task", ...each })),
            handlers,
          },
        ];
        const files = {
          // JSON is YAML.
          "site.yml": JSON.stringify(site),
          "inventory/hosts.yml": inventoryOf(...["h1", "h2", "h3"].slice(0, hosts)),
        };
        const request: RunRequest = { files, apart };
        const one = await runSite({ ...request, lookAhead: 0 });
        const other = await runSite({ ...request, lookAhead: 400 });
        expect(one.diagnostics).toEqual([]);
        expect(storyOf(other.events)).toEqual(storyOf(one.events));
        expect(other.world.timeless()).toBe(one.world.timeless());
        inTurn += one.world.trips.length;
        ahead += other.world.trips.length;
      }),
      { numRuns: plays },
    );
    expect(ahead).toBeLessThan(inTurn);
  });
});

describe("round trips", () => {
  const fifty = Array.from({ length: 50 }, (_, index) => `- copy: { dest: /srv/file${index}, content: "${index}\\n" }`);
  test("of a converged play of 50 tasks are at most 3", async () => {
    const files = tasksSite(fifty.join("\n"));
    const { world } = await runSite({ files });
    const again = await runSite({ files, world });
    expect(again.recap?.hosts.h1).toMatchObject({ ok: 50, changed: 0 });
    expect(again.recap?.hosts.h1?.roundTrips).toBeLessThanOrEqual(3);
  });
  test("of C changes are at most C + 3", async () => {
    const files = tasksSite(fifty.join("\n"));
    const { world } = await runSite({ files });
    for (const changes of [1, 5, 20]) {
      for (let index = 0; index < changes; index += 1) delete world.host("h1").files[`/srv/file${(index * 7) % 50}`];
      const repaired = await runSite({ files, world });
      expect(repaired.recap?.hosts.h1).toMatchObject({ ok: 50 - changes, changed: changes });
      expect(repaired.recap?.hosts.h1?.roundTrips).toBeLessThanOrEqual(changes + 3);
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
