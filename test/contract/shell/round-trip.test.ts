import { createHash } from "node:crypto";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import { decodeReply } from "../../../engine/ops/decode-reply.ts";
import type { Operation, OpReply } from "../../../engine/ops/ir.ts";
import { answers, batchOf, randomIds, runScript, shells } from "../../support/shell-run.ts";

/** What shells, tools and frames trip over. `1234…` is the nonce that these batches run with, so contents hold frame marks. */
const wellFormed = (text: string): boolean => Buffer.from(text).toString() === text;
const nonce = "1234567890abcdef";
const oddNames = [
  "-rf",
  "--",
  " a b ",
  "it's",
  'say "hi"',
  "new\nline\n",
  "*",
  "[!.]*",
  "?",
  "~",
  "$HOME",
  "`id`",
  "a\\b",
  "ünï→",
  ".hid",
  "..x",
  "\r",
  "x".repeat(255),
  "'",
  "!",
  "#",
  "=",
  "a=b",
  "{}",
];
const name = fc.oneof(
  fc.constantFrom(...oddNames),
  fc
    .string({ unit: "binary", minLength: 1, maxLength: 40 })
    .filter((text) => !/[/\0]/.test(text) && text !== "." && text !== ".." && wellFormed(text)),
);
const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .constantFrom(
      "",
      "plain",
      "no end\nof line",
      `${nonce}\n`,
      `lab 1 ${nonce}\nz 0\n${nonce}\n`,
      "-n",
      "%s\\n",
      "\\0\\c",
    )
    .map((text) => Buffer.from(text)),
  fc
    .array(fc.constantFrom(`${nonce}\n`, "\0", "'", "\n", "%", "\\"), { maxLength: 30 })
    .map((parts) => Buffer.from(parts.join(""))),
);
const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const done = (reply: OpReply | undefined): unknown => {
  if (reply?.kind !== "done") throw new Error(JSON.stringify(reply));
  return reply.answer;
};

