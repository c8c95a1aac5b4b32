import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import { decodeReply } from "../../../engine/ops/decode-reply.ts";
import { answers, batchOf, collect, randomIds, shells, start, until } from "../../support/shell-run.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "lab-left-"));
/** Stays in the middle of its write until the file `go` is there: the temporary file exists, the old one is in place. */
const slow = (here: string) =>
  batchOf(
    [
      write.text(join(here, "target"), "new", {
        validate: ["sh", "-c", 'until [ -e "$1" ]; do sleep 0.1; done', "x", join(here, "go")],
      }),
      write.exec(["touch", join(here, "after")]),
    ],
    { stopAtFailure: true },
  );

function begin(here: string, scratch: string, shell: string) {
  const batch = slow(here);
  const compiled = compileShell(batch, { ids: randomIds, shell, scratch: [scratch] });
  const child = start(compiled.command);
  child.stdin?.write(`${compiled.marker}\n`);
  child.stdin?.end(compiled.script);
  return { batch, compiled, child, ended: collect(child) };
}
const temporary = (here: string): readonly string[] => readdirSync(here).filter((name) => name.includes(".lab-"));
const scratches = (scratch: string): readonly string[] =>
  readdirSync(scratch).flatMap((user) => readdirSync(join(scratch, user)).map((name) => join(scratch, user, name)));
const shellOf = (scratch: string): number =>
  Number(readFileSync(join(scratches(scratch)[0] ?? "", "pid"), "utf8").split(" ")[0]);

describe.concurrent.each(shells)("%s", (shell) => {
  it("removes what a killed shell left with the next batch that applies, and not with one that only looks", async () => {
    const [here, scratch] = [folder(), folder()];
    writeFileSync(join(here, "target"), "old");
    const { batch, compiled, ended } = begin(here, scratch, shell);
    await until(() => temporary(here).length === 1);
    process.kill(shellOf(scratch), "SIGKILL");
    const { stdout, stderr, exit } = await ended;
    expect(decodeReply(batch, compiled, stdout, stderr, exit).replies).toEqual([
      [{ kind: "unknown" }, { kind: "not-run" }],
    ]);
    expect(decodeReply(batch, compiled, stdout, stderr, { code: null, signal: null }).replies).toEqual([
      [{ kind: "unknown" }, { kind: "unknown" }],
    ]);
    expect(readFileSync(join(here, "target"), "utf8")).toBe("old");

    await answers([read.exec(["true"])], { shell, scratch: [scratch] });
    expect([temporary(here).length, scratches(scratch).length]).toEqual([1, 1]);
    await answers([write.exec(["true"])], { shell, scratch: [scratch] });
    expect([temporary(here).length, scratches(scratch).length]).toEqual([0, 0]);
    writeFileSync(join(here, "go"), "");
  });

  it("never removes what belongs to a live shell", async () => {
    const [here, scratch] = [folder(), folder()];
    const { batch, compiled, ended } = begin(here, scratch, shell);
    await until(() => temporary(here).length === 1);
    await answers([write.exec(["true"])], { shell, scratch: [scratch] });
    expect([temporary(here).length, scratches(scratch).length]).toEqual([1, 1]);
    writeFileSync(join(here, "go"), "");
    const { stdout, stderr, exit } = await ended;
    const { replies } = decodeReply(batch, compiled, stdout, stderr, exit);
    expect(replies[0]?.map(({ kind }) => kind)).toEqual(["done", "done"]);
    expect(readFileSync(join(here, "target"), "utf8")).toBe("new");
    expect([temporary(here).length, scratches(scratch).length]).toEqual([0, 0]);
  });

  it("does not take a process that was born later for the one that is gone", async () => {
    const [here, scratch] = [folder(), folder()];
    const { ended } = begin(here, scratch, shell);
    await until(() => temporary(here).length === 1);
    const pid = shellOf(scratch);
    const note = join(scratches(scratch)[0] ?? "", "pid");
    process.kill(pid, "SIGKILL");
    await ended;
    writeFileSync(note, `${process.pid} 1\n`);
    await answers([write.exec(["true"])], { shell, scratch: [scratch] });
    expect([temporary(here).length, scratches(scratch).length]).toEqual([0, 0]);
    writeFileSync(join(here, "go"), "");
  });

  it.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)("cleans up by itself after %s", async (signal) => {
    const [here, scratch] = [folder(), folder()];
    const { ended } = begin(here, scratch, shell);
    await until(() => temporary(here).length === 1);
    process.kill(shellOf(scratch), signal);
    await ended;
    await until(() => temporary(here).length + scratches(scratch).length === 0);
    expect(existsSync(join(here, "after"))).toBe(false);
    writeFileSync(join(here, "go"), "");
  });

  it("cleans up and stops when nobody reads its answer any more", async () => {
    const [here, scratch] = [folder(), folder()];
    const { child } = begin(here, scratch, shell);
    await until(() => temporary(here).length === 1);
    child.stdout?.destroy();
    child.stderr?.destroy();
    writeFileSync(join(here, "go"), "");
    await until(() => temporary(here).length + scratches(scratch).length === 0);
    // Its write was finished; what came after it was not begun.
    expect(readFileSync(join(here, "target"), "utf8")).toBe("new");
    expect(existsSync(join(here, "after"))).toBe(false);
  });
});
