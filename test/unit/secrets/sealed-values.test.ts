import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Keyring } from "../../../engine/secrets/keyring.ts";
import {
  openNamed,
  openValues,
  type Rewritten,
  resealValues,
  sealAgain,
  sealNamed,
} from "../../../engine/secrets/sealed-values.ts";
import { scalarSpans } from "../../../engine/site/scalar-spans.ts";
import { type TestKey, testKey } from "../../support/age-keys.ts";

let key: TestKey;
let keyring: Keyring;
beforeAll(async () => {
  key = await testKey();
  keyring = key.keyring();
});

/** Armor as a marker: what matters here is where it goes, and every real one is another. */
const marker = "-----BEGIN AGE ENCRYPTED FILE-----\nMARK\n-----END AGE ENCRYPTED FILE-----\n";
const mark = async (): Promise<string> => marker;
const lines = (by: number): string => marker.trimEnd().replace(/^/gm, " ".repeat(by));

function textOf(done: Rewritten): string {
  if (!done.ok) throw new Error(JSON.stringify(done.diagnostics));
  return done.text;
}

describe("values that are encrypted in place", () => {
  test.each<[string, string, string[], string]>([
    ["a plain one", "a: one\nb: two\n", ["a"], `a: !secret |\n${lines(2)}\nb: two\n`],
    ["with a comment behind it", "a: one   # why\nb: 2\n", ["a"], `a: !secret |   # why\n${lines(2)}\nb: 2\n`],
    ["in quotes", "a: 'it''s # no comment'\n", ["a"], `a: !secret |\n${lines(2)}\n`],
    ["a block with empty lines behind it", "a: |\n  x\n\n\nb: 2\n", ["a"], `a: !secret |\n${lines(2)}\n\n\nb: 2\n`],
    ["a folded one of several lines", 'a: "x\n  y"\nb: 2\n', ["a"], `a: !secret |\n${lines(2)}\nb: 2\n`],
    ["the last one, without a line break", "a: one", ["a"], `a: !secret |\n${lines(2)}`],
    [
      "deeper",
      "x:\n    y:\n        a: one\n        b: 2\n",
      ["x.y.a"],
      `x:\n    y:\n        a: !secret |\n${lines(10)}\n        b: 2\n`,
    ],
    ["in a list", "x:\n  - one\n  - two # c\n", ["x.1"], `x:\n  - one\n  - !secret | # c\n${lines(4)}\n`],
    ["in a list without margin", "x:\n- one\n", ["x.0"], `x:\n- !secret |\n${lines(2)}\n`],
    ["in a map of a list", "x:\n- name: n\n  pw: one\n", ["x.0.pw"], `x:\n- name: n\n  pw: !secret |\n${lines(4)}\n`],
    [
      "in brackets",
      "x: { a: one, b: 'c' } # d\n",
      ["x.a"],
      `x: { a: !secret ${JSON.stringify(marker.trimEnd())}, b: 'c' } # d\n`,
    ],
    ["with an anchor", "a: &x one\nb: *x\n", ["a"], `a: &x !secret |\n${lines(2)}\nb: *x\n`],
    ["tagged !raw", "a: !raw '{{ x }}'\n", ["a"], `a: !secret |\n${lines(2)}\n`],
    ["a number, a boolean", "a: 1.50\nb: true\n", ["a", "b"], `a: !secret |\n${lines(2)}\nb: !secret |\n${lines(2)}\n`],
    ["with Windows' line ends", "a: one\r\nb: 2\r\n", ["a"], `a: !secret |\n${lines(2)}\r\nb: 2\r\n`],
  ])("%s", async (_, before, names, after) => {
    const text = textOf(await sealNamed("f.yml", before, names, mark));
    expect(text).toBe(after);
    expect(scalarSpans("f.yml", text).diagnostics).toEqual([]);
    for (const name of names)
      expect(scalarSpans("f.yml", text).spans.find(({ path }) => path.join(".") === name)?.tag).toBe("!secret");
  });

  test("keep a number as it was written", async () => {
    const sealed = textOf(await sealNamed("f.yml", "pin: 1.50\n", ["pin"], key.seal));
    expect(textOf(openNamed("f.yml", sealed, "pin", keyring.open))).toBe("1.50");
  });

  test.each<[string, string, string, string, string?]>([
    ["that are not there", "db_password: x\n", "db_pasword", "no-value", "did you mean db_password?"],
    ["that are maps", "a: { b: 1 }\n", "a", "no-value"],
    ["that are encrypted", `a: !secret |\n${lines(2)}\n`, "a", "cannot-encrypt"],
    ["that are templates", "a: '{{ x }}'\n", "a", "cannot-encrypt", "encrypt what it is made from"],
    ["that are expressions", "a: !expr x + 1\n", "a", "cannot-encrypt"],
    ["that are nothing", "a:\n", "a", "cannot-encrypt"],
    ["of what is no YAML", "a: [1\n", "a", "yaml-syntax"],
  ])("and not such %s", async (_, text, name, code, hint = "") => {
    const done = await sealNamed("f.yml", text, [name], mark);
    expect(done).toMatchObject({ ok: false, diagnostics: [{ code }] });
    if (!done.ok) expect(done.diagnostics[0]?.hint ?? "").toContain(hint);
  });
});

