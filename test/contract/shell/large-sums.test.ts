import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { read } from "../../../engine/ops/build.ts";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import { type DecodedReply, decodeReply } from "../../../engine/ops/decode-reply.ts";
import { digest } from "../../../engine/ops/digest.ts";
import type { Operation, OpReply, Stat } from "../../../engine/ops/ir.ts";
import { batchOf, randomIds, runScript, sendPayload, shells } from "../../support/shell-run.ts";

const large = 4 * 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), "lab-sums-"));
afterAll(() => rmSync(folder, { recursive: true }));
const contents = new Map<string, Buffer>();
for (const [name, size] of [
  ["small", 100],
  ["below", large - 1],
  ["large", large],
  ["larger still", large + 4097],
  ["odd\nname\\", large],
] as const) {
  const content = Buffer.alloc(size, name);
  contents.set(name, content);
  writeFileSync(join(folder, name), content);
}
symlinkSync("larger still", join(folder, "link"));
const sumOf = (name: string): string => digest(contents.get(name) ?? "");
const hashed = (name: string): Operation => read.stat(join(folder, name), { follow: true, sha256: true });

/** A host whose openssl is this script; null: it has none, nor any program but those that a look needs. */
function host(openssl: string | null): { readonly path: string; readonly calls: () => readonly string[] } {
  const bin = mkdtempSync(join(folder, "bin-"));
  const log = join(bin, "log");
  if (openssl === null) {
    for (const tool of ["stat", "cat", "rm", "mv", "cp", "dd", "mkdir", "sleep", "readlink", "sha256sum", "setsid"]) {
      const found = ["/bin", "/usr/bin"].map((at) => join(at, tool)).find((path) => existsSync(path));
      if (found !== undefined) symlinkSync(found, join(bin, tool));
    }
  } else {
    writeFileSync(join(bin, "openssl"), `#!/bin/sh\necho "$#" >>'${log}'\n${openssl}\n`);
    chmodSync(join(bin, "openssl"), 0o755);
  }
  return {
    path: openssl === null ? bin : `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`,
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
  };
}
const real = 'exec /usr/bin/openssl "$@"';

async function run(shell: string, path: string, operations: readonly Operation[]): Promise<DecodedReply> {
  const batch = batchOf(operations);
  const scratch = mkdtempSync(join(folder, "scratch-"));
  const compiled = compileShell(batch, { ids: randomIds, shell, scratch: [scratch] });
  for (const payload of compiled.payloads) await sendPayload(payload);
  const text = Buffer.from(compiled.script).toString();
  // And a watchdog that never looks, for its looks are counted too.
  const script = text.replace(/^PATH=\S+/m, `PATH=${path}`).replace("sleep 1 &", "sleep 600 &");
  expect(script).toContain(path);
  const { stdout, stderr, exit } = await runScript(compiled, Buffer.from(script), { shell });
  return decodeReply(batch, compiled, stdout, stderr, exit);
}

function sum(reply: OpReply | undefined): string | undefined {
  if (reply?.kind !== "done") throw new Error(JSON.stringify(reply));
  return (reply.answer as Stat | null)?.sha256;
}

describe.concurrent.each(shells)("%s", (shell) => {
  it("sums large files up in one call of openssl, and starts no process more than for small ones", async () => {
    const { path, calls } = host(real);
    const { replies, forks } = await run(shell, path, [
      read.stat(join(folder, "small")),
      hashed("small"),
      read.file(join(folder, "small")),
      hashed("large"),
      hashed("link"),
      hashed("odd\nname\\"),
      hashed("."),
      hashed("none"),
    ]);
    const [answers = []] = replies;
    expect(answers.map(({ kind }) => kind)).toEqual(Array(8).fill("done"));
    expect(answers.slice(0, 6).map((reply, at) => (at === 2 ? "read" : sum(reply)))).toEqual([
      undefined,
      sumOf("small"),
      "read",
      sumOf("large"),
      sumOf("larger still"),
      sumOf("odd\nname\\"),
    ]);
    expect(answers[6]).toMatchObject({ answer: { type: "directory" } });
    expect(answers[7]).toMatchObject({ answer: null });
    // dgst, -sha256, -r, and the four paths of plain names.
    expect(calls()).toEqual(["7"]);

    const small = host(real);
    const few = await run(shell, small.path, [hashed("small"), read.file(join(folder, "small"))]);
    // The link that is followed wants a stat of its own, the odd name a sum.
    expect(forks).toBe(few.forks + 2);
    expect(small.calls()).toEqual([]);
  });

  it("takes openssl where only a file that is read is large, or only one behind a link, and not below 4 MiB", async () => {
    const read_ = host(real);
    const whole = await run(shell, read_.path, [
      read.file(join(folder, "large"), { maxBytes: 2 * large }),
      hashed("small"),
    ]);
    expect(whole.replies[0]?.[0]).toMatchObject({ kind: "done", digest: { sha256: sumOf("large") } });
    const linked = host(real);
    expect(sum((await run(shell, linked.path, [hashed("small"), hashed("link")])).replies[0]?.[1])).toBe(
      sumOf("larger still"),
    );
    const below = host(real);
    expect(sum((await run(shell, below.path, [hashed("below")])).replies[0]?.[0])).toBe(sumOf("below"));
    expect([read_.calls(), linked.calls(), below.calls()]).toEqual([["5"], ["5"], []]);
  });

  it.each([
    ["none", null],
    ["one that fails", "exit 1"],
    ["one that answers in another form", 'for x; do echo "SHA256($x)= 0123"; done'],
    ["one that says nothing", "exit 0"],
    ["one that fails half way", `${real.replace("exec ", "")}; exit 1`],
  ])("sums up without openssl: %s", async (_, openssl) => {
    const { path, calls } = host(openssl);
    const at = join(mkdtempSync(join(folder, "target-")), "target");
    writeFileSync(at, contents.get("large") ?? "");
    const content = contents.get("larger still") ?? Buffer.alloc(0);
    const streamed = {
      kind: "streamed" as const,
      size: content.length,
      sha256: digest(content),
      open: async function* () {
        yield content;
      },
    };
    const upload = (sha256: string): Operation => ({
      kind: "upload",
      effect: "write",
      path: at,
      content: streamed,
      expect: { sha256 },
    });
    const looks = [hashed("small"), hashed("large"), hashed("odd\nname\\")];
    const [looked = []] = (await run(shell, path, looks)).replies;
    expect(looked.map(sum)).toEqual([sumOf("small"), sumOf("large"), sumOf("odd\nname\\")]);
    const [refused = []] = (await run(shell, path, [upload(sumOf("small"))])).replies;
    expect(refused[0]).toMatchObject({ kind: "failed", error: { code: "expectation" } });
    expect(digest(readFileSync(at))).toBe(sumOf("large"));
    const [replaced = []] = (await run(shell, path, [upload(sumOf("large"))])).replies;
    expect(replaced[0]).toMatchObject({ kind: "done" });
    expect(digest(readFileSync(at))).toBe(sumOf("larger still"));
    expect(calls()).toHaveLength(openssl === null ? 0 : 3);
  });
});
