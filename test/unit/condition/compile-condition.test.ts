import { describe, expect, test } from "vitest";
import { compileCondition, compileExpression } from "../../../engine/condition/compile-condition.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { Unknown } from "../../../engine/value/unknown.ts";
import { inFile, outcomeOf, scopeWith } from "../../support/evaluate.ts";

const vars = {
  x: 5,
  half: 0.5,
  two: 2.0,
  name: "pve1",
  on: true,
  nothing: null,
  pools: ["tank", "rpool"],
  mixed: [1, "a", null],
  sizes: [1, 2.5, 4],
  map: { "a-b": 1, deep: { key: "v" } },
  result: { rc: 0, stdout: "ok" },
  package: "curl",
  password: new Secret("hush"),
  later: new Unknown("known after download"),
  partly: [1, new Unknown("known after download")],
};
const cel = (text: string) => outcomeOf(text, compileExpression(text, inFile), scopeWith(vars));
const condition = (text: string) => outcomeOf(text, compileCondition(text, inFile), scopeWith(vars));

describe("values", () => {
  test.each<[string, unknown]>([
    ["x", 5],
    ["nothing", null],
    ["[x, 'a', null, 1.5]", [5, "a", null, 1.5]],
    ["{'a': x, name: [1]}", { a: 5, pve1: [1] }],
    ["pools[1]", "rpool"],
    ["pools[x - 4]", "rpool"],
    ["map['a-b']", 1],
    ["map.deep['key']", "v"],
    ["vars.x", 5],
    ["vars['name']", "pve1"],
    ["vars[name == 'pve1' ? 'x' : 'y']", 5],
    ["vars.package", "curl"],
    ["on ? 'a' : nope", "a"],
    ["on ? 'a' : 1", "a"],
    ["'a' + name", "apve1"],
    ["pools + ['x']", ["tank", "rpool", "x"]],
    ["cel.bind(n, x + 1, n * n)", 36],
  ])("%s gives %j", (text, value) => {
    expect(cel(text)).toEqual(value);
  });
});

describe("numbers: an int stays one, and meets a double as a double", () => {
  test.each<[string, unknown]>([
    ["7 / 2", 3],
    ["-7 / 2", -3],
    ["-7 % 3", -1],
    ["7 / 2.0", 3.5],
    ["7.0 / 2", 3.5],
    ["3.0 / 2.0", 1.5],
    ["half * 2.0 / 4", 0.25],
    ["half * x", 2.5],
    ["x / two", 2], // 2.0 in YAML is the integer 2
    ["double(x) / 2", 2.5],
    ["double('1e3')", 1000],
    ["int(7.9) / 2", 3],
    ["1 == 1.0", true],
    ["x > 4.9", true],
    ["-x", -5],
    ["0 * -1", 0],
    ["9007199254740991 / 2", 4503599627370495],
    ["sizes.exists(s, s == 2.5)", true],
    ["2.0", 2],
  ])("%s gives %j", (text, value) => {
    expect(cel(text)).toBe(value);
  });
});

describe("conditions", () => {
  test.each<[string, boolean]>([
    ["on", true],
    ["!on || x == 5", true],
    ["name == 'pve1' && 'tank' in pools", true],
    ["'a' in mixed && null in mixed && !(2 in mixed)", true],
    ["'deep' in map", true],
    ["nothing == null && name != null", true],
    ["null == nothing", true],
    ["has(vars.x) && !has(vars.y)", true],
    ["has(map.deep.key) && !has(map.deep.no) && !has(map.no.way)", true],
    ["has(vars.y.z)", false],
    ["has(map['a-b'])", true],
    ["has(vars.nothing)", true],
    ["defined(x) && !defined(map.no)", true],
    ["default(missing, 3) == 3", true],
    ["map.no.default('d') == 'd'", true],
    ["default(name, missing) == 'pve1'", true],
    ["pools.exists(p, p.startsWith('t'))", true],
    ["pools.all(p, size(p) > 4)", false],
    ["pools.exists_one(p, p == 'tank')", true],
    ["pools.filter(p, p != 'tank') == ['rpool']", true],
    ["pools.map(p, p.upper()) == ['TANK', 'RPOOL']", true],
    ["pools.map(p, p == 'tank', p.size()) == [4]", true],
    ["map.exists(k, k == 'deep')", true],
    ["[1, 2].all(a, [3].all(b, a < b))", true],
    ["[1].exists(x, x == 1) && x == 5", true], // an item's name hides the variable, inside alone
    ["name.matches('^pve[0-9]+$')", true],
    ["name.contains('ve') && name.endsWith('1') && name.indexOf('v') == 1", true],
    ["name.substring(3) == '1' && name.substring(0, 2) == 'pv'", true],
    ["'b' > 'a' && 'a' <= 'a'", true],
    ["{'a': [1, 2.0]} == {'a': [1.0, 2]}", true],
    ["[1, null] == [1, 2] || [1] == [1, 2] || {'a': 1} == {'b': 1}", false],
    ["type(x) == 'integer' && type(password) == 'string'", true],
    ["password == 'hush' && size(password) == 4 && password.startsWith('h')", true],
    ["x != 5 && nope", false],
  ])("%s is %s", (text, value) => {
    expect(condition(text)).toBe(value);
  });
});

