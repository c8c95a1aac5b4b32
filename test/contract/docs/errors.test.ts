import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const repository = resolve(import.meta.dirname, "../../..");
const engine = readdirSync(join(repository, "engine"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ name, text: readFileSync(join(repository, "engine", name), "utf8") }));
const index = readFileSync(join(repository, "docs/errors/README.md"), "utf8");
const listed = [...index.matchAll(/^\| `([a-z-]+)` \| \S/gm)].map(([, code = ""]) => code);

// How the sources write the code of a diagnostic: as a field, or as an argument of a function that makes one.
const asField = /\bcode: (?:[^",;\n]*\? )?"([a-z-]+)"(?: : "([a-z-]+)")?/g;
const asArgument =
  /\b(?:report|complain|failure|fail|problem|evaluationFailure)\(\s*(?:[\w.]+,\s*){0,2}"([a-z]+(?:-[a-z]+)+)",/g;
// The codes of operations' errors and zod's own are other things.
const operations = engine.find(({ name }) => name === "ops/ir.ts")?.text ?? "";
const ofOperations = /export type OpErrorCode =([^;]*);/.exec(operations)?.[1]?.matchAll(/"([a-z-]+)"/g) ?? [];
const otherCodes = new Set(["custom", "raced", ...[...ofOperations].map(([, code = ""]) => code)]);
const elsewhere = /^(ops|module)\/|^sim\/(?!store)/;

function codesIn(text: string): readonly string[] {
  return [...text.matchAll(asField), ...text.matchAll(asArgument)]
    .flatMap(([, one, other]) => [one, other])
    .filter((code) => code !== undefined)
    .filter((code) => !otherCodes.has(code));
}

describe("docs/errors", () => {
  const used = new Set(engine.filter(({ name }) => !elsewhere.test(name)).flatMap(({ text }) => codesIn(text)));

  it("lists every code of the sources", () => {
    expect(otherCodes.size).toBeGreaterThan(8);
    expect(used.size).toBeGreaterThan(80);
    expect([...used].filter((code) => !listed.includes(code)).sort()).toEqual([]);
  });

  it("lists no code twice, and none that is gone", () => {
    expect(listed.filter((code, position) => listed.indexOf(code) !== position)).toEqual([]);
    const gone = listed.filter((code) => !engine.some(({ text }) => text.includes(`"${code}"`)));
    expect(gone).toEqual([]);
  });
});
