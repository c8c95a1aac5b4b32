import { execFileSync, spawn } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import type { OpReply } from "../../../engine/ops/ir.ts";
import { answers, shells } from "../../support/shell-run.ts";

const FOLDER = [
  "# flags: -s-",
  "user::rwx",
  "group::rwx",
  "group:3101:r-x",
  "mask::rwx",
  "other::---",
  "default:user::rwx",
  "default:group::rwx",
  "default:group:3101:r-x",
  "default:mask::rwx",
  "default:other::---",
];
const FILE = ["user::rw-", "group::rw-", "group:3101:r--", "mask::rw-", "other::---"];
const PROGRAM = ["user::rwx", "group::rwx", "group:3101:r-x", "mask::rwx", "other::---"];
const stdin = [
  ...FOLDER.map((line) => `d ${line}`),
  ...FILE.map((line) => `f ${line}`),
  ...PROGRAM.map((line) => `x ${line}`),
]
  .map((line) => `${line}\n`)
  .join("");

const outputOf = (reply: OpReply | undefined): readonly string[] =>
  reply?.kind === "done" ? (reply.answer as { stdout: string }).stdout.split("\n") : [JSON.stringify(reply)];

describe.each(shells)("%s", (shell) => {
  it("counts what differs, repairs just that, and then finds nothing", async () => {
    const top = mkdtempSync(join(tmpdir(), "lab acl's "));
    const at = (name: string): string => join(top, name);
    mkdirSync(at("-d/deep"), { recursive: true });
    const outside = join(mkdtempSync(join(tmpdir(), "lab-outside-")), "file");
    for (const path of [at("a\nb"), at("-d/c\\"), at("-d/deep/ünï"), at("# file: x"), outside])
      writeFileSync(path, "", { mode: 0o644 });
    writeFileSync(at("run"), "#!/bin/sh\n");
    chmodSync(at("run"), 0o755);
    symlinkSync(outside, at("link"));
    const group = String(lstatSync(top).gid);
    const script = (verb: string, path = top) => [verb, path, "", group];
    const [first, applied, then, none, relative] = await answers(
      [
        read.script("tree-acl", script("count"), { stdin }),
        write.script("tree-acl", script("apply"), { stdin }),
        read.script("tree-acl", script("count"), { stdin }),
        read.script("tree-acl", script("count", at("link")), { stdin }),
        read.script("tree-acl", script("count", "-d"), { stdin }),
      ],
      { shell },
    );
    expect(outputOf(first).slice(0, 2)).toEqual(["7", "7"]);
    expect(outputOf(first)).toContain(`${top}/a\\012b`);
    expect(outputOf(applied).slice(0, 2)).toEqual(["7", "7"]);
    expect(outputOf(then)).toEqual(["7", "0", ""]);
    expect([none, relative]).toMatchObject([{ answer: { code: 3 } }, { answer: { code: 3 } }]);
    const facl = (name: string) =>
      execFileSync("getfacl", ["-ncpE", "--", at(name)], { encoding: "utf8" })
        .trim()
        .split("\n");
    expect(facl("a\nb")).toEqual(FILE);
    expect(facl("run")).toEqual(PROGRAM);
    expect(facl("-d/deep")).toEqual(FOLDER.slice(1));
    expect((lstatSync(at("-d/deep")).mode & 0o7777).toString(8)).toBe("2770");
    expect((lstatSync(outside).mode & 0o777).toString(8)).toBe("644");
    // One file alone is touched when one alone has drifted.
    const before = lstatSync(at("# file: x")).ctimeMs;
    chmodSync(at("-d/c\\"), 0o600);
    const [again, rest] = await answers(
      [write.script("tree-acl", script("apply"), { stdin }), read.script("tree-acl", script("count"), { stdin })],
      { shell },
    );
    expect(outputOf(again).slice(0, 3)).toEqual(["7", "1", `${top}/-d/c\\\\`]);
    expect(outputOf(rest)).toEqual(["7", "0", ""]);
    expect(lstatSync(at("# file: x")).ctimeMs).toBe(before);
  });
  it("names who uses a folder", async () => {
    const top = mkdtempSync(join(tmpdir(), "lab users "));
    const [nobody, wrong] = await answers([read.script("path-users", [top]), read.script("path-users", ["x"])], {
      shell,
    });
    expect(outputOf(nobody)).toEqual([""]);
    expect(wrong).toMatchObject({ answer: { code: 3 } });
    const sleeper = spawn("sleep", ["30"], { cwd: top, stdio: "ignore" });
    try {
      await new Promise((resolve) => sleeper.once("spawn", resolve));
      const [someone] = await answers([read.script("path-users", [top])], { shell });
      expect(outputOf(someone)).toEqual([`${sleeper.pid} sleep`, ""]);
    } finally {
      sleeper.kill();
    }
  });
});
