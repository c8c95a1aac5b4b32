import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import type { ExecAnswer, OpReply } from "../../../engine/ops/ir.ts";
import { answers, shells } from "../../support/shell-run.ts";

/** The answer of a script, or of the error that it ended with. */
function said(reply: OpReply | undefined): Pick<ExecAnswer, "code" | "stdout" | "stderr"> {
  const answer = reply?.kind === "done" ? reply.answer : reply?.kind === "failed" ? reply.error.answer : undefined;
  if (typeof answer !== "object" || answer === null || !("stdout" in answer)) throw new Error(JSON.stringify(reply));
  return answer as ExecAnswer;
}
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const scratch = () => mkdtempSync(join(tmpdir(), "lab else's "));

describe.each(shells)("%s", (shell) => {
  it("find-files counts all, lists some, follows nothing, and takes no word of a user for a test", async () => {
    const top = scratch();
    mkdirSync(join(top, "deep/er"), { recursive: true });
    mkdirSync(join(top, ".hidden"));
    for (const name of ["a.log", "-delete", "c\nd.log", "deep/e.log", "deep/er/f.log", ".hidden/g.log"])
      writeFileSync(join(top, name), name);
    utimesSync(join(top, "a.log"), 1, 1);
    symlinkSync("/etc", join(top, "link"));
    const find = (...words: readonly string[]) =>
      read.script("find-files", ["2", "1", `${top}/`, "-mindepth", "1", ...words]);
    const [logs, old, named, deep, shown, bad, none] = (
      await answers(
        [
          find("-type", "f", "-name", "*.log"),
          find("-type", "f", "-mmin", "+60"),
          find("-name", "-delete"),
          find("-maxdepth", "1", "-type", "d"),
          find(
            "!",
            "(",
            "-name",
            ".*",
            "-prune",
            ")",
            "-type",
            "f",
            "-exec",
            "grep",
            "-qF",
            "-e",
            "-delete",
            "--",
            "{}",
            ";",
          ),
          read.script("find-files", ["2", "1", join(top, "a.log")]),
          read.script("find-files", ["0", "1", `${top}/`, "-type", "f", "-size", "+1000c"]),
        ],
        { shell },
      )
    ).map(said);
    expect(logs).toMatchObject({ code: 0, stdout: expect.stringMatching(/^5\n([^\0]+\0){2}$/) });
    expect(old?.stdout).toBe(`1\n${top}/a.log\0`);
    expect(named?.stdout).toBe(`1\n${top}/-delete\0`);
    expect(existsSync(join(top, "-delete"))).toBe(true);
    expect(deep?.stdout.split("\n")[0]).toBe("2");
    expect(shown?.stdout).toBe(`1\n${top}/-delete\0`);
    expect(bad).toMatchObject({ code: 3, stderr: `not a folder: ${top}/a.log\n` });
    expect(none?.stdout).toBe("0\n");
  });

  it("probe-port tells an open port from one that is closed", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? String(address.port) : "";
    const probe = (...words: readonly string[]) => read.script("probe-port", words);
    const [open, closed, nowhere] = (
      await answers(
        [probe("127.0.0.1", port, "5"), probe("127.0.0.1", "1", "5"), probe("no-such-host.invalid", "80", "5")],
        { shell },
      )
    ).map(said);
    server.close();
    expect(open?.code).toBe(0);
    expect(closed).toMatchObject({ code: 1, stderr: expect.stringMatching(/refused/) });
    expect(nowhere?.code).toBe(1);
  });

  it("place-download takes only what its checksum says, and keeps what the old file was", async () => {
    const top = scratch();
    const at = (name: string) => join(top, name);
    const place = (part: string, dest: string, mode: string, sum: string) =>
      write.script("place-download", [at(part), at(dest), mode, "", "", sum === "" ? "" : "sha256", sum]);
    for (const part of ["p1", "p2", "p3", "p4"]) writeFileSync(at(part), "new\n");
    writeFileSync(at("old"), "old\n", { mode: 0o640 });
    writeFileSync(at("kept"), "old\n");
    mkdirSync(at("folder"));
    const outcomes: number[] = [];
    for (const operation of [
      place("p1", "old", "", sha256("new\n")),
      place("p2", "kept", "", sha256("other")),
      place("p3", "fresh", "0600", ""),
      place("p4", "folder", "", ""),
      place("none", "x", "", ""),
    ]) {
      const [reply] = await answers([operation], { shell });
      outcomes.push(said(reply).code);
    }
    expect(outcomes).toEqual([0, 6, 0, 5, 3]);
    expect([readFileSync(at("old"), "utf8"), readFileSync(at("kept"), "utf8")]).toEqual(["new\n", "old\n"]);
    expect([statSync(at("old")).mode & 0o777, statSync(at("fresh")).mode & 0o777]).toEqual([0o640, 0o600]);
    expect(["p1", "p2", "p3"].map((part) => existsSync(at(part)))).toEqual([false, false, false]);
  });

  it("unpack-archive unpacks just the archive that was looked at", async () => {
    const top = scratch();
    mkdirSync(join(top, "in/a"), { recursive: true });
    mkdirSync(join(top, "out"));
    writeFileSync(join(top, "in/a/f"), "x\n");
    execFileSync("tar", ["-C", join(top, "in"), "-cf", join(top, "t.tar"), "a"]);
    const sum = createHash("sha256")
      .update(readFileSync(join(top, "t.tar")))
      .digest("hex");
    const unpack = (digest: string, consume: string) =>
      write.script("unpack-archive", ["tar", join(top, "t.tar"), digest, join(top, "out"), "1", "", "", consume], {
        stdin: "./f\0",
      });
    const [other] = await answers([unpack("0".repeat(64), "1")], { shell });
    expect(said(other).code).toBe(6);
    expect(existsSync(join(top, "out/f"))).toBe(false);
    const [done] = await answers([unpack(sum, "1")], { shell });
    // busybox' own tar has none of the guards that are asked for: it says so, and nothing is unpacked.
    if (shell.startsWith("busybox")) {
      expect(said(done)).toMatchObject({ code: 5, stderr: expect.stringContaining("unrecognized option") });
      expect(existsSync(join(top, "out/f"))).toBe(false);
      return;
    }
    expect(done?.kind).toBe("done");
    expect([readFileSync(join(top, "out/f"), "utf8"), existsSync(join(top, "t.tar"))]).toEqual(["x\n", false]);
  });
});
