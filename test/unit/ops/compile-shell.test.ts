import { expect, it } from "vitest";
import { Bug } from "../../../engine/errors/bug.ts";
import { arg, read, write } from "../../../engine/ops/build.ts";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import { digest } from "../../../engine/ops/digest.ts";
import type { Operation } from "../../../engine/ops/ir.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { batchOf, randomIds } from "../../support/shell-run.ts";

const compile = (...operations: Operation[]) => compileShell(batchOf(operations), { ids: randomIds });
const inside = (command: string): string => /^sh -c '(.*)'$/s.exec(command)?.[1] ?? "'";

it("makes commands that every login shell passes on unchanged", () => {
  const streamed = { kind: "streamed" as const, size: 5, sha256: "0", open: async function* () {} };
  const { command, payloads } = compile(
    write.upload("/srv/it's\n!\\$x", streamed),
    write.file("/big", new Uint8Array(70_000)),
  );
  for (const text of [command, ...payloads.map((payload) => payload.command)])
    expect(inside(text)).not.toMatch(/['\\!\n]/);
  expect(payloads).toHaveLength(2);
});

it("keeps secrets out of every command", () => {
  const secret = new Secret("geheimes-wort");
  const { command, script } = compile(write.exec(["x", arg.file(secret)], { stdin: secret }), write.text("/x", secret));
  expect(command).not.toContain("geheimes");
  // In the script only as an operand of the builtin printf.
  const uses = Buffer.from(script)
    .toString()
    .split("\n")
    .filter((line) => line.includes("geheimes-wort"));
  expect(uses.length).toBe(3);
  for (const line of uses) expect(line).toMatch(/\(\) \{ printf %s geheimes-wort; \}/);
});

it("splits fused looks where one argv would become too long", () => {
  const long = (index: number): Operation => read.stat(`/${"x".repeat(1000)}${index}`);
  const text = Buffer.from(compile(...Array.from({ length: 300 }, (_, index) => long(index))).script).toString();
  expect(text.match(/^looks \d+ 60$/gm)).toHaveLength(4);
});

it("sweeps only in a batch that applies", () => {
  const sweeps = (operation: Operation): boolean => Buffer.from(compile(operation).script).toString().includes("sweep");
  expect([sweeps(read.exec(["true"])), sweeps(write.exec(["true"]))]).toEqual([false, true]);
});

it.each<[string, () => unknown]>([
  ["an operation of the controller", () => compile(read.exec(["true"], { at: "controller" }))],
  ["a relative path", () => compile(read.text("etc/passwd"))],
  ["a command without words", () => compile(read.exec([]))],
  ["an environment variable that is none", () => compile(read.exec(["true"], { env: { "a b": "" } }))],
  ["an unknown named script", () => compile(read.script("none", []))],
  ["a header with a line break", () => compile(read.http({ method: "GET", url: "http://x", headers: { a: "b\nc" } }))],
  ["a run id that is no name", () => compileShell({ runId: "a/b", sections: [] }, { ids: randomIds })],
])("takes %s for a fault of ours", (_, make) => {
  expect(make).toThrow(Bug);
});

it("hashes text as UTF-8", () => {
  expect(digest("ü")).toBe(digest(Buffer.from("ü")));
  expect(digest(new Secret(""))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});
