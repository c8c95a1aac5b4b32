import { describe, expect, test } from "vitest";
import { zfsSnapshot } from "../../../modules/zfs-snapshot.ts";
import { changeOf, commandsOf, exec, planOf, problemsOf, resultOf } from "../../support/plan-module.ts";

/** Rows of `zfs list`: name, holds, clones. */
const list = (...rows: readonly (readonly [string, number?, string?])[]) =>
  exec(rows.map(([name, holds, clones]) => `${name}\t${holds ?? "-"}\t${clones ?? "-"}\t1700000000\t4096\n`).join(""));
const holds = (...tags: readonly string[]) =>
  exec(tags.map((tag) => `t/a@s\t${tag}\tSun Nov 22 00:09 2026\n`).join(""));
const raw = { name: "t/a@s" };
const none = { list: list(["t/a"], ["t/a/b"]) };
const there = { list: list(["t/a"], ["t/a@s", 0], ["t/a/b"]) };

test.each<[string, object, Readonly<Record<string, unknown>>, readonly string[]]>([
  ["made", raw, none, ["zfs snapshot t/a@s"]],
  ["named in two parts", { name: "t/a", snapshot: "s" }, none, ["zfs snapshot t/a@s"]],
  ["there", raw, there, []],
  [
    "with a property",
    { ...raw, properties: { "lab:why": 7 } },
    { ...none, "lab:why": exec("", 1) },
    ["zfs snapshot -o lab:why=7 t/a@s"],
  ],
  [
    "another property",
    { ...raw, properties: { "lab:why": "x" } },
    { ...there, "lab:why": exec("y\tlocal\n") },
    ["zfs set lab:why=x t/a@s"],
  ],
  [
    "the property that it has",
    { ...raw, properties: { "lab:why": "x" } },
    { ...there, "lab:why": exec("x\tinherited from t\n") },
    [],
  ],
  ["recursive", { ...raw, recursive: true }, none, ["zfs snapshot -r t/a@s"]],
  ["recursive, where one lacks it", { ...raw, recursive: true }, there, ["zfs snapshot t/a/b@s"]],
  [
    "recursive and there",
    { ...raw, recursive: true },
    { list: list(["t/a"], ["t/a@s", 0], ["t/a/b"], ["t/a/b@s", 0]) },
    [],
  ],
  ["held", { ...raw, holds: ["keep", "too"] }, { ...there, holds: holds("keep", "theirs") }, ["zfs hold too t/a@s"]],
  [
    "made and held",
    { ...raw, holds: ["keep"] },
    { ...none, holds: exec("", 1) },
    ["zfs snapshot t/a@s", "zfs hold keep t/a@s"],
  ],
  ["let go", { ...raw, release: ["keep", "never"] }, { ...there, holds: holds("keep") }, ["zfs release keep t/a@s"]],
  ["absent", { ...raw, state: "absent" }, { ...there, holds: holds() }, ["zfs destroy t/a@s"]],
  [
    "absent, let go first",
    { ...raw, state: "absent", release: ["keep"] },
    { list: list(["t/a"], ["t/a@s", 1]), holds: holds("keep") },
    ["zfs release keep t/a@s", "zfs destroy t/a@s"],
  ],
  [
    "absent below too",
    { ...raw, state: "absent", recursive: true },
    { list: list(["t/a"], ["t/a@s", 0], ["t/a/b"], ["t/a/b@s", 0]), holds: holds() },
    ["zfs destroy -r t/a@s"],
  ],
  ["absent and gone", { ...raw, state: "absent" }, { ...none, holds: exec("", 1) }, []],
  [
    "absent with its dataset",
    { ...raw, state: "absent" },
    { list: exec("", 1, "cannot open 't/a': dataset does not exist"), holds: exec("", 1) },
    [],
  ],
])("%s", (_, given, seen, commands) => {
  expect(commandsOf(changeOf(zfsSnapshot, given, seen).steps)).toEqual(commands);
});

test.each<[string, object, Readonly<Record<string, unknown>>, RegExp]>([
  [
    "of a dataset that is not there",
    raw,
    { list: exec("", 1, "cannot open 't/a': dataset does not exist") },
    /the dataset t\/a does not exist/,
  ],
  ["without zfs", raw, { list: exec("", 127) }, /no zfs command/],
  [
    "that has clones",
    { ...raw, state: "absent" },
    { list: list(["t/a"], ["t/a@s", 0, "t/c,t/d"]), holds: holds() },
    /clones hang on t\/a@s: t\/c, t\/d/,
  ],
  [
    "that is held",
    { ...raw, state: "absent" },
    { list: list(["t/a"], ["t/a@s", 2]), holds: holds("keep", "theirs") },
    /held: t\/a@s \(keep, theirs\)/,
  ],
  [
    "held by others too",
    { ...raw, state: "absent", release: ["keep"] },
    { list: list(["t/a"], ["t/a@s", 2]), holds: holds("keep", "theirs") },
    /held: t\/a@s \(theirs\)/,
  ],
  [
    "held below",
    { ...raw, state: "absent", recursive: true },
    { list: list(["t/a"], ["t/a@s", 0], ["t/a/b"], ["t/a/b@s", 1]), holds: holds() },
    /held: t\/a\/b@s/,
  ],
])("refused: one %s", (_, given, seen, why) => {
  expect(planOf(zfsSnapshot, given, seen)).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
});

test("says what it is about, and when it was made", () => {
  const plan = changeOf(zfsSnapshot, { ...raw, recursive: true, holds: ["keep"] }, { ...there, holds: holds() });
  expect(plan.before).toEqual({ state: "present", lacking: ["t/a/b@s"], holds: { keep: false } });
  expect(plan.after).toEqual({ state: "present", lacking: [], holds: { keep: true } });
  expect(resultOf(zfsSnapshot, raw, there, new Date(0))).toEqual({
    name: "t/a@s",
    exists: true,
    creation: 1700000000,
    used: 4096,
  });
});

describe("bad parameters", () => {
  test.each<[object, string]>([
    [{}, "name"],
    [{ name: "t/a" }, "say which snapshot"],
    [{ name: "t/a@" }, "behind the @"],
    [{ name: "t/a@s@t" }, "more than one @"],
    [{ name: "t/a@a b;c" }, "does not take"],
    [{ name: "-r@s" }, "begins with a letter"],
    [{ ...raw, snapshot: "s" }, "one of the two"],
    [{ name: "t/a", snapshot: "x@y" }, "does not take"],
    [{ ...raw, properties: { compression: "lz4" } }, "properties of your own alone"],
    [{ ...raw, properties: { "lab:x": null } }, "expected a text"],
    [{ ...raw, holds: ["-r"] }, "expected a tag"],
    [{ ...raw, holds: ["a\nb"] }, "expected a tag"],
    [{ ...raw, holds: ["a"], release: ["a"] }, "as well"],
    [{ ...raw, state: "absent", holds: ["a"] }, "cannot be destroyed"],
    [{ ...raw, state: "absent", properties: { "lab:x": 1 } }, "leaves nothing"],
    [{ ...raw, state: "gone" }, "present or absent"],
    [{ ...raw, recursive: "yes" }, "recursive"],
  ])("%j", (bad, message) => {
    expect(problemsOf(zfsSnapshot, bad).join("\n")).toContain(message);
  });
});
