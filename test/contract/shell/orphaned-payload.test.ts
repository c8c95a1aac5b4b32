import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { write } from "../../../engine/ops/build.ts";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import { digest } from "../../../engine/ops/digest.ts";
import { batchOf, randomIds, until } from "../../support/shell-run.ts";

/**
 * A payload that waits for its script, under a stand-in for the connection's process on the host: sshd, in whose session
 * the payload's shell does not run.
 */
function arrive(operation: Parameters<typeof batchOf>[0][number], content: Uint8Array, scratch: string) {
  const here = mkdtempSync(join(tmpdir(), "lab-orphan-"));
  const [payload] = compileShell(batchOf([operation]), { ids: randomIds, scratch: [scratch] }).payloads;
  writeFileSync(join(here, "content"), content);
  writeFileSync(join(here, "payload.sh"), payload?.command ?? "exit 1");
  const serve = 'setsid sh "$1/payload.sh" <"$1/content" >"$1/answer"; exec sleep 60';
  const connection = spawn("sh", ["-c", serve, "x", here], { stdio: "ignore", detached: true });
  return { connection, answered: () => existsSync(join(here, "answer")) && readdirSync(scratch).length > 0 };
}

const large = new Uint8Array(200_000).fill(65);
const scratchesIn = (scratch: string): readonly string[] =>
  readdirSync(scratch).flatMap((user) => readdirSync(join(scratch, user)));

describe.concurrent("a large content whose script never comes", () => {
  it("is kept as long as the connection stands, and removed when it ends", async () => {
    const scratch = mkdtempSync(join(tmpdir(), "lab-orphan-scratch-"));
    const here = mkdtempSync(join(tmpdir(), "lab-orphan-target-"));
    const { connection, answered } = arrive(write.file(join(here, "target"), large), large, scratch);
    await until(answered);
    await pause(3_000);
    expect(scratchesIn(scratch)).toHaveLength(1);
    connection.kill("SIGKILL");
    await until(() => scratchesIn(scratch).length === 0, 8_000);
  });

  it("is removed beside the target of an upload too", async () => {
    const scratch = mkdtempSync(join(tmpdir(), "lab-orphan-scratch-"));
    const here = mkdtempSync(join(tmpdir(), "lab-orphan-target-"));
    const content = {
      kind: "streamed" as const,
      size: large.length,
      sha256: digest(large),
      open: async function* () {
        yield large;
      },
    };
    const { connection, answered } = arrive(write.upload(join(here, "target"), content), large, scratch);
    await until(answered);
    await until(() => readdirSync(here).length === 1);
    connection.kill("SIGKILL");
    await until(() => readdirSync(here).length === 0 && scratchesIn(scratch).length === 0, 8_000);
  });
});
