import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import { decodeReply } from "../../../engine/ops/decode-reply.ts";
import type { Batch } from "../../../engine/ops/ir.ts";
import { parseFrame } from "../../../engine/ops/reply/parse-frame.ts";
import { randomIds, runScript } from "../../support/shell-run.ts";

it("never makes more of an answer that was cut than it says", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lab-answer-"));
  writeFileSync(join(folder, "file"), "content\n".repeat(50));
  const operations = [
    read.text(join(folder, "file")),
    read.stat(join(folder, "file"), { sha256: true }),
    read.list(folder),
    write.exec(["echo", "out"]),
    write.text(join(folder, "new"), "x"),
    write.exec(["sh", "-c", "echo no >&2; exit 3"]),
    write.exec(["true"]),
  ];
  const within = ["env", "A=b"];
  const batch: Batch = {
    runId: "r",
    sections: [
      { user: null, within: [], stopAtFailure: true, operations },
      { user: null, within, stopAtFailure: true, operations },
    ],
  };
  const compiled = compileShell(batch, { ids: randomIds });
  const { stdout, stderr, exit } = await runScript(compiled, compiled.script);
  const whole = decodeReply(batch, compiled, stdout, stderr, exit).replies;
  expect(whole.map((section) => section.map(({ kind }) => kind))).toEqual([
    ["done", "done", "done", "done", "done", "failed", "not-run"],
    ["done", "done", "done", "done", "done", "failed", "not-run"],
  ]);
  // The last line is what makes it whole.
  expect(parseFrame(stdout, compiled.frame.nonce).complete).toBe(true);
  expect(parseFrame(stdout.subarray(0, -1), compiled.frame.nonce).complete).toBe(false);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: stdout.length - 1 }), (cut) => {
      const { replies } = decodeReply(batch, compiled, stdout.subarray(0, cut), stderr, { code: null, signal: null });
      for (const [s, section] of replies.entries()) {
        for (const [o, reply] of section.entries()) {
          if (reply.kind === "unknown") continue;
          // What is said to be known is what the whole answer says; a command's code may be known without its output.
          if (reply.kind === "failed")
            expect(whole[s]?.[o]).toMatchObject({ kind: "failed", error: { code: reply.error.code } });
          else expect(reply).toEqual(whole[s]?.[o]);
        }
      }
    }),
    { numRuns: 500 },
  );
});

it("takes noise before and instead of an answer for what it is", () => {
  const batch: Batch = {
    runId: "r",
    sections: [{ user: null, within: [], stopAtFailure: true, operations: [read.exec(["true"])] }],
  };
  const compiled = compileShell(batch, { ids: randomIds });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 50 }), (noise, printed) => {
      expect(decodeReply(batch, compiled, noise, printed, { code: 1, signal: null }).replies[0]?.[0]?.kind).toBe(
        "failed",
      );
      expect(decodeReply(batch, compiled, noise, printed, { code: null, signal: null }).replies[0]?.[0]?.kind).toBe(
        "unknown",
      );
    }),
  );
});
