import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keywords } from "../../../engine/site/keywords.ts";
import { checkTexts } from "../../support/check-texts.ts";

const repository = resolve(import.meta.dirname, "../../..");
const good = siteTexts();
const changeable = Object.keys(good).filter((path) => /\.(ya?ml|hbs)$/.test(path));

/** The example site: its playbooks, roles, inventories. */
function siteTexts(): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const folder of ["playbooks", "roles", "inventory"]) {
    for (const name of readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })) {
      if (!name.isFile()) continue;
      const path = join(name.parentPath, name.name);
      found[path.slice(repository.length + 1)] = readFileSync(path, "utf8");
    }
  }
  return { ...found, "lab.yml": "inventory: inventory\n" };
}

/** Who uses a file: not all playbooks are to be checked for each letter. */
function playbooksOf(files: readonly string[]): readonly string[] {
  // The one role that the whole lab does without has a playbook of its own.
  const user = (file: string) => (file.startsWith("roles/recovery_toolkit/") ? "recover.yml" : "site.yml");
  return [...new Set(files.map((file) => (/^playbooks\/[^/]*\.yml$/.test(file) ? file : `playbooks/${user(file)}`)))];
}

type Mutation = (lines: readonly string[], at: number, letter: string) => readonly string[];

const mutations: Readonly<Record<string, Mutation>> = {
  "a line less": (lines, at) => lines.toSpliced(at, 1),
  "a line twice": (lines, at) => lines.toSpliced(at, 0, lines[at] ?? ""),
  "a letter less": (lines, at) => lines.with(at, (lines[at] ?? "").replace(/(\w)\w(\w*:)/, "$1$2")),
  "another letter": (lines, at, letter) => lines.with(at, (lines[at] ?? "").replace(/(\w)\w(\w*:)/, `$1${letter}$2`)),
  "indented further": (lines, at) => lines.with(at, ` ${lines[at]}`),
  "indented less": (lines, at) => lines.with(at, (lines[at] ?? "").replace(/^ /, "")),
  "a tab": (lines, at) => lines.with(at, (lines[at] ?? "").replace(/^ {2}/, "\t")),
  "another type": (lines, at) => lines.with(at, (lines[at] ?? "").replace(/: \S.*$/, ": [1, { a: b }]")),
  nothing: (lines, at) => lines.with(at, (lines[at] ?? "").replace(/: \S.*$/, ":")),
  "a bracket": (lines, at, letter) =>
    lines.with(at, (lines[at] ?? "").replace(/: (\S)/, `: ${"{[\"'"[letter.charCodeAt(0) % 4]}$1`)),
  "a brace less": (lines, at) => lines.with(at, (lines[at] ?? "").replace(/[\]}"']/, "")),
  "a colon more": (lines, at) => lines.with(at, `${lines[at]}: x`),
  "something odd": (lines, at, letter) =>
    lines.with(at, `${lines[at]}${["&x", "*x", "!y z", "😀", "\u0000", "{{", "|", "- -"][letter.charCodeAt(0) % 8]}`),
  "cut off": (lines, at) => lines.slice(0, at),
};

const mutation = fc.record({
  kind: fc.constantFrom(...Object.keys(mutations)),
  file: fc.constantFrom(...changeable),
  at: fc.nat(400),
  letter: fc.constantFrom(..."abcxyz"),
});

describe("a good site, meddled with", () => {
  it("is good at first", async () => {
    const { diagnostics } = await checkTexts(good);
    expect(diagnostics.filter(({ severity }) => severity !== "warning")).toEqual([]);
    expect(changeable.length).toBeGreaterThan(30);
  });

  it("is told of with diagnostics that have places in it, and never ends in a fault", {
    timeout: 900_000,
  }, async () => {
    let wrong = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (changes) => {
        const texts: Record<string, string> = { ...good };
        for (const { kind, file, at, letter } of changes) {
          const lines = (texts[file] ?? "").split("\n");
          texts[file] = (mutations[kind]?.(lines, at % lines.length, letter) ?? lines).join("\n");
        }
        const { diagnostics } = await checkTexts(texts, playbooksOf(changes.map(({ file }) => file)));
        if (diagnostics.some(({ severity }) => severity !== "warning")) wrong += 1;
        for (const { place, code, message } of diagnostics) {
          expect(code).toMatch(/^[a-z0-9-]+$/);
          expect(message).not.toMatch(/undefined is|cannot read prop/i);
          if (!place || texts[place.file] === undefined) continue;
          const line = (texts[place.file] ?? "").split("\n")[place.line - 1];
          expect(line, `${code} at ${place.file}:${place.line}`).not.toBeUndefined();
          expect(place.column).toBeLessThanOrEqual((line ?? "").length + 2);
        }
      }),
      { numRuns: 40, seed: 20_261_122 },
    );
    // Most of what is done to it breaks it; a mutation that never did would be none.
    expect(wrong).toBeGreaterThan(15);
  });

  const words = new Set(
    [...keywords.play.values(), ...keywords.task.values()].map(({ name }) => name).filter((name) => name.length > 3),
  );
  const places = changeable.flatMap((file) =>
    (good[file] ?? "").split("\n").flatMap((line, index) => {
      const word = /^(?: {4}|- | {2}){0,3}([a-z_]+):/.exec(line)?.[1] ?? "";
      // Where a role is used any other word is a parameter of it.
      const ofRole = (good[file] ?? "")
        .split("\n")
        .slice(Math.max(0, index - 8), index)
        .some((each) => /- role:/.test(each));
      // Deeper words belong to modules.
      const ofTask = line.indexOf(word) <= (file.startsWith("roles/") ? 2 : 6);
      return words.has(word) && !ofRole && ofTask && /^(playbooks\/[^/]*\.yml|roles\/.*\/(tasks|handlers)\/)/.test(file)
        ? [{ file, index, word, column: line.indexOf(word) }]
        : [];
    }),
  );

  it("tells a mistyped keyword in its line and column", { timeout: 600_000 }, async () => {
    expect(places.length).toBeGreaterThan(200);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), fc.nat(20), async ({ file, index, word, column }, at) => {
        const position = 1 + (at % (word.length - 1));
        const mistyped = `${word.slice(0, position)}q${word.slice(position + 1)}`;
        const lines = (good[file] ?? "").split("\n");
        const line = lines[index] ?? "";
        const text = lines.with(index, line.replace(word, mistyped)).join("\n");
        const { diagnostics } = await checkTexts({ ...good, [file]: text }, playbooksOf([file]));
        const here = diagnostics.filter(({ place }) => place?.file === file && place.line === index + 1);
        const told = here.find(({ code }) => code === "unknown-keyword" || code === "unknown-module");
        expect(told?.place?.column, `${file}:${index + 1}: ${mistyped}`).toBe(column + 1);
        expect(told?.severity ?? "error").toBe("error");
        // The word that was meant, unless another one is as near.
        if (word.length > 5) expect(told?.hint).toMatch(/did you mean/);
      }),
      { numRuns: 25, seed: 7 },
    );
  });
});
