import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { checkWhole } from "../../../engine/cli/check-whole.ts";
import { libraryModules } from "../../../engine/cli/module-shelf.ts";
import { diskFiles } from "../../support/site-fixture.ts";

const folder = resolve(import.meta.dirname, "../../fixtures/broken");
const sites = readdirSync(folder);

interface Stated {
  readonly place: string;
  readonly code: string;
  readonly severity: string;
}

/**
 * What a site says is wrong with it: `# ERROR code` or `# WARNING code` in the line where it is to be told, with `@column`
 * behind the word, or `@line:column` where no comment can stand in that line.
 */
function statedIn(site: string): readonly Stated[] {
  return filesBelow(join(folder, site), "").flatMap((file) =>
    readFileSync(join(folder, site, file), "utf8")
      .split("\n")
      .flatMap((text, index) =>
        [...text.matchAll(/(ERROR|WARNING)(?:@(?:(\d+):)?(\d+))? ([a-z0-9-]+)/g)].map(
          ([, severity = "", line, column, code = ""]): Stated => ({
            place: `${file}:${line ?? index + 1}:${column ?? "*"}`,
            code,
            severity: severity.toLowerCase(),
          }),
        ),
      ),
  );
}

function filesBelow(path: string, prefix: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(path, entry.name), `${prefix}${entry.name}/`) : [prefix + entry.name],
  );
}

const check = (site: string) =>
  checkWhole({
    source: diskFiles,
    folder: join(folder, site),
    playbooks: [],
    modules: libraryModules,
    libraryRoles: "/nowhere",
    options: {},
  });

describe("every fault of a site is told in one run, where it stands", () => {
  it("knows more than two hundred of them", () => {
    expect(sites.flatMap(statedIn).length).toBeGreaterThan(200);
    expect(new Set(sites.flatMap(statedIn).map(({ code }) => code)).size).toBeGreaterThan(75);
  });

  it.each(sites)("%s", async (site) => {
    const { diagnostics } = await check(site);
    const left = diagnostics.map(({ code, place, severity = "error", message }) => ({
      at: `${place?.file}:${place?.line}`,
      column: `${place?.column}`,
      code,
      severity,
      message,
    }));
    const missing = statedIn(site).filter((stated) => {
      const [, at, column] = /^(.*):(\S+)$/.exec(stated.place) ?? [];
      const found = left.findIndex(
        (each) =>
          each.at === at &&
          (column === "*" || each.column === column) &&
          each.code === stated.code &&
          each.severity === stated.severity,
      );
      if (found >= 0) left.splice(found, 1);
      return found < 0;
    });
    expect({ missing, unstated: left }).toEqual({ missing: [], unstated: [] });
  });

  it.each(sites)("%s: in the order of places, each once, and with a way out", async (site) => {
    const { diagnostics } = await check(site);
    const places = diagnostics.flatMap(({ place, code, message }) =>
      place ? [[place.file, place.line, place.column, code, message] as const] : [],
    );
    const sorted = places.toSorted(([a, b, c], [d, e, f]) => (a === d ? 0 : a < d ? -1 : 1) || b - e || c - f);
    expect(places.map(([file, line, column]) => [file, line, column])).toEqual(
      sorted.map(([file, line, column]) => [file, line, column]),
    );
    expect(new Set(places.map((place) => place.join())).size).toBe(places.length);
    const without = diagnostics.filter(
      ({ hint, message, related }) => !hint && !related && !/expected|must be/.test(message),
    );
    expect(without.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  });
});

describe("the marked column is where the fault stands", () => {
  // Written out: text of the source from the place on.
  it.each(sites)("%s", async (site) => {
    const { diagnostics, source } = await check(site);
    for (const { place, code, message } of diagnostics) {
      // Of a file as a whole its beginning is marked; of a tab there is nothing to be seen.
      if (!place || (place.line === 1 && place.column === 1) || /^a tab|ends too early/.test(message)) continue;
      const line = (source(place.file) ?? "").split(/\r?\n/)[place.line - 1] ?? "";
      const marked = line.slice(place.column - 1, place.column - 1 + (place.length ?? 1));
      expect(marked.trim(), `${code} ${message} in: ${line}`).not.toBe("");
      const named = code === "undefined-variable" ? /`([^`]+)`/.exec(message)?.[1] : undefined;
      if (named !== undefined) expect(marked).toContain(named);
      const keyed = code === "undefined-key" ? /has no key "([^"]+)"/.exec(message)?.[1] : undefined;
      if (keyed !== undefined) expect(line.slice(place.column - 1)).toContain(keyed);
    }
  });
});
