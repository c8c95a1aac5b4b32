import { expect, it } from "vitest";
import { batchLimit } from "../../../engine/connection/batch-limit.ts";
import { read, write } from "../../../engine/ops/build.ts";
import type { Operation } from "../../../engine/ops/ir.ts";

const limit = (...operations: Operation[]) =>
  batchLimit({ runId: "r", sections: [{ user: null, within: [], stopAtFailure: false, operations }] }, 1000);

it("is what the operations may take one after the other, and some slack", () => {
  expect(limit()).toBe(1000);
  expect(limit(read.exec(["x"], { limitMs: 5000 }), write.exec(["y"], { limitMs: 6000 }))).toBe(12_000);
  expect(limit(read.exec(["x"]))).toBeGreaterThan(limit(read.stat("/x")));
});

it("never exceeds what a timer can hold, which would run out at once", () => {
  expect(limit(read.exec(["x"], { limitMs: 1e12 }))).toBe(2 ** 31 - 1);
});
