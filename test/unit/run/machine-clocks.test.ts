import { expect, it } from "vitest";
import type { Recall } from "../../../engine/run/session/host-session.ts";
import { machineClocks } from "../../../engine/run/session/machine-clocks.ts";

const done = (answer: unknown) => ({ kind: "done", answer }) as const;
/** What a machine answers to what every trip asks. */
const says =
  (boot: string | null, clustered = false): Recall =>
  ({ probe }) => {
    if (probe.kind === "stat") return done(clustered ? { type: "file" } : null);
    return boot === null ? { kind: "unknown" } : done(`${boot}\n`);
  };

it("counts for each machine by itself, until two turn out to be one: then whatever either has shown is void", () => {
  const clocks = machineClocks(false);
  const [one, other] = [clocks.of("one"), clocks.of("other")];
  one.writes += 3;
  other.writes += 3;
  clocks.identity?.heard("one", says("a"));
  clocks.identity?.heard("other", says("b"));
  expect([one.writes, other.writes]).toEqual([3, 3]);
  // Both have joined a cluster. Neither knew of the other's writes.
  clocks.identity?.heard("one", says("a", true));
  clocks.identity?.heard("other", says("b", true));
  expect(one.writes).toBeGreaterThan(3);
  expect(other.writes).toBe(one.writes);
  other.writes += 1;
  expect(one.writes).toBe(other.writes);
});

it("knows who has said which boot it is of", () => {
  const { identity } = machineClocks(false);
  identity?.heard("mute", says(null, true));
  identity?.heard("one", says("a"));
  expect(["mute", "one", "never asked"].map((name) => identity?.known(name))).toEqual([false, true, false]);
});

it("has one clock for all where they are together, and nothing to ask", () => {
  const clocks = machineClocks(true);
  expect(clocks.of("one")).toBe(clocks.of("other"));
  expect(clocks.identity).toBeNull();
});
