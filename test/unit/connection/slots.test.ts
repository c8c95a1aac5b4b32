import { expect, it } from "vitest";
import { makeSlots } from "../../../engine/connection/slots.ts";

it("lets no more in than the limit, and the next as one leaves", async () => {
  const slots = makeSlots(2);
  const leave = [await slots.take(), await slots.take()];
  let third = false;
  const waiting = slots.take().then((free) => {
    third = true;
    return free;
  });
  await Promise.resolve();
  expect(third).toBe(false);
  leave[0]?.();
  await waiting;
  expect(slots.taken).toBe(2);
});

it("takes a slot back once only", async () => {
  const slots = makeSlots(2);
  const leave = await slots.take();
  await slots.take();
  leave();
  leave();
  expect(slots.taken).toBe(1);
});

it("comes down to what the server allows when all that were refused leave", async () => {
  const slots = makeSlots(8);
  const leave = await Promise.all(Array.from({ length: 8 }, () => slots.take()));
  for (const each of leave.slice(2)) {
    slots.lower();
    each();
  }
  expect(slots.limit).toBe(2);
  expect(slots.taken).toBe(2);
});

it("never comes down to nothing", async () => {
  const slots = makeSlots(8);
  const leave = await slots.take();
  slots.lower();
  slots.lower();
  leave();
  expect(slots.limit).toBe(1);
  await slots.take();
});
