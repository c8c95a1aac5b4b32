import { describe, expect, it } from "vitest";
import { batchLimit } from "../../../engine/connection/batch-limit.ts";
import { read, write } from "../../../engine/ops/build.ts";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import type { Operation } from "../../../engine/ops/ir.ts";
import { decodeOperation } from "../../../engine/ops/reply/decode-operation.ts";
import { batchOf, randomIds } from "../../support/shell-run.ts";

const validated = write.text("/etc/x", "x", { validate: ["true"], lock: "/run/l" });
const content = { kind: "streamed" as const, size: 1, sha256: "0", open: async function* () {} };

/** The seconds that the script's watchdog counts for an operation, one after the other. */
function watched(operation: Operation): number {
  const compiled = compileShell(batchOf([operation]), { ids: randomIds });
  const script = Buffer.from(compiled.script).toString();
  const found = [...script.matchAll(/^command_ 0 (\d+)|^looks \d+ (\d+)$| ls=(\d+)$| vs=(\d+)$/gm)];
  return found.reduce((sum, groups) => sum + Number(groups.slice(1).find((group) => group !== undefined)), 0);
}

describe.each<[string, Operation, number]>([
  ["a command", read.exec(["x"]), 300],
  ["a command with a limit", read.exec(["x"], { limitMs: 1500 }), 2],
  ["a request", read.http({ method: "GET", url: "http://h" }), 65],
  ["a look", read.stat("/x"), 60],
  ["a file", read.text("/x"), 60],
  ["a write", write.text("/x", "y"), 60],
  ["a validated write", validated, 360],
])("%s", (_, operation, seconds) => {
  it(`may take ${seconds} s on the host, and the connection waits no less`, () => {
    expect(watched(operation)).toBe(seconds);
    expect(batchLimit(batchOf([operation]), 500)).toBeGreaterThanOrEqual(seconds * 1000);
  });
});

it("gives an upload's channel as long as a command", () => {
  expect(batchLimit(batchOf([write.upload("/x", content)]), 0)).toBe(300_000);
});

it.each([
  ["its validation", new Map<string, Buffer>(), "within the time limit of 300 s; "],
  [
    "its lock",
    new Map([["0.z", Buffer.from("/run/l")]]),
    "within the time limit of 60 s (waiting for the lock /run/l)",
  ],
])("says which limit a write exceeded: %s", (_, parts, words) => {
  const frame = {
    begun: true,
    complete: true,
    notes: new Map([["0", [["x", "timeout"]]]]),
    parts,
    groups: new Map(),
    forks: 0,
  };
  const looks = { stats: new Map(), hashes: new Map(), links: new Map(), contents: new Map() };
  const surroundings = {
    nonce: "n",
    maxBytes: 1,
    ended: true,
    notBegun: "unknown",
    entering: "",
    within: false,
    printed: "",
  } as const;
  const reply = decodeOperation(validated, "0", { ...surroundings, frame, looks });
  expect(reply).toMatchObject({ kind: "failed", error: { code: "timeout", message: expect.stringContaining(words) } });
});
