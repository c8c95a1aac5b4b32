import { describe, expect, test } from "vitest";
import type { OpReply } from "../../../engine/module/index.ts";
import { Secret } from "../../../engine/module/index.ts";
import { command } from "../../../modules/command.ts";
import { shell } from "../../../modules/shell.ts";
import { actOf, exec, looksOf, plain, problemsOf, stat } from "../../support/plan-module.ts";

const steps = (raw: object, answers = {}) => {
  const act = actOf(command, raw, answers);
  return act.kind === "perform" ? act.steps.map(plain) : act;
};

test.each([
  [{ cmd: "uname -r" }, { argv: ["uname", "-r"] }],
  [{ cmd: "echo 'a b' \"$(id)\"" }, { argv: ["echo", "a b", "$(id)"] }],
  [{ cmd: ["echo", "a b"] }, { argv: ["echo", "a b"] }],
  [{ argv: ["sleep", 1, "-x\n;"] }, { argv: ["sleep", "1", "-x\n;"] }],
  [
    { cmd: "env", chdir: "/srv/", env: { A: 1, B: "x y" } },
    { argv: ["env"], cwd: "/srv", env: { A: "1", B: "x y" } },
  ],
  [
    { cmd: "cat", stdin: "in" },
    { argv: ["cat"], stdin: "in" },
  ],
])("%j is sent as it is", (raw, wanted) => {
  expect(steps(raw)).toEqual([{ kind: "exec", ...wanted }]);
});

test("a shell gets the text as one word", () => {
  expect(actOf(shell, { cmd: "a | b\nc $X" }, {})).toMatchObject({ steps: [{ argv: ["sh", "-c", "a | b\nc $X"] }] });
  expect(actOf(shell, { cmd: "a", executable: "/bin/bash" }, {})).toMatchObject({
    steps: [{ argv: ["/bin/bash", "-c", "a"] }],
  });
});

test("a secret goes to stdin and is never seen", () => {
  const act = actOf(command, { cmd: "chpasswd", stdin: new Secret("hush") }, {});
  expect(act).toMatchObject({ steps: [{ argv: ["chpasswd"], stdin: expect.any(Secret) }] });
  expect(JSON.stringify(act)).not.toContain("hush");
  expect(problemsOf(command, { cmd: new Secret("hush") }).join()).toContain("cmd");
  expect(problemsOf(command, { argv: [new Secret("hush")] }).join()).toContain("argv");
});

test.each([
  ["ls | wc", '"|"'],
  ["echo $HOME", '"$HOME"'],
])("a warning for what a shell would have acted upon: %s", (cmd, word) => {
  expect(actOf(command, { cmd }, {})).toMatchObject({ warnings: [expect.stringContaining(word)] });
});

describe("what makes it unnecessary", () => {
  test.each([
    [{ creates: "/x" }, { created: stat() }, "/x exists"],
    [{ creates: "/x" }, { created: null }, null],
    [{ removes: "/x" }, { removed: null }, "/x does not exist"],
    [{ removes: "/x" }, { removed: stat() }, null],
    [{ unless: "test -d /x" }, { unless: exec("", 0) }, "the command of unless ended with 0"],
    [{ unless: "test -d /x" }, { unless: exec("", 1) }, null],
  ])("%j with %j", (some, answers, why) => {
    for (const module of [command, shell]) {
      const act = actOf(module, { cmd: "true", ...some }, answers);
      expect(act).toMatchObject(why === null ? { kind: "perform" } : { kind: "unnecessary", why });
    }
  });

  test("an `unless` that cannot be run is an error, not a no", () => {
    expect(
      actOf(command, { cmd: "true", unless: "tset -d /x" }, { unless: exec("", 127, "tset: not found") }),
    ).toMatchObject({
      kind: "refuse",
      why: expect.stringContaining("tset: not found"),
    });
  });

  test("`unless` is a look of the same form, in the same folder", () => {
    const raw = { cmd: "true", unless: "test -d 'x y'", chdir: "/srv", env: { A: "1" } };
    expect(looksOf(command, raw, { unless: exec("") }).unless).toMatchObject({
      effect: "read",
      argv: ["test", "-d", "x y"],
      cwd: "/srv",
      env: { A: "1" },
    });
    expect(looksOf(shell, { ...raw, executable: "/bin/bash" }, { unless: exec("") }).unless).toMatchObject({
      argv: ["/bin/bash", "-c", "test -d 'x y'"],
    });
    expect(looksOf(command, { cmd: "true" }, {})).toEqual({
      created: undefined,
      removed: undefined,
      unless: undefined,
    });
  });
});