describe.each(shells)("%s", (shell) => {
  const options = { shell, ids: () => nonce };

  it("writes what it is told and reads what is there, whatever names and contents are", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, content, { minKeys: 1, maxKeys: 8, noNullPrototype: true }),
        fc.dictionary(name, content, { maxKeys: 6, noNullPrototype: true }),
        async (old, fresh) => {
          const folder = mkdtempSync(join(tmpdir(), "lab shell's "));
          try {
            for (const [file, bytes] of Object.entries(old)) writeFileSync(join(folder, file), bytes);
            const expected = new Map(Object.entries({ ...old, ...fresh }));
            const names = [...expected.keys()];
            const operations: Operation[] = [
              ...Object.entries(fresh).map(([file, bytes]) => write.file(join(folder, file), bytes)),
              read.list(folder),
              ...names.flatMap((file) => [
                read.file(join(folder, file)),
                read.stat(join(folder, file), { sha256: true }),
              ]),
              read.exec(["cat", "--", ...names.map((file) => join(folder, file))]),
            ];
            const replies = (await answers(operations, options)).slice(Object.keys(fresh).length);
            for (const [file, bytes] of expected) expect(readFileSync(join(folder, file)).equals(bytes)).toBe(true);
            expect(done(replies[0])).toEqual(readdirSync(folder).sort());
            for (const [index, file] of names.entries()) {
              const bytes = expected.get(file) ?? new Uint8Array();
              expect(done(replies[1 + 2 * index])).toEqual(new Uint8Array(bytes));
              const { size, mtimeMs, uid } = lstatSync(join(folder, file));
              expect(done(replies[2 + 2 * index])).toMatchObject({
                type: "file",
                mode: "0644",
                size,
                uid,
                mtime: Math.floor(mtimeMs / 1000),
                sha256: hash(bytes),
              });
            }
            expect(done(replies.at(-1))).toMatchObject({
              code: 0,
              bytes: new Uint8Array(Buffer.concat([...expected.values()])),
            });
          } finally {
            rmSync(folder, { recursive: true });
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it("gives a command its words, environment and stdin as they are", async () => {
    const text = fc
      .string({ unit: "binary", maxLength: 30 })
      .filter((word) => !word.includes("\0") && wellFormed(word));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 5 }), text, content, async (words, value, stdin) => {
        const operation = read.exec(["sh", "-c", 'printf "%s\\0" "$#" "$@" "$WORD"; cat', "x", ...words], {
          env: { WORD: value },
          stdin,
        });
        const [reply] = await answers([operation], options);
        const head = Buffer.from([String(words.length), ...words, value, ""].join("\0"));
        expect(done(reply)).toMatchObject({ bytes: new Uint8Array(Buffer.concat([head, stdin])) });
      }),
      { numRuns: 12 },
    );
  });

  it("asks one by one where asking together has failed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lab-each-"));
    for (const file of ["a", "b c", "d\ne"]) writeFileSync(join(folder, file), file);
    symlinkSync("to\nwhere", join(folder, "link"));
    const batch = batchOf([
      ...["a", "b c", "d\ne", "link"].map((file) => read.stat(join(folder, file), { sha256: true })),
      ...["a", "b c", "d\ne"].map((file) => read.text(join(folder, file))),
    ]);
    const compiled = compileShell(batch, { ids: () => nonce, shell });
    const text = Buffer.from(compiled.script).toString();
    const broken = text.replace(/exec (stat|\$tool|readlink)/g, "false $1");
    expect(broken).not.toBe(text);
    const replies = async (script: string): Promise<readonly OpReply[] | undefined> => {
      const { stdout, stderr, exit } = await runScript(compiled, Buffer.from(script));
      return decodeReply(batch, compiled, stdout, stderr, exit).replies[0];
    };
    // One after the other: both have the same scratch folder.
    const usual = await replies(text);
    const oneByOne = await replies(broken);
    expect(usual?.map(({ kind }) => kind)).toEqual(Array(7).fill("done"));
    expect(oneByOne).toEqual(usual);
  });

  it("takes a file that changed while it was read for raced, and one of /proc as it comes", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "lab-raced-")), "file");
    writeFileSync(file, "before");
    const batch = batchOf([read.text(file), read.stat(file), read.text("/proc/uptime"), read.text("/proc/self/comm")]);
    const compiled = compileShell(batch, { ids: randomIds, shell });
    // Between the hash and the content, where the real thing would have to hit.
    const script = Buffer.from(compiled.script)
      .toString()
      .replace(/^ *quick "\$1" "\$2" "exec cat.*$/m, `echo other >'${file}'\n$&`);
    const { stdout, stderr, exit } = await runScript(compiled, Buffer.from(script));
    const replies = decodeReply(batch, compiled, stdout, stderr, exit).replies[0];
    expect(replies?.map((reply) => (reply.kind === "failed" ? reply.error.code : reply.kind))).toEqual([
      "raced",
      "done",
      "done",
      "done",
    ]);
    expect(done(replies?.[2])).toMatch(/^[\d.]+ [\d.]+\n$/);
  });

  it("carries 10 MB both ways", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lab-big-"));
    const bytes = Buffer.alloc(10_000_000, `\0\n${nonce}\n\xff'`, "latin1");
    const [written, back, echoed] = await answers(
      [write.file(join(folder, "big"), bytes), read.file(join(folder, "big")), read.exec(["cat"], { stdin: bytes })],
      options,
    );
    expect(written).toEqual({ kind: "done", answer: {} });
    const answer = done(back);
    expect(answer instanceof Uint8Array && bytes.equals(answer)).toBe(true);
    expect(echoed?.kind === "done" && hash((echoed.answer as { bytes: Uint8Array }).bytes)).toBe(hash(bytes));
    rmSync(folder, { recursive: true });
  });
});
