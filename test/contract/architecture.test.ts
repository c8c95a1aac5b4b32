import { readdirSync, readFileSync } from "node:fs";
import { join, normalize, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const repository = resolve(import.meta.dirname, "../..");

interface Source {
  readonly path: string;
  readonly layer: string;
  /** Without comments and texts. */
  readonly code: string;
  /** Files of ours, by their path in the repository. */
  readonly ours: readonly string[];
  readonly libraries: readonly string[];
}
const sources = [...filesIn("engine"), ...filesIn("modules")].map(readSource);
const layers = new Set(sources.map(({ layer }) => layer));
const table = readTable("The layers");

describe("architecture", () => {
  it("sees the files, and every layer is in the table of engine/README.md", () => {
    expect(sources.length).toBeGreaterThan(200);
    expect(sources.flatMap(({ ours }) => ours).length).toBeGreaterThan(600);
    for (const { path, ours } of sources)
      for (const target of ours) expect(known, `${path} → ${target}`).toContain(target);
    expect([...table.keys()].sort()).toEqual([...layers].filter((layer) => layer !== "modules").sort());
  });

  it("imports only what the table allows, and the table allows nothing that is not used", () => {
    const used = new Map([...table.keys()].map((layer) => [layer, new Set<string>()]));
    const violations: string[] = [];
    for (const { path, layer, ours } of sources) {
      for (const target of ours) {
        const to = layerOf(target);
        if (to === layer || layer === "modules" || layer === "cli") continue;
        used.get(layer)?.add(to);
        if (!table.get(layer)?.has(to)) violations.push(`${path} → ${target}`);
      }
    }
    expect(violations).toEqual([]);
    for (const [layer, allowed] of table)
      if (layer !== "cli") expect([...allowed].sort(), layer).toEqual([...(used.get(layer) ?? [])].sort());
  });

  it("keeps the layers in an order: none imports, over any way, one that imports it", () => {
    const placed = new Set<string>();
    for (const [layer, allowed] of table) {
      if (layer !== "cli") for (const to of allowed) expect(placed, `${layer} → ${to}`).toContain(to);
      placed.add(layer);
    }
  });

  it("divides run into folders that import one way, as their table says", () => {
    const folders = readTable("The folders of `run`");
    const used = new Map([...folders.keys()].map((folder) => [folder, new Set<string>()]));
    const inRun = sources.flatMap(({ path, ours }) =>
      ours.flatMap((target) => {
        const [from, to] = [folderOfRun(path), folderOfRun(target)];
        return from === null || to === null || from === to ? [] : [{ path, target, from, to }];
      }),
    );
    expect(new Set(inRun.map(({ from }) => from))).toEqual(new Set([...folders.keys(), "run-site.ts"]));
    for (const { path, target, from, to } of inRun) {
      if (from === "run-site.ts" || to === "events.ts") continue;
      expect(folders.get(from), `${path} → ${target}`).toContain(to);
      used.get(from)?.add(to);
    }
    const placed = new Set<string>();
    for (const [folder, allowed] of folders) {
      expect([...allowed].sort(), folder).toEqual([...(used.get(folder) ?? [])].sort());
      for (const to of allowed) expect(placed, `${folder} → ${to}`).toContain(to);
      placed.add(folder);
    }
  });

  it("has files of at most 300 lines, but for those that say why in their first line", () => {
    const long = sources.map(({ path }) => ({ path, lines: readFileSync(join(repository, path), "utf8").split("\n") }));
    const unsaid = long.filter(
      ({ lines }) => lines.length > 301 && !/^\/\/ (Over|More than) 300 lines/.test(lines[0] ?? ""),
    );
    expect(unsaid.map(({ path }) => path)).toEqual([]);
  });

  it("lets modules see the contract, the formats and zod alone", () => {
    const modules = sources.filter(({ path, layer }) => layer === "modules" && path !== "modules/index.ts");
    expect(modules.length).toBeGreaterThan(10);
    for (const { path, ours, libraries } of modules) {
      // A module that is a folder has files of its own.
      const folder = path.split("/").slice(0, 2).join("/");
      const odd = ours.filter(
        (target) =>
          target !== "engine/module/index.ts" &&
          layerOf(target) !== "formats" &&
          !(path.split("/").length > 2 && target.startsWith(`${folder}/`)),
      );
      expect([...odd, ...libraries.filter((name) => name !== "zod")], path).toEqual([]);
    }
  });

  it("composes in cli alone", () => {
    for (const { path, layer, ours } of sources) {
      if (layer === "cli") continue;
      const wired = ours.filter(
        (target) =>
          target === "modules/index.ts" || (["sim", "report"].includes(layerOf(target)) && layerOf(target) !== layer),
      );
      expect(wired, path).toEqual([]);
    }
    // Reporters know what a run tells, not how it runs; the lab knows what a connection is, not how to make one.
    const doors = new Map([
      ["report run", ["engine/run/events.ts"]],
      ["sim connection", ["engine/connection/connection.ts", "engine/connection/reader-of.ts"]],
    ]);
    for (const { path, layer, ours } of sources) {
      for (const target of ours) expect(doors.get(`${layer} ${layerOf(target)}`) ?? [target], path).toContain(target);
    }
  });

  it.each([
    ["yaml", /^engine\/(site\/|formats\/yaml-text\.ts)/],
    ["handlebars", /^engine\/template\//],
    ["@marcbachmann/cel-js", /^engine\/condition\//],
    ["ssh2", /^engine\/connection\/ssh\//],
    ["ssh-config", /^engine\/connection\/ssh\//],
    ["listr2", /^engine\/report\//],
    ["diff", /^engine\/text\//],
    ["re2js", /^engine\/text\//],
    ["bcryptjs", /^engine\/formats\//],
    ["age-encryption", /^engine\/secrets\//],
    ["commander", /^engine\/cli\//],
    ["zod", /^(modules|engine\/(module|plan|doc|schema|cli))\//],
    ["node:child_process", /^engine\/connection\//],
    ["node:net", /^engine\/connection\//],
    ["node:fs", /^engine\/cli\//],
    ["node:fs/promises", /^engine\/(connection|sim)\//],
    ["node:os", /^engine\/cli\//],
    ["node:readline", /^engine\/cli\//],
    ["node:zlib", /^engine\/(sim|connection)\//],
    ["node:module", /^engine\/(secrets|cli)\//],
    ["node:vm", /^engine\/cli\//],
    ["node:worker_threads", /^engine\/secrets\//],
  ])("gives %s one door", (library, door) => {
    const users = sources.filter(({ libraries }) => libraries.includes(library));
    expect(users).not.toEqual([]);
    expect(users.map(({ path }) => path).filter((path) => !door.test(path))).toEqual([]);
  });

  it("uses no library that is not listed, and nothing else that opens sockets or processes", () => {
    const { dependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
    const harmless = ["node:buffer", "node:crypto", "node:path", "node:util", "node:url", "node:events", "node:stream"];
    const behindDoors = [
      "node:child_process",
      "node:net",
      "node:fs",
      "node:fs/promises",
      "node:os",
      "node:readline",
      "node:zlib",
      "node:module",
      "node:vm",
      "node:worker_threads",
    ];
    const allowed = new Set([...Object.keys(dependencies), ...harmless, ...behindDoors, "node:timers/promises"]);
    for (const { path, libraries } of sources)
      expect(
        libraries.filter((name) => !allowed.has(name)),
        path,
      ).toEqual([]);
  });

  it("touches process, clock and console in cli alone", () => {
    // LXC has keys that begin with `console.`; what is meant are the methods that print.
    const touching =
      /\bprocess\.|\bDate\.now\b|new Date\(\)|\bconsole\.(?:debug|dir|error|info|log|table|trace|warn)\b|\bperformance\.now\b|\bfetch\(/;
    for (const { path, layer, code } of sources)
      if (layer !== "cli") expect(touching.exec(code)?.[0], path).toBeUndefined();
    expect(sources.some(({ layer, code }) => layer === "cli" && touching.test(code))).toBe(true);
  });

  it("has no cycles, type imports included", () => {
    const byPath = new Map(sources.map((source) => [source.path, source]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (path: string, way: readonly string[]): void => {
      const start = way.indexOf(path);
      if (start >= 0) cycles.push([...way.slice(start), path].join(" → "));
      if (start >= 0 || done.has(path)) return;
      for (const target of byPath.get(path)?.ours ?? []) walk(target, [...way, path]);
      done.add(path);
    };
    for (const { path } of sources) walk(path, []);
    expect(cycles).toEqual([]);
  });
});

const known = sources.map(({ path }) => path);

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name}`)
    .sort();
}

function readSource(path: string): Source {
  const text = readFileSync(join(repository, path), "utf8");
  // `import … from "x"`, `export … from "x"`, `import "x"`, `import("x")` and `import("x").Type` in types.
  const specifiers = [
    ...text.matchAll(/^(?:import|export)\b[^"';]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm),
  ].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "");
  const ours = specifiers.filter((name) => name.startsWith(".")).map((name) => normalize(join(path, "..", name)));
  return {
    path,
    layer: layerOf(path),
    code: withoutCommentsAndTexts(text),
    ours: [...new Set(ours)],
    libraries: [...new Set(specifiers.filter((name) => !name.startsWith(".")))],
  };
}

function layerOf(path: string): string {
  const [top = "", second = ""] = path.split("/");
  return top === "engine" ? second : top;
}

function withoutCommentsAndTexts(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"/g, (found) =>
    found.startsWith('"') ? '""' : "",
  );
}

/** The folder of `engine/run` that a file lies in; of one at the top its name, of one elsewhere null. */
function folderOfRun(path: string): string | null {
  const [, layer, folder] = path.split("/");
  return layer === "run" ? (folder ?? null) : null;
}

/** The rows `| folder | holds | imports from |` below a heading of engine/README.md; `cli` may import everything. */
function readTable(heading: string): ReadonlyMap<string, ReadonlySet<string>> {
  const readme = readFileSync(join(repository, "engine/README.md"), "utf8");
  const [section = ""] = (readme.split(`\n## ${heading}\n`)[1] ?? "").split("\n## ");
  const rows = [...section.matchAll(/^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$/gm)];
  return new Map(
    rows.map(([, layer = "", imports = ""]) => [
      layer,
      new Set([...imports.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name)),
    ]),
  );
}
