import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { write } from "../../../engine/ops/build.ts";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import { decodeReply } from "../../../engine/ops/decode-reply.ts";
import { digest } from "../../../engine/ops/digest.ts";
import { batchOf, randomIds, runScript, sendPayload, shells } from "../../support/shell-run.ts";

const large = new Uint8Array(200_000).fill(65);
const content = {
  kind: "streamed" as const,
  size: large.length,
  sha256: digest(large),
  open: async function* () {
    yield large;
  },
};

// A channel that was cut may not have removed its half of a content yet when the script comes.
describe.each(shells)("%s takes a content that is there, but did not arrive whole, for none", (shell) => {
  it.each([
    ["a file write", (path: string) => write.file(path, large)],
    ["an upload", (path: string) => write.upload(path, content)],
  ])("in %s", async (_, operation) => {
    const [here, scratch] = [mkdtempSync(join(tmpdir(), "lab-half-")), mkdtempSync(join(tmpdir(), "lab-half-s-"))];
    const target = join(here, "target");
    writeFileSync(target, "old");
    const batch = batchOf([operation(target)]);
    const compiled = compileShell(batch, { ids: randomIds, shell, scratch: [scratch] });
    for (const payload of compiled.payloads) await sendPayload(payload);
    const [user = ""] = readdirSync(scratch);
    const [folder = ""] = readdirSync(join(scratch, user));
    const proofs = readdirSync(join(scratch, user, folder)).filter((name) => name.endsWith(".ok"));
    expect(proofs).toHaveLength(1);
    for (const proof of proofs) rmSync(join(scratch, user, folder, proof));
    const { stdout, stderr, exit } = await runScript(compiled, compiled.script, { shell });
    expect(decodeReply(batch, compiled, stdout, stderr, exit).replies[0]?.[0]).toMatchObject({
      kind: "failed",
      error: { code: "payload" },
    });
    expect(readFileSync(target, "utf8")).toBe("old");
  });
});
