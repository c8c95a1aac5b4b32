import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { read } from "../../../engine/ops/build.ts";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import { compileTogether } from "../../../engine/ops/compile-together.ts";
import { decodeReply } from "../../../engine/ops/decode-reply.ts";
import type { OpReply, ReadBatch, ReadOp, Section } from "../../../engine/ops/ir.ts";
import { type Part, splitTogether } from "../../../engine/ops/reply/split-together.ts";
import { bootstrap } from "../../../engine/ops/shell/bootstrap.ts";
import { collect, randomIds, runBatch, shells, start } from "../../support/shell-run.ts";

let folder: string;
let scratch: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lab-together-"));
  scratch = mkdtempSync(join(tmpdir(), "lab-together-scratch-"));
  writeFileSync(join(folder, "binary"), Buffer.from([...Array(256).keys()]));
  writeFileSync(join(folder, "empty"), "");
  writeFileSync(join(folder, "it's\n one"), "no line end");
  writeFileSync(join(folder, "long"), "0123456789abcdef\n".repeat(40_000));
});
afterAll(() => {
  for (const each of [folder, scratch]) rmSync(each, { recursive: true });
});

/** Looks as they come: all kinds, some that fail, some that say much, some that others run. */
function randomBatch(random: () => number): ReadBatch {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const paths = ["binary", "empty", "it's\n one", "long", "missing", "."].map((name) => join(folder, name));
  const look = (): ReadOp =>
    pick<() => ReadOp>([
      () => read.file(pick(paths)),
      () => read.text(pick(paths)),
      () => read.stat(pick(paths), { sha256: true }),
      () => read.list(pick(paths)),
      () => read.exec(["sh", "-c", `echo "$1"; echo oops >&2; exit ${Math.floor(random() * 4)}`, "x", "it's \\ %s"]),
      () => read.exec(["cat"], { stdin: "a line\nand no end" }),
      () => read.exec(["sh", "-c", "env | grep -v ^SHLVL= | sort; umask; pwd; trap"]),
      () => read.exec(["cat", join(folder, "long")], { maxBytes: pick([1000, 1_000_000]) }),
      () => read.exec(["no-such-command"]),
    ])();
  const section = (): Section<ReadOp> => ({
    user: null,
    within: pick([[], [], ["env", "-i"], ["env", "-i", "WHERE=here"], ["false"], ["no-such-door"]]),
    stopAtFailure: false,
    operations: Array.from({ length: 1 + Math.floor(random() * 6) }, look),
  });
  return { runId: "test-run", sections: Array.from({ length: 1 + Math.floor(random() * 3) }, section) };
}

/** What a connection does, with a child process; in the order in which the answers came. */
async function runTogether(
  batches: readonly ReadBatch[],
  shell: string,
  options: { readonly scratch?: string[] } = {},
) {
  const places = options.scratch ?? [scratch];
  const compiled = batches.map((batch) => compileShell(batch, { ids: randomIds, shell, scratch: places }));
  const together = compileTogether(
    compiled.map(({ script }) => script),
    { ids: randomIds, runId: "test-run", shell, scratch: places },
  );
  const child = start(bootstrap("ready", "marker", shell));
  const parts: Part[] = [];
  child.stdout?.on(
    "data",
    splitTogether(together.nonce, (part) => parts.push(part)),
  );
  child.stdin?.write("marker\n");
  child.stdin?.end(together.script);
  const channel = await collect(child);
  const replies = batches.map((batch, index) => {
    const part = parts.find((each) => each.index === index);
    const each = compiled[index];
    if (part === undefined || each === undefined) return null;
    return decodeReply(batch, each, part.stdout, part.stderr, { code: part.code, signal: null }).replies;
  });
  return { replies, parts, channel };
}

/** Without what is another one each time: names of scratch folders, random marks. */
function timeless(replies: readonly (readonly OpReply[])[] | null): unknown {
  const text = JSON.stringify(replies, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
  );
  return JSON.parse(text.replace(/[0-9a-f]{16}/g, "RANDOM").replace(/n\d+\.[oe]/g, "PART"));
}

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.each(shells)("scripts that go together, %s", (shell) => {
  it("answer what each of them answers alone", async () => {
    const random = randomFrom(7);
    for (let round = 0; round < 3; round += 1) {
      const batches = Array.from({ length: 4 }, () => randomBatch(random));
      const { replies, channel } = await runTogether(batches, shell);
      expect(channel.exit).toEqual({ code: 0, signal: null });
      for (const [index, batch] of batches.entries()) {
        const alone = await runBatch(batch, { shell, scratch: [scratch] });
        expect(timeless(replies[index] ?? null)).toEqual(timeless(alone.replies));
      }
    }
    expect(readdirSync(scratch).flatMap((user) => readdirSync(join(scratch, user)))).toEqual([]);
  });

  it("one that is slow or hangs keeps nobody waiting, and what ends it is its own limit", async () => {
    const flag = join(folder, `flag-${shell.replace(" ", "-")}`);
    const one = (probe: ReadOp): ReadBatch => ({
      runId: "test-run",
      sections: [{ user: null, within: [], stopAtFailure: false, operations: [probe] }],
    });
    // The first ends only once the last has been answered for; that answer must be out by then.
    const waits = `until [ -e "$1" ]; do sleep 0.05; done`;
    const { parts, replies } = await runTogether(
      [
        one(read.exec(["sh", "-c", waits, "x", flag])),
        one(read.exec(["sleep", "60"], { limitMs: 1000 })),
        one(read.exec(["touch", flag])),
      ],
      shell,
    );
    expect(parts.map(({ index }) => index).at(-1)).toBe(1);
    expect(replies[0]?.[0]?.[0]).toMatchObject({ kind: "done", answer: { code: 0 } });
    expect(replies[1]?.[0]?.[0]).toMatchObject({ kind: "failed", error: { code: "timeout" } });
    expect(existsSync(flag)).toBe(true);
  });

  it("are not run where there is no place for what they answer", async () => {
    const probe = read.exec(["touch", join(folder, "ran")]);
    const batch: ReadBatch = {
      runId: "test-run",
      sections: [{ user: null, within: [], stopAtFailure: false, operations: [probe] }],
    };
    const { replies, channel } = await runTogether([batch, batch], shell, { scratch: ["/proc/none"] });
    expect(replies).toEqual([null, null]);
    expect(channel.exit.code).toBe(0);
    expect(existsSync(join(folder, "ran"))).toBe(false);
  });
});