describe("what cannot be evaluated is marked exactly", () => {
  test.each<[string, string, string, string]>([
    ["on && nam == 'a'", "undefined-variable", "nam", 'the variable "nam" is not defined | did you mean "name"?'],
    [
      "nope || on",
      "undefined-variable",
      "nope",
      'the variable "nope" is not defined | define it, or give it a default: `default`',
    ],
    ["vars.nam == 'a'", "undefined-variable", "vars.nam", 'the variable "nam" is not defined | did you mean "name"?'],
    ["map.deep.kee == 'v'", "undefined-key", "map.deep.kee", '"map.deep" has no key "kee" | did you mean "key"?'],
    ["result.no.more == 1", "undefined-key", "result.no", '"result" has no key "no" | it has rc, stdout'],
    [
      "pools[2] == ''",
      "index-out-of-range",
      "pools[2]",
      '"pools" has 2 items and none at index 2 | the first is at index 0',
    ],
    [
      "pools[-1] == ''",
      "index-out-of-range",
      "pools[-1]",
      '"pools" has 2 items and none at index -1 | the first is at index 0',
    ],
    [
      "pools.length == 2",
      "undefined-key",
      "pools.length",
      '"pools" is a list and has no key "length" | the function `length` counts the items',
    ],
    [
      "x == '5'",
      "compare-types",
      "x == '5'",
      'an integer is compared with a string | string(x) == "1", or int(x) == 1',
    ],
    [
      "on != 'true'",
      "compare-types",
      "on != 'true'",
      "a boolean is compared with a string | a boolean has no quotes: x == true; bool(x) reads one from a text",
    ],
    [
      "pools == 'tank'",
      "compare-types",
      "pools == 'tank'",
      "a list is compared with a string | an item is looked for with `item in list`",
    ],
    [
      "[80] == ['80']",
      "compare-types",
      "[80] == ['80']",
      'an integer is compared with a string | string(x) == "1", or int(x) == 1',
    ],
    [
      "{'a': 1} == {'a': '1'}",
      "compare-types",
      "{'a': 1} == {'a': '1'}",
      'an integer is compared with a string | string(x) == "1", or int(x) == 1',
    ],
    [
      "'80' in [80]",
      "compare-types",
      "'80' in [80]",
      'a string is looked for in a list of integer values | string(x) == "1", or int(x) == 1',
    ],
    [
      "x > 'a'",
      "wrong-type",
      "x > 'a'",
      '">" does not work on an integer and a string | int(x) makes a number of a text',
    ],
    [
      "name + x == ''",
      "wrong-type",
      "name + x",
      '"+" does not work on a string and an integer | string(x) makes a text of a number',
    ],
    [
      "'e' in name",
      "wrong-type",
      "'e' in name",
      '"in" looks into a list or a map, and this is a string | a part of a text is found with x.contains(part)',
    ],
    ["x && on", "not-a-boolean", "x", '"x" must be a boolean, and is an integer | write `x != 0`'],
    [
      "!name",
      "not-a-boolean",
      "name",
      '"name" must be a boolean, and is a string | write `name != ""`, or `bool(name)` if it spells a boolean',
    ],
    ["x", "not-a-boolean", "x", 'a condition must be a boolean, and "x" is the integer 5 | write `x != 0`'],
    [
      "pools",
      "not-a-boolean",
      "pools",
      'a condition must be a boolean, and "pools" is a list | write `size(pools) > 0`',
    ],
    [
      "name",
      "not-a-boolean",
      "name",
      'a condition must be a boolean, and "name" is the string "pve1" | write `name != ""`, or `bool(name)` if it spells a boolean',
    ],
    [
      "password",
      "not-a-boolean",
      "password",
      'a condition must be a boolean, and "password" is a secret | write `password != ""`, or `bool(password)` if it spells a boolean',
    ],
    ["pools.exists(p, p)", "not-a-boolean", "p", "the test of an item must be a boolean, and this is a string"],
    ["x / 0 == 1", "division-by-zero", "x / 0", "division by zero | ask first: n != 0 && 10 / n > 1"],
    [
      "9007199254740991 + x > 0",
      "number-range",
      "9007199254740991 + x",
      "the result is too large to be an exact integer | with doubles (2.0) it may be inexact",
    ],
    ["x.all(y, true)", "wrong-type", "x", "this goes over a list or the keys of a map, and here is an integer"],
    ["{a: 1} == {'a': 1}", "undefined-variable", "a", 'the variable "a" is not defined | quote the key: {"a": …}'],
    [
      "name.matches('(')",
      "function-failed",
      "name.matches('(')",
      expect.stringContaining('matches: "(" is no regular expression'),
    ],
  ])("%s", (text, code, marked, says) => {
    expect(condition(text)).toEqual({ code, marked, says });
  });
});

