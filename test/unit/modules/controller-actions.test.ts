import { describe, expect, test } from "vitest";
import { Secret } from "../../../engine/module/index.ts";
import { assert } from "../../../modules/assert.ts";
import { debug } from "../../../modules/debug.ts";
import { fail } from "../../../modules/fail.ts";
import { setFact } from "../../../modules/set-fact.ts";
import { problemsOf, runOf } from "../../support/plan-module.ts";

const holds = (source: string, is: boolean) => ({ kind: "condition", source, holds: is });

describe("assert", () => {
  test("says which condition does not hold", () => {
    const that = [holds("a == 1", true), holds("b == 2", false), holds("c", false)];
    expect(runOf(assert, { that })).toEqual({
      result: { assertions: ["a == 1", "b == 2", "c"], failed: ["b == 2", "c"] },
      failed: { why: "these do not hold: b == 2; c" },
    });
    expect(runOf(assert, { that: holds("x", false), msg: "No x." })).toMatchObject({
      failed: { why: "No x. (this does not hold: x)" },
    });
    expect(runOf(assert, { that: holds("x", false), fail_msg: "No x." })).toMatchObject({
      failed: { why: "No x. (this does not hold: x)" },
    });
  });
  test("is quiet when all hold, unless told", () => {
    expect(runOf(assert, { that: holds("x", true) })).toEqual({ result: { assertions: ["x"], failed: [] } });
    expect(runOf(assert, { that: [holds("x", true)], success_msg: "Fine." })).toMatchObject({ message: "Fine." });
  });
  test.each([
    [{}, "that"],
    [{ that: "a == 1" }, "that"],
    [{ that: [] }, "that"],
    [{ that: holds("x", true), msg: "a", fail_msg: "b" }, "are the same"],
    [{ that: holds("x", true), msg: "" }, "msg"],
    [{ that: holds("x", true), quiet: true }, "quiet"],
  ])("bad parameters %j", (raw, message) => {
    expect(problemsOf(assert, raw).join()).toContain(message);
  });
});

describe("debug", () => {
  test.each([
    [{ msg: "hello" }, { message: "hello", result: { msg: "hello" } }],
    [{ msg: { a: [1] } }, { message: { a: [1] }, result: { msg: { a: [1] } } }],
    [{ msg: null }, { message: null, result: { msg: null } }],
    [{ var: { kind: "expression", source: "x.y", value: [1] } }, { message: { "x.y": [1] }, result: { "x.y": [1] } }],
  ])("%j", (raw, wanted) => {
    expect(runOf(debug, raw)).toEqual(wanted);
  });
  test("shows no secret", () => {
    expect(JSON.stringify(runOf(debug, { msg: new Secret("hush") }))).not.toContain("hush");
  });
  test.each([
    [{}, "say what to show"],
    [{ msg: "a", var: { kind: "expression", source: "x", value: 1 } }, "contradict"],
    [{ var: "x" }, "an expression"],
    [{ msg: "a", verbosity: 2 }, "verbosity"],
  ])("bad parameters %j", (raw, message) => {
    expect(problemsOf(debug, raw).join()).toContain(message);
  });
});

describe("set_fact", () => {
  test("sets what it is given, whatever its type", () => {
    const variables = { a: 1, b: [true, null], c: { d: "x" }, _e: "\n$(id)'" };
    expect(runOf(setFact, variables)).toEqual({ set: variables, result: variables });
    const secret = new Secret("hush");
    expect(runOf(setFact, { key: secret }).set?.key).toBe(secret);
  });
  test("says beforehand which variables there will be", () => {
    expect(setFact.declares?.(["a", "_b", "c d"])).toEqual(["a", "_b"]);
  });
  test.each([
    [{}, "say which variables"],
    ["a=1", "expected record"],
    [{ "a b": 1 }, "not the name of a variable"],
    [{ "1a": 1 }, "not the name of a variable"],
    [{ a: 1, cacheable: true }, "leave cacheable out"],
  ])("bad parameters %j", (raw, message) => {
    expect(problemsOf(setFact, raw).join()).toContain(message);
  });
});

test("fail fails", () => {
  expect(runOf(fail, { msg: "No disk." })).toEqual({ failed: { why: "No disk." } });
  expect(runOf(fail, {}).failed?.why).not.toBe("");
  expect(problemsOf(fail, { msg: "" }).join()).toContain("say why");
  expect(problemsOf(fail, { msg: ["a"] }).join()).toContain("msg");
});
