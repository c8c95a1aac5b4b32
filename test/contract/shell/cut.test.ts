import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import { decodeReply } from "../../../engine/ops/decode-reply.ts";
import { batchOf, collect, randomIds, runScript, sendPayload, shells, start } from "../../support/shell-run.ts";

describe.each(shells)("%s", (shell) => {
  it("runs nothing of a script that was cut anywhere", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lab-cut-"));
    const scratch = mkdtempSync(join(tmpdir(), "lab-scratch-"));
    const batch = batchOf([
      write.exec(["touch", join(folder, "by-command")]),
      write.text(join(folder, "by-write"), "text\n}\nexit 0\n}\n"),
      read.exec(["touch", join(folder, "by-read")]),
    ]);
    const compiled = compileShell(batch, { ids: randomIds, shell, scratch: [scratch] });
    const length = compiled.script.length - 2; // what lacks but the last line end is whole
    const edges = [1, 2, 3, length, length - 1, length - 2, length - 7, length - 12];
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.constantFrom(...edges), fc.integer({ min: 0, max: length })), async (cut) => {
        const { stdout, exit } = await runScript(compiled, compiled.script.subarray(0, cut));
        expect(stdout.toString()).toBe("");
        expect(readdirSync(folder)).toEqual([]);
        expect(readdirSync(scratch)).toEqual([]);
        const { replies } = decodeReply(batch, compiled, stdout, Buffer.from("printed"), exit);
        expect(new Set(replies[0]?.map(({ kind }) => kind))).toEqual(new Set(["failed"]));
      }),
      { numRuns: 40 },
    );
    // The same script, whole, does it all: the test above could fail.
    await runScript(compiled, compiled.script);
    expect(readdirSync(folder).sort()).toEqual(["by-command", "by-read", "by-write"]);
  });

  it("runs nothing before the marker, and nothing without it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lab-marker-"));
    const compiled = compileShell(batchOf([read.exec(["true"])]), { ids: randomIds, shell });
    const child = start(compiled.command);
    child.stdin?.end(`touch ${folder}/password\n x${compiled.marker}\n{ touch ${folder}/script; }\n`);
    const { stderr, exit } = await collect(child);
    expect(stderr.toString()).toBe(`${compiled.ready}\n`);
    expect(exit.code).not.toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("keeps nothing of a payload that was cut or changed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lab-payload-"));
    const scratch = mkdtempSync(join(tmpdir(), "lab-scratch-"));
    const bytes = Buffer.alloc(100_000, "x");
    const content = {
      kind: "streamed" as const,
      size: bytes.length,
      sha256: "0".repeat(64),
      open: async function* () {
        yield bytes;
      },
    };
    const batch = batchOf([write.upload(join(folder, "up's"), content), write.file(join(folder, "file"), bytes)]);
    const { payloads } = compileShell(batch, { ids: randomIds, shell, scratch: [scratch] });
    const [upload, file] = payloads;
    if (upload === undefined || file === undefined) throw new Error("two payloads were expected");
    const wrong = await sendPayload(upload);
    expect(wrong.stderr.toString()).toContain("damaged");
    const cut = await sendPayload({ ...file, content: bytes.subarray(1) });
    expect(cut.stderr.toString()).toContain("did not arrive whole");
    expect([wrong.stdout.toString(), cut.stdout.toString()]).toEqual(["", ""]);
    expect(readdirSync(folder)).toEqual([]);
    expect(readdirSync(scratch, { recursive: true }).filter((entry) => String(entry).endsWith(".p"))).toEqual([]);
    expect(existsSync(join(folder, "file"))).toBe(false);
  });
});
