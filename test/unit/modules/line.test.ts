import { describe, expect, test } from "vitest";
import { Secret } from "../../../engine/module/index.ts";
import { line } from "../../../modules/line.ts";
import { changeOf, plain, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const path = "/etc/x";

describe("the text that comes out", () => {
  test.each([
    // name, parameters, text, new text (null: nothing to do)
    ["appended", { line: "c" }, "a\nb\n", "a\nb\nc\n"],
    ["there already", { line: "b" }, "a\nb\nc\n", null],
    ["not half a line", { line: "b" }, "abc\n", "abc\nb\n"],
    ["the first of an empty file", { line: "a" }, "", "a\n"],
    ["after a last line without newline", { line: "b" }, "a", "a\nb\n"],
    ["in a CRLF file", { line: "b" }, "a\r\n", "a\r\nb\r\n"],
    ["there already, before CRLF", { line: "a" }, "a\r\nb\r\n", null],
    ["replaced", { regexp: "^#?Port ", line: "Port 22" }, "x\n#Port 1\ny\n", "x\nPort 22\ny\n"],
    ["replaced without a newline at the end", { regexp: "^Port ", line: "Port 22" }, "x\nPort 1", "x\nPort 22"],
    ["replaced before CRLF", { regexp: "^Port ", line: "Port 22" }, "Port 1\r\nx\r\n", "Port 22\r\nx\r\n"],
    ["the last match replaced", { regexp: "^P", line: "P9" }, "P1\nP2\nx\n", "P1\nP9\nx\n"],
    ["the last match is right", { regexp: "^P", line: "P2" }, "P1\nP2\n", null],
    ["no match, but there", { regexp: "^Q", line: "P2" }, "P1\nP2\n", null],
    ["no match", { regexp: "^Q", line: "Q1" }, "P1\n", "P1\nQ1\n"],
    ["dollar signs stay", { regexp: "^P", line: "P$1 $& \\1" }, "P0\n", "P$1 $& \\1\n"],
    ["after a line", { line: "x", insert_after: "^a" }, "a\nab\nb\n", "a\nab\nx\nb\n"],
    ["after EOF", { line: "x", insert_after: "EOF" }, "a\n", "a\nx\n"],
    ["before a line", { line: "x", insert_before: "^b" }, "a\nb\n", "a\nx\nb\n"],
    ["before all", { line: "x", insert_before: "BOF" }, "a\n", "x\na\n"],
    ["gone", { line: "a", state: "absent" }, "a\nb\na\n", "b\n"],
    ["gone by expression", { regexp: "^a", state: "absent" }, "ab\nb", "b"],
    ["gone already", { regexp: "^z", state: "absent" }, "ab\n", null],
    ["an empty line", { line: "" }, "a\n", "a\n\n"],
  ])("%s", (_, raw, text, wanted) => {
    const plan = changeOf(line, { path, ...raw }, { text });
    expect(plan.steps.map(plain)).toEqual(wanted === null ? [] : [{ kind: "write-file", path, content: wanted }]);
    // What came out is as it shall be.
    expect(changeOf(line, { path, ...raw }, { text: wanted ?? text }).steps).toEqual([]);
  });
});

test("before and after are lines", () => {
  expect(changeOf(line, { path, regexp: "^P", line: "P2" }, { text: "P1\n" })).toMatchObject({
    before: { line: "P1" },
    after: { line: "P2" },
  });
  expect(changeOf(line, { path, line: "b" }, { text: "a\n" })).toMatchObject({
    before: { line: null },
    after: { line: "b" },
  });
  expect(changeOf(line, { path, regexp: "^a", state: "absent" }, { text: "a1\na2\n" })).toMatchObject({
    before: { lines: ["a1", "a2"] },
    after: { lines: [] },
  });
});

test("warnings", () => {
  const warnings = (raw: object, text: string) => changeOf(line, { path, ...raw }, { text }).warnings;
  expect(warnings({ regexp: "^P", line: "P2" }, "P1\nx\nP2\n")).toEqual([
    "regexp matches 2 lines of /etc/x (lines 1, 3): only the last is looked after, the others stay",
  ]);
  expect(warnings({ regexp: "^P", line: "Q" }, "P1\n")).toEqual([
    expect.stringContaining("does not match the line itself"),
  ]);
  expect(warnings({ line: "x", insert_after: "^z" }, "a\n")).toEqual([expect.stringContaining("no line matches ^z")]);
  expect(warnings({ line: "x", insert_after: "^z" }, "x\n")).toEqual([]);
});

test("a file that is missing is made if that is said, with its mode", () => {
  const parent = stat({ type: "directory" });
  expect(planOf(line, { path, line: "a" }, { text: null })).toMatchObject({
    kind: "refuse",
    hint: expect.stringContaining("create: true"),
  });
  expect(planOf(line, { path, line: "a", create: true }, { text: null, parent: null })).toMatchObject({
    kind: "refuse",
  });
  expect(
    changeOf(line, { path, line: "a", create: true, mode: "0600" }, { text: null, parent }).steps.map(plain),
  ).toEqual([{ kind: "write-file", path, content: "a\n", mode: "0600" }]);
  expect(
    changeOf(line, { path, line: "b", create: true, mode: "0600" }, { text: "a\n", parent }).steps.map(plain),
  ).toEqual([{ kind: "write-file", path, content: "a\nb\n" }]);
  expect(changeOf(line, { path, line: "a", state: "absent" }, { text: null }).steps).toEqual([]);
});

test("a secret line makes the whole file secret", () => {
  const plan = changeOf(line, { path, regexp: "^key=", line: new Secret("key=hush") }, { text: "key=old\n" });
  expect(JSON.stringify(plan)).not.toMatch(/hush|old/);
  expect(plan.steps[0]).toMatchObject({ content: expect.any(Secret) });
  const gone = changeOf(line, { path, state: "absent", line: new Secret("key=hush") }, { text: "key=hush\n" });
  expect(JSON.stringify(gone)).not.toContain("hush");
});

describe("bad parameters", () => {
  test.each([
    [{}, "path"],
    [{ path }, "say the line"],
    [{ path, line: 5 }, "line"],
    [{ path, line: "a\nb" }, "more than one line"],
    [{ path, line: new Secret("a\nb") }, "more than one line"],
    [{ path, line: "a\0" }, "NUL"],
    [{ path, line: "a", regexp: "(" }, "no regular expression"],
    [{ path, line: "a", regexp: "(?i)x" }, "(?i)"],
    [{ path, line: "a", regexp: "" }, "matches every line"],
    [{ path, line: "a", insert_after: "[" }, "no regular expression"],
    [{ path, line: "a", insert_after: "x", insert_before: "y" }, "contradict"],
    [{ path, state: "absent" }, "which line shall go"],
    [{ path, state: "absent", line: "a", regexp: "a" }, "not both"],
    [{ path, state: "absent", line: "a", insert_after: "b" }, "no meaning"],
    [{ path, state: "absent", line: "a", create: true }, "no meaning"],
    [{ path, line: "a", mode: "0644" }, "create: true"],
    [{ path, line: "a", state: "gone" }, "expected present or absent"],
    [{ path, line: "a", backrefs: true }, "backrefs"],
  ])("%j", (raw, message) => {
    expect(problemsOf(line, raw).join("\n")).toContain(message);
  });
});

test("the result names the lines", () => {
  expect(resultOf(line, { path, line: "b" }, { text: "a\nb\nb\n" }, new Date(0))).toEqual({
    path,
    line_numbers: [2, 3],
  });
});
