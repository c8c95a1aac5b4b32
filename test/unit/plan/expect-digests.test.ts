import { expect, test } from "vitest";
import { write } from "../../../engine/ops/build.ts";
import type { Expectation, Step } from "../../../engine/ops/ir.ts";
import { expectDigests } from "../../../engine/plan/expect-digests.ts";

const seen = new Map<string, Expectation>([
  ["/a", { sha256: "aa" }],
  ["/b/c", "absent"],
]);
const expected = (steps: readonly Step[]) =>
  expectDigests(steps, seen).flatMap((step) => ("expect" in step ? [step.expect] : []));

test("a write carries what was seen there, and the next one what that leaves", () => {
  const [first, second] = expected([write.text("/a", "x"), write.remove("/a")]);
  expect(first).toEqual({ sha256: "aa" });
  expect(second).toMatchObject({ sha256: expect.stringMatching(/^2d711642b726b044/) });
});

test("behind a command only what it cannot have written is expected", () => {
  const writes = [write.text("/a", "x"), write.text("/b/c", "y")];
  expect(expected([write.exec(["x"]), ...writes])).toEqual([]);
  expect(expected([write.exec(["x"], { touches: ["/b"] }), ...writes])).toEqual([{ sha256: "aa" }]);
  expect(expected([write.exec(["x"], { touches: ["/boot", "zfs:tank"] }), ...writes])).toEqual([
    { sha256: "aa" },
    "absent",
  ]);
});