describe("what cannot be compiled is marked exactly", () => {
  test.each<[string, string, string, string]>([
    ["", "condition-syntax", "", "the expression is empty | write what must hold, or remove the keyword"],
    [
      "x ==",
      "condition-syntax",
      "",
      "condition: the expression ends too early | what stands last wants something behind it, or a bracket is not closed",
    ],
    ["(x == 1", "condition-syntax", "", 'condition: ")" is missing'],
    ["x == 5)", "condition-syntax", ")", "condition: this cannot stand here"],
    ["'abc", "condition-syntax", "'abc", "condition: unterminated string"],
    [
      "package == 'a'",
      "condition-syntax",
      "package",
      'condition: "package" is a reserved word of CEL | read the variable as vars.package',
    ],
    [
      "'text'",
      "not-a-boolean",
      "'text'",
      "a condition must be a boolean, and \"'text'\" gives a string | compare it with something",
    ],
    [
      "size(pools)",
      "not-a-boolean",
      "size(pools)",
      'a condition must be a boolean, and "size(pools)" gives an integer | compare it with something',
    ],
    [
      "x + 1",
      "not-a-boolean",
      "x + 1",
      'a condition must be a boolean, and "x + 1" gives a number, a text or a list | compare it with something',
    ],
    ["siz(x) == 1", "unknown-function", "siz(x)", 'there is no function "siz" | did you mean "size"?'],
    ["len(pools) == 1", "unknown-function", "len(pools)", 'there is no function "len" | did you mean "length"?'],
    [
      "timestamp('x') == 1",
      "unknown-function",
      "timestamp('x')",
      "CEL's timestamp() is not part of the language here | values are null, boolean, integer, double, string, list and map",
    ],
    [
      "has(x)",
      "wrong-arguments",
      "has(x)",
      "has() takes a key of something, such as has(x.y) | for a variable: has(vars.x)",
    ],
    [
      "name.upper(1) == ''",
      "wrong-arguments",
      "name.upper(1)",
      "upper takes 1 argument and has 2 | upper(text) The text in capitals.",
    ],
    [
      "9007199254740993 == x",
      "number-range",
      "9007199254740993",
      "9007199254740993 is too large to be an exact integer | integers reach to ±9007199254740991",
    ],
    ["vars == x", "vars-alone", "vars", "`vars` stands for no value of its own | name a variable: vars.x"],
    ["b'x' == x", "condition-syntax", "b'x'", "b'x': bytes and unsigned integers are not part of the language here"],
    [
      "lookup('env', 'HOME') == ''",
      "jinja-syntax",
      "lookup('env', 'HOME')",
      '"lookup" is Jinja | look-ups are functions here: env("HOME")',
    ],
    ["pools.exists(1, true)", "condition-syntax", "1", "condition: the first argument must be a new name for the item"],
  ])("%s", (text, code, marked, says) => {
    expect(condition(text)).toEqual({ code, marked, says });
  });

  test("all that is wrong with one condition is told at once", () => {
    const parsed = compileCondition("siz(x) == 1 && hsa(x) == 2", inFile);
    expect(parsed.ok ? [] : parsed.diagnostics.map(({ place }) => place?.column)).toEqual([1, 16]);
  });

  test("a template in quotes is a warning: it is compared as it stands", () => {
    const parsed = compileCondition("'{{ name }}' == 'pve1'", inFile);
    expect(parsed.ok && parsed.warnings).toMatchObject([
      { code: "jinja-syntax", hint: "write `name`", severity: "warning" },
    ]);
  });
});

