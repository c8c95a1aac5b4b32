import { describe, expect, test } from "vitest";
import { compileExpression } from "../../../engine/condition/compile-condition.ts";
import { callFunction } from "../../../engine/functions/call-function.ts";
import { functionTopics, type LabFunction } from "../../../engine/functions/function.ts";
import { registry } from "../../../engine/functions/registry.ts";
import { compileTemplate } from "../../../engine/template/compile-template.ts";
import { EvaluationError } from "../../../engine/value/evaluation-error.ts";
import type { Outside } from "../../../engine/value/scope.ts";
import { Secret } from "../../../engine/value/secret.ts";
import type { Value } from "../../../engine/value/value.ts";
import { inFile, outcomeOf, scopeWith } from "../../support/evaluate.ts";

const functions = [...registry.values()];

/** What the examples of look-ups find. */
const site: Readonly<Record<string, string>> = {
  motd: "Welcome to {{ this }} lab\n\n",
  "keys/ada.pub": "# of ada\nssh-ed25519 AAAA ada\n",
  "keys/ben.pub": "",
};
const outside: Outside = {
  file: (name) => ({ text: site[name] ?? "", secret: false }),
  has: (name) => Object.hasOwn(site, name),
  glob: (pattern) => Object.keys(site).filter((name) => name.startsWith(pattern.replace(/\*.*$/, ""))),
  env: (name) => (name === "EDITOR" ? "vi" : undefined),
  now: () => 1_769_817_600,
};

describe.each(functions)("$name", ({ name, summary, topic, params, looksUp, templatesOnly, example, more = [] }) => {
  test.each([example, ...more])("$template and $cel give what is said", ({ vars, template, cel, gives }) => {
    const scope = scopeWith(vars ?? {}, outside);
    const expected = gives instanceof Secret ? `secret(${gives.reveal()})` : gives;
    expect(outcomeOf(template, compileTemplate(template, inFile), scope)).toEqual(expected);
    expect(outcomeOf(cel, compileExpression(cel, inFile), scope)).toEqual(expected);
  });
  test("its examples call it, and it is documented", () => {
    expect(example.template).toContain(name);
    if (templatesOnly !== true) expect(example.cel).toContain(name);
    expect(summary).toMatch(/^[A-Z\d].*\.$/s);
    expect(functionTopics).toContain(topic);
    for (const word of [name, ...params.map((param) => param.name)]) expect(word).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(params.filter(({ optional }, index) => optional !== true && params[index - 1]?.optional === true)).toEqual(
      [],
    );
  });
  test("what it cannot work with is an error of the site, never a fault of ours", () => {
    const odd: readonly Value[] = [
      null,
      true,
      -1,
      0.5,
      1e308,
      "",
      "x",
      "\u0000",
      "(",
      "{{x}}",
      [],
      [null],
      [[]],
      {},
      { a: null },
      new Secret("hush"),
    ];
    const counts = [...new Set([params.filter(({ optional }) => optional !== true).length, params.length])];
    for (const count of counts)
      for (const one of odd)
        for (const other of odd) {
          const args = Array.from({ length: count }, (_, index) => (index === 0 ? one : other));
          try {
            const answer = callFunction(registry.get(name) as LabFunction, args, () => inFile.place, { outside });
            // What is made of a secret is one, and prints as stars; its digest, length or place may be known.
            const shown = JSON.stringify(answer ?? null).toLowerCase();
            for (const leak of ["hush", "aHVzaA", "hsuh".split("").reverse().join("")])
              expect(shown).not.toContain(leak.toLowerCase());
          } catch (error) {
            if (!(error instanceof EvaluationError)) throw error;
            expect(JSON.stringify(error.diagnostic)).not.toContain("hush");
          }
        }
  });
  test("where there is nothing to look things up in its answer is not known", () => {
    const cel = outcomeOf(example.cel, compileExpression(example.cel, inFile), scopeWith(example.vars ?? {}));
    if (looksUp === undefined) expect(String(cel)).not.toMatch(/^unknown/);
    else expect(cel).toMatch(/^unknown: .* is looked up when the play runs$/);
  });
});

const cel = (source: string, vars = {}) => outcomeOf(source, compileExpression(source, inFile), scopeWith(vars));

