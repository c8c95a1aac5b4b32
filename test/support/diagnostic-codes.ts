import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "../..");

// How the sources write the code of a diagnostic: as a field, or as an argument of a function that makes one.
const asField = /\bcode: (?:[^,;\n]*\? )?"([a-z0-9-]+)"(?: : "([a-z0-9-]+)")?/g;
const asArgument =
  /\b(?:report|complain|failure|fail|problem|warning|warn|wrong|evaluationFailure|diagnostic)\w*\(\s*(?:[\w.]+,\s*){0,2}"([a-z]+(?:-[a-z0-9]+)+)",/g;
const asChoice =
  /\b(?:const|readonly) \w*[cC]ode\b(?:: \w+)? = (?:[^",;\n]*\? )?"([a-z]+(?:-[a-z0-9]+)+)"(?: : "([a-z0-9-]+)")?/g;

// What operations and schemas call `code` is something else, and so are the tools that the embedded lab imitates.
const elsewhere = /^engine\/(ops|module)\/|^engine\/sim\/(?!sandbox\/store)|^modules\//;
const otherCodes = new Set(["custom", "raced", "failed", "denied", "timeout"]);
// Those of operations that look like codes of diagnostics, where they are named outside of `ops`.
const operations = readFileSync(join(repository, "engine/ops/ir.ts"), "utf8");
const ofOperations = /export type OpErrorCode =([^;]*);/.exec(operations)?.[1]?.matchAll(/"([a-z-]+)"/g) ?? [];
for (const [, code = ""] of ofOperations) otherCodes.add(code);

/** Every code of a diagnostic that the sources can give, with the files that do. */
export function codesInSources(): ReadonlyMap<string, ReadonlySet<string>> {
  const codes = new Map<string, Set<string>>();
  for (const name of readdirSync(join(repository, "engine"), { recursive: true, encoding: "utf8" })) {
    const path = `engine/${name}`;
    if (!name.endsWith(".ts") || elsewhere.test(path)) continue;
    const text = readFileSync(join(repository, path), "utf8");
    for (const pattern of [asField, asArgument, asChoice]) {
      for (const [, one, other] of text.matchAll(pattern)) {
        for (const code of [one, other]) {
          if (code === undefined || otherCodes.has(code)) continue;
          codes.set(code, (codes.get(code) ?? new Set()).add(path));
        }
      }
    }
  }
  return codes;
}

/** Whether the sources name a code in any way: as a constant, or put together of parts. */
export function namedInSources(code: string): boolean {
  const parts = [`"${code}"`, `\`${code.replace(/-(group|host)$/, "-${what}")}\``];
  return readdirSync(join(repository, "engine"), { recursive: true, encoding: "utf8" }).some((name) => {
    if (!name.endsWith(".ts")) return false;
    const text = readFileSync(join(repository, "engine", name), "utf8");
    return parts.some((part) => text.includes(part));
  });
}
