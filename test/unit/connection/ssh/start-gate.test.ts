import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { startGate } from "../../../../engine/connection/ssh/start-gate.ts";

it("lets so many through to each address, and the next one as soon as one is done, whatever became of it", async () => {
  const gate = startGate(2);
  const log: string[] = [];
  const ends: (() => void)[] = [];
  const enter = (address: string, name: string) =>
    gate.through(address, async () => {
      log.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (name === "a1") throw new Error("turned away");
    });
  const all = [enter("a", "a1"), enter("a", "a2"), enter("a", "a3"), enter("a", "a4"), enter("b", "b1")];
  const settled = Promise.allSettled(all);
  await setImmediate();
  expect(log).toEqual(["a1", "a2", "b1"]);
  ends[0]?.();
  await setImmediate();
  expect(log).toEqual(["a1", "a2", "b1", "a3"]);
  for (let index = 1; index < 5; index += 1) {
    ends[index]?.();
    await setImmediate();
  }
  expect(log).toEqual(["a1", "a2", "b1", "a3", "a4"]);
  expect((await settled).map(({ status }) => status)).toEqual([
    "rejected",
    ...["fulfilled", "fulfilled", "fulfilled", "fulfilled"],
  ]);
});

it("forgets an address where nobody is, and begins anew there", async () => {
  const gate = startGate(1);
  await gate.through("a", async () => {});
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await setImmediate();
    inside -= 1;
  };
  await Promise.all([gate.through("a", work), gate.through("a", work), gate.through("a", work)]);
  expect(most).toBe(1);
});