test("a word of a shell holds no NUL, which would end it there", () => {
  expect(JSON.stringify(cel("quote(x)", { x: "a\0b" }))).toContain("a text with a NUL character cannot be");
  expect(cel("quote(x)", { x: "plain" })).toBe("plain");
});

test.each<[string, unknown]>([
  ["int(' 12 ')", 12],
  ["int(-2.9)", -2],
  ["int(true)", 1],
  ["bool('off')", false],
  ["basename('/etc/')", "etc"],
  ["dirname('a')", "."],
  ["dirname('/a')", "/"],
  ["replace('a.b', '.', '$&')", "a$&b"],
  ["regex_replace('sda1', '[0-9]+$', '')", "sda"],
  ["sort(['b', 'a', 'B'])", ["B", "a", "b"]],
  ["min(['b', 'a'])", "a"],
  ["round(-0.4)", 0],
  ["unique([{'a': 1}, {'a': 1}])", [{ a: 1 }]],
  ["contains({'a': 1}, 'a')", true],
  ["to_json({'a': [1]}, 2)", '{\n  "a": [\n    1\n  ]\n}'],
  ["length('añ😀')", 3],
])("%s gives %j", (source, value) => {
  expect(cel(source)).toEqual(value);
});

test.each<[string, string, string]>([
  [
    "upper(5)",
    "wrong-argument",
    'upper: "text" must be a string, and this is an integer | the function `string` makes a text of it',
  ],
  ["int('0x1f')", "function-failed", 'int: no whole number is in "0x1f" | digits alone, such as 42 or -7'],
  ["int('')", "function-failed", 'int: no whole number is in "" | digits alone, such as 42 or -7'],
  ["first([])", "function-failed", "first: the list is empty | test its length first"],
  ["b64decode('a?')", "function-failed", "b64decode: the text is no base64"],
  ["b64decode('/w==')", "function-failed", "b64decode: the base64 holds bytes that are no UTF-8 text"],
  [
    "from_json('[9007199254740993]')",
    "function-failed",
    "from_json: the JSON holds the integer 9007199254740992, too large to be exact | write it as a text",
  ],
  [
    "sort([1, 'a'])",
    "function-failed",
    "sort: numbers are compared with numbers and texts with texts, and here a string meets an integer",
  ],
  [
    "join([null], ',')",
    "function-failed",
    "join: the items must be texts, numbers or booleans, and one is null | `to_json` prints lists and maps",
  ],
  [
    "replace('a')",
    "wrong-arguments",
    "replace takes 3 arguments and has 1 | replace(text, old, new) The text with every occurrence of one text replaced by another.",
  ],
])("%s is %s", (source, code, says) => {
  expect(cel(source)).toMatchObject({ code, says });
});

describe("secrets", () => {
  const vars = { pw: new Secret("hush"), list: ["a", new Secret("hush")], plain: "x" };
  test.each<[string, unknown]>([
    ["upper(pw)", "secret(HUSH)"],
    ["to_json({'p': pw})", 'secret({"p":"hush"})'],
    ["join(list, '-')", "secret(a-hush)"],
    ["split(pw, 'u')", ["secret(h)", "secret(sh)"]],
    ["length(pw)", 4],
    ["contains(list, 'hush')", true],
    ["first(list)", "a"],
    ["last(list)", "secret(hush)"],
    ["sha256(pw) == sha256('hush')", true],
    ["default(pw, 'x')", "secret(hush)"],
    ["keys({'a': pw})", ["a"]],
  ])("%s gives %j", (source, value) => {
    expect(cel(source, vars)).toEqual(value);
  });

  test("an error about a secret does not tell it", () => {
    expect(JSON.stringify(cel("int(pw)", vars))).not.toContain("hush");
    expect(JSON.stringify(cel("from_json(pw)", vars))).not.toContain("hush");
    expect(JSON.stringify(cel("b64decode(pw + '?')", vars))).not.toContain("hush");
    expect(JSON.stringify(cel("plain.matches(pw + '(')", vars))).not.toContain("hush");
    expect(JSON.stringify(cel("{'a': 1}[pw]", vars))).not.toContain("hush");
    expect(JSON.stringify(cel("vars[pw]", vars))).not.toContain("hush");
  });
});