describe("the result", () => {
  const context = { now: new Date(0), why: null };
  const result = (replies: readonly OpReply[] | null, why: string | null = null) =>
    command.result?.(command.params.parse({ cmd: "a b" }), replies, { ...context, why });

  test("has the same fields whatever came of it", () => {
    const done = result([{ kind: "done", answer: exec("one\ntwo\n\n", 0, "warn\n") }]);
    expect(done).toEqual({
      cmd: ["a", "b"],
      rc: 0,
      stdout: "one\ntwo\n",
      stdout_lines: ["one", "two", ""],
      stderr: "warn",
      stderr_lines: ["warn"],
      unnecessary: null,
    });
    const failed = result([{ kind: "failed", error: { code: "exit", message: "x", answer: exec("", 3, "no\n") } }]);
    expect(failed).toMatchObject({ rc: 3, stderr: "no", stdout_lines: [] });
    const skipped = result(null, "/x exists");
    expect(skipped).toMatchObject({ rc: 0, stdout: "", unnecessary: "/x exists" });
    const lost = result([{ kind: "unknown" }]);
    expect(lost).toMatchObject({ rc: null });
    for (const each of [failed, skipped, lost]) expect(Object.keys(each ?? {})).toEqual(Object.keys(done ?? {}));
  });
});

describe("bad parameters", () => {
  test.each([
    [{}, "say the command"],
    [{ cmd: "" }, "no command"],
    [{ cmd: "   " }, "no command"],
    [{ cmd: "'' x" }, "no command"],
    [{ cmd: 5 }, "a text, or a list"],
    [{ cmd: "echo 'x" }, "not closed"],
    [{ cmd: "a\0b" }, "NUL"],
    [{ argv: [] }, "no command"],
    [{ argv: [""] }, "it is empty"],
    [{ argv: ["a", null] }, "text or an integer"],
    [{ argv: ["a", "b\0"] }, "NUL"],
    [{ argv: "uname" }, "argv"],
    [{ cmd: "a", argv: ["a"] }, "contradict"],
    [{ cmd: "a", creates: "x" }, "absolute"],
    [{ cmd: "a", creates: "/x*/../y" }, "`..`"],
    [{ cmd: "a", chdir: "~" }, "absolute"],
    [{ cmd: "a", unless: "'" }, "not closed"],
    [{ cmd: "a", env: { "A=B": "1" } }, "not the name of a variable"],
    [{ cmd: "a", env: { A: ["1"] } }, "a text or an integer"],
    [{ cmd: "a", env: { A: "\0" } }, "NUL"],
    [{ cmd: "a", warn: false }, "warn"],
  ])("command %j", (raw, message) => {
    expect(problemsOf(command, raw).join("\n")).toContain(message);
  });
  test.each([
    [{}, "cmd"],
    [{ cmd: " \n" }, "no command"],
    [{ cmd: ["a"] }, "cmd"],
    [{ cmd: "a\0" }, "NUL"],
    [{ cmd: "x".repeat(200_000) }, "too long"],
    [{ cmd: "a", executable: "bash" }, "absolute"],
    [{ cmd: "a", argv: ["a"] }, "argv"],
  ])("shell %j", (raw, message) => {
    expect(problemsOf(shell, raw).join("\n")).toContain(message);
  });
});
