import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

// What a finished system must fulfil, line by line, and which test shows it: docs/acceptance/*.md. A test that is named there exists.
const repository = resolve(import.meta.dirname, "../../..");
const folder = join(repository, "docs/acceptance");

/** How many lines each list has: none may be left out. */
const lines: Readonly<Record<string, number>> = {
  das_keepalive: 8,
  data_namespace: 8,
  docker_portainer: 11,
  gluetun: 11,
  ha_cluster: 12,
  passthrough: 8,
  pbs: 11,
  permissions: 12,
  pve_lxc: 10,
  pve_vm: 8,
  recovery: 11,
  syncthing: 11,
  tailscale_acl: 11,
  tailscale_router: 10,
  zfs: 10,
};
const bases = /^(real parts|recordings|documentation)(, (real parts|recordings|documentation))*$/;

describe("acceptance lists", () => {
  it("are all there", () => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".md") && name !== "README.md");
    expect(files.sort()).toEqual(Object.keys(lines).map((area) => `${area}.md`));
  });

  it.each(Object.entries(lines))("%s: each line names what it rests on, and tests that exist", (area, count) => {
    const rows = rowsOf(readFileSync(join(folder, `${area}.md`), "utf8"));
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    for (const { number, restsOn, tests } of rows) {
      const where = `${area} ${number}`;
      if (/^cannot be tested here: .{20,}/.test(restsOn)) continue;
      expect(restsOn, where).toMatch(bases);
      expect(tests.length, where).toBeGreaterThan(0);
      for (const { path, title } of tests) {
        expect(existsSync(join(repository, path)), `${where}: ${path}`).toBe(true);
        expect(titlesIn(path), `${where}: ${path}`).toContain(title);
      }
    }
  });
});

interface Row {
  readonly number: number;
  readonly restsOn: string;
  readonly tests: readonly { readonly path: string; readonly title: string }[];
}

function rowsOf(text: string): readonly Row[] {
  return text.split("\n").flatMap((line) => {
    // A pipe within a cell is written `\|`.
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
    const number = Number(cells[1]);
    if (cells.length !== 6 || !Number.isInteger(number) || number === 0) return [];
    const tests = (cells[4] ?? "").split("<br>").flatMap((each) => {
      const [, path, title] = /^`?([^›`]+?)`? › (.+)$/.exec(each.trim()) ?? [];
      return path !== undefined && title !== undefined ? [{ path, title }] : [];
    });
    return [{ number, restsOn: cells[3] ?? "", tests }];
  });
}

/** Titles of `it(…)` and `describe(…)` as they stand there, those of tables (`it.each`) with their `%s`. */
function titlesIn(path: string): readonly string[] {
  const text = readFileSync(join(repository, path), "utf8");
  return [...text.matchAll(/(?:it|test|describe|\))\(\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/g)].map(([, , title]) =>
    (title ?? "").replaceAll(/\\(["'`])/g, "$1"),
  );
}