describe("habits of Jinja and Python are translated", () => {
  test.each<[string, string, string]>([
    ["on and x == 5", "and", "write `a && b`"],
    ["on or x == 5", "or", "write `a || b`"],
    ["not on", "not on", "write `!on`"],
    ["not(on)", "not(on)", "write `!x`"],
    ["on == True", "True", "write `true`"],
    ["nothing == None", "None", "write `null`"],
    ["name is defined", "name is defined", "write `has(vars.name)`"],
    ["x == 5 and map.deep is not defined", "map.deep is not defined", "write `!has(map.deep)`"],
    ["nothing is none", "nothing is none", "write `nothing == null`"],
    ["x = 5", "=", "write `a == b`"],
    ["x === 5", "===", "write `a == b`"],
    ["pools | length > 1", "pools | length", "write `size(pools)`"],
    ["missing | default('and') == 'a'", "missing | default('and')", "write `default(missing, 'and')`"],
    ["name not in pools", "name not in pools", "write `!(name in pools)`"],
    ["{{ on }}", "{{ on }}", "write `on`"],
    ["result is changed", "result is changed", "write `result.changed`"],
    ["result is not changed", "result is not changed", "write `!result.changed`"],
    ["result is success", "result is success", "write `!result.failed`"],
    ["result is not failed", "result is not failed", "write `!result.failed`"],
    ["result | failed", "result | failed", "write `result.failed`"],
    ["on | bool", "on | bool", "write `on`"],
    ["pools.0 == 'tank'", "pools.0", "write `pools[0]`"],
    ["'a' if on else 'b'", "if on else", "write `condition ? a : b`"],
  ])("%s", (text, marked, hint) => {
    const complaint = condition(text);
    expect(complaint).toMatchObject({ code: "jinja-syntax", marked });
    expect(complaint).toMatchObject({ says: expect.stringMatching(new RegExp(`\\| ${escaped(hint)}$`)) });
  });

  test("words inside a text are no habits", () => {
    expect(condition("name == 'this and that is defined = not'")).toBe(false);
    // The syntax error is elsewhere, and is the one to be told.
    expect(condition("name == 'is defined | not' )")).toMatchObject({ code: "condition-syntax", marked: ")" });
  });
});

describe("what is not known yet", () => {
  test.each<[string, unknown]>([
    ["later == 1", "unknown: known after download"],
    ["later", "unknown: known after download"],
    ["has(later.size)", "unknown: known after download"],
    ["later || on", true],
    ["on || later", true],
    ["later && !on", false],
    ["later && on", "unknown: known after download"],
    ["later || nope", "undefined"],
    ["1 in partly", true],
    ["2 in partly", "unknown: known after download"],
    ["partly == [1]", "unknown: known after download"],
    ["partly.exists(p, p == 1)", true],
    ["partly.exists(p, p == 2)", "unknown: known after download"],
    ["partly.all(p, p == 2)", false],
    ["size(partly) == 2", true],
  ])("%s gives %j", (text, value) => {
    if (value === "undefined") expect(condition(text)).toMatchObject({ code: "undefined-variable", marked: "nope" });
    else expect(condition(text)).toEqual(value);
  });
});

test("a text made from a secret is one", () => {
  expect(cel("'user:' + password")).toBe("secret(user:hush)");
  expect(cel("[password].map(p, p + '!')")).toEqual(["secret(hush!)"]);
  expect(cel("on ? password : ''")).toBe("secret(hush)");
  expect(cel("{'a': password}['a']")).toBe("secret(hush)");
});

test("a variable that the condition tests for is optional in all of it", () => {
  const parsed = compileCondition("has(vars.x) && x == 1 && z", inFile);
  expect(parsed.ok ? parsed.value.uses.map(({ name, optional }) => [name, optional]) : []).toEqual([
    ["x", true],
    ["x", true],
    ["z", false],
  ]);
});

test("uses are the variables that the expression reads, with the keys that follow", () => {
  const text = "a.b['c'].d[e] == 1 && has(vars.f.g) && xs.exists(x, x.y == vars['h']) && default(i, 1) == vars[j]";
  const parsed = compileExpression(text, inFile);
  expect(parsed.ok ? parsed.value.uses.map(({ name, path, optional }) => [name, path, optional]) : []).toEqual(
    expect.arrayContaining([
      ["a", ["b", "c", "d"], false],
      ["e", [], false],
      ["f", ["g"], true],
      ["xs", [], false],
      ["h", [], false],
      ["i", [], true],
      ["j", [], false],
      ["vars", [], true],
    ]),
  );
  expect(parsed.ok && parsed.value.uses).toHaveLength(8);
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