describe("an edit", () => {
  const secrets = [
    "hunter22",
    "two\nlines\n",
    "no end\nhere",
    " in front",
    'tab\tand "quotes" # and {{ braces }}',
    "",
    "trailing\n\n",
  ];

  test("that changes nothing gives the file byte by byte, whatever is in it and however it stands", async () => {
    const parts = await Promise.all(secrets.map(async (value) => (await key.seal(value)).trimEnd()));
    const text = `# head\n${parts.map((armor, index) => `s${index}: !secret | # c${index}\n${armor.replace(/^/gm, "  ")}`).join("\n\n")}\nlist:\n  - !secret |\n${parts[0]?.replace(/^/gm, "    ")}\n  - { x: !secret ${JSON.stringify(parts[1])} }\nplain: 1 # end\n`;
    const clear = textOf(openValues("f.yml", text, keyring.open, true));
    expect(clear).toContain('s0: !secret "hunter22" # c0\n');
    expect(clear).toContain("s1: !secret | # c1\n  two\n  lines\n");
    const again = textOf(await sealAgain("f.yml", clear, text, keyring.open, key.seal));
    // In brackets armor stands in one line of quotes, with or without its last line break.
    expect(again).toBe(text);
    const parsed = parse(textOf(openValues("f.yml", text, keyring.open, false)));
    expect(secrets.map((_, index) => parsed[`s${index}`])).toEqual(secrets);
    expect(parsed.list).toEqual([secrets[0], { x: secrets[1] }]);
  });

  test("encrypts anew what changed or was added, and nothing else", async () => {
    const [a, b] = await Promise.all(["one", "two"].map(key.seal));
    const text = `a: !secret |\n${a?.trimEnd().replace(/^/gm, "  ")}\nb: !secret |\n${b?.trimEnd().replace(/^/gm, "  ")}\n`;
    const edited = 'moved:\n  b: !secret "two"\na: !secret one!\nnew: !secret |\n  x\n  y\nclear: 1\n';
    const sealedNow: string[] = [];
    const again = textOf(
      await sealAgain("f.yml", edited, text, keyring.open, async (value) => {
        sealedNow.push(value);
        return key.seal(value);
      }),
    );
    expect(sealedNow).toEqual(["one!", "x\ny\n"]);
    expect(again).toContain(b?.trimEnd().replace(/^/gm, "    "));
    // Armor may spell any word by chance.
    expect(again.replace(/-----BEGIN[\s\S]*?-----END/g, "")).not.toMatch(/two|one!|x\n|y\n/);
    expect(parse(textOf(openValues("f.yml", again, keyring.open, false)))).toEqual({
      moved: { b: "two" },
      a: "one!",
      new: "x\ny\n",
      clear: 1,
    });
  });

  test("keeps what was pasted in its encrypted form, and equal values apart", async () => {
    const [a, b] = await Promise.all(["same", "same"].map(key.seal));
    const indented = (armor = "") => armor.trimEnd().replace(/^/gm, "  ");
    const text = `a: !secret |\n${indented(a)}\nb: !secret |\n${indented(b)}\n`;
    const clear = textOf(openValues("f.yml", text, keyring.open, true));
    expect(textOf(await sealAgain("f.yml", clear, text, keyring.open, mark))).toBe(text);
    const pasted = `${clear}c: !secret |\n${indented(a)}\n`;
    expect(textOf(await sealAgain("f.yml", pasted, text, keyring.open, mark))).toBe(
      `${text}c: !secret |\n${indented(a)}\n`,
    );
  });

  test("that leaves no YAML behind is told, at its line", async () => {
    const done = await sealAgain("f.yml", "a: [1\n", "a: 1\n", keyring.open, mark);
    expect(done).toMatchObject({ ok: false, diagnostics: [{ code: "yaml-syntax" }] });
  });

  test("gives back any value that a secret can be, in any place", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 60 }), fc.nat(6), async (raw, depth) => {
        // What no UTF-8 text can hold is none.
        const value = Buffer.from(raw).toString();
        const armor = await key.seal(value);
        const nested = Array.from({ length: depth }, (_, level) => `${"  ".repeat(level)}k:\n`).join("");
        const text = `${nested}${"  ".repeat(depth)}a: !secret |\n${armor.trimEnd().replace(/^/gm, "  ".repeat(depth + 1))}\n`;
        const clear = textOf(openValues("f.yml", text, keyring.open, true));
        expect(textOf(await sealAgain("f.yml", clear, text, keyring.open, mark))).toBe(text);
        const path = [...Array.from({ length: depth }, () => "k"), "a"].join(".");
        expect(textOf(openNamed("f.yml", text, path, keyring.open))).toBe(value);
      }),
      { numRuns: 60 },
    );
  });
});

test("encrypting anew for others leaves everything but the armor", async () => {
  const other = await testKey();
  const text = `# c\na: !secret | # why\n${(await key.seal("one")).trimEnd().replace(/^/gm, "    ")}\nb: { c: !secret ${JSON.stringify(await key.seal("two"))} }\nd: 1\n`;
  const done = await resealValues("f.yml", text, keyring.open, other.seal);
  const now = textOf(done);
  expect(done).toMatchObject({ count: 2 });
  const bare = (each: string): string =>
    each.replace(/-----BEGIN[\s\S]*?-----END AGE ENCRYPTED FILE-----(\\n)?/g, "X").replace(/^ +X/gm, "X");
  expect(bare(now)).toBe(bare(text));
  expect(parse(textOf(openValues("f.yml", now, other.keyring().open, false)))).toEqual({
    a: "one",
    b: { c: "two" },
    d: 1,
  });
  const mine = openValues("f.yml", now, keyring.open, false);
  expect(mine).toMatchObject({
    ok: false,
    diagnostics: [{ code: "wrong-identity", place: { line: 2, column: 4 } }, { place: { line: 10 } }],
  });
});
