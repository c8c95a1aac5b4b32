import { describe, expect, test } from "vitest";
import { drawPicture } from "../../../engine/picture/draw-picture.ts";
import { renderMermaid } from "../../../engine/picture/render-mermaid.ts";
import { renderSvg } from "../../../engine/picture/render-svg.ts";
import { labOf } from "./lab-fixture.ts";

const place = { file: "a.yml", line: 1, column: 1 };
const hostile = [
  '"><script>alert(1)</script>',
  "</title><img src=x onerror=alert(1)>",
  "a]]>b\u0000\u001b[31mc\u202e",
  "end",
  'x"]; click n1 href "javascript:alert(1)"',
  "`**bold**`",
  "🚀 漢字",
  "\ud800",
];

function hostilePicture() {
  const hosts = hostile.map((name) => ({ name, place: { ...place, file: name }, groups: [name] }));
  const declared = hostile.flatMap((name) => [
    {
      host: name,
      module: "pct",
      params: { vmid: 1, hostname: name, nets: [{ name, bridge: name }] },
      origin: { source: "playbook" as const, place, task: name },
    },
    {
      host: name,
      module: "zpool",
      params: { name },
      origin: { source: "playbook" as const, place, task: name, doubt: name },
    },
    {
      host: name,
      module: "compose",
      params: { project: name, definition: { services: { [name]: { image: name } } } },
      origin: { source: "run" as const, place, task: name, status: name },
    },
  ]);
  return drawPicture({ title: hostile.join(" "), hosts, declared });
}

/** The lines that a flowchart of ours is made of; anything else would be a text that has broken out. */
const label = '"(?:[\\p{L}\\p{N} .,:;/_+=()·×←→↔…-]|#\\d+;|<br/>)*"';
const shapes = [
  /^flowchart LR$/,
  new RegExp(`^ +subgraph n\\d+\\[${label}\\]$`, "u"),
  /^ +end$/,
  new RegExp(`^ +n\\d+(?:\\[${label}\\]|\\[\\(${label}\\)\\]|\\(\\[${label}\\]\\)|\\{\\{${label}\\}\\})$`, "u"),
  /^ {2}n\d+ --- n\d+$/,
  new RegExp(`^ {2}n\\d+ -\\. ${label} \\.-> n\\d+$`, "u"),
  /^$/,
];

describe("Mermaid", () => {
  test.each([
    ["a lab", labOf(3)],
    ["hostile names", hostilePicture()],
  ])(
    "%s: every line is one of the few forms that there are, subgraphs are closed, ids are declared once",
    (_, picture) => {
      const lines = renderMermaid(picture).split("\n");
      for (const line of lines)
        expect(
          shapes.some((shape) => shape.test(line)),
          line,
        ).toBe(true);
      expect(lines.filter((line) => line.includes("subgraph"))).toHaveLength(
        lines.filter((line) => line.trim() === "end").length,
      );
      const declared = lines.flatMap((line) => /^ +(?:subgraph )?(n\d+)[[({]/.exec(line)?.[1] ?? []);
      expect(new Set(declared).size).toBe(declared.length);
      const used = lines.flatMap((line) => /^ {2}(n\d+) -[-.].* (n\d+)$/.exec(line)?.slice(1) ?? []);
      expect(used.filter((id) => !declared.includes(id))).toEqual([]);
      expect(used.length).toBeGreaterThan(3);
    },
  );
});

describe("SVG", () => {
  test("holds no script, no handler, nothing from elsewhere, whatever things are called", () => {
    const svg = renderSvg(hostilePicture(), { alone: true });
    // Within tags: what stands in texts is a name, and stays one.
    const tags = (svg.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'));
    expect(tags.filter((tag) => /\s(on\w+|href|src|style)\s*=|'/.test(tag))).toEqual([]);
    expect(svg).not.toMatch(/\]\]>|[\0-\x08\x0b-\x1f\u202e]/);
    expect(
      svg
        .match(/<[a-z]+/g)
        ?.map((tag) => tag.slice(1))
        .filter((tag) => !/^(svg|title|style|rect|text|g|path|circle)$/.test(tag)),
    ).toEqual([]);
    expect(svg).not.toMatch(/url\(|@import/);
  });

  test("draws a thousand things at once in less than a second", () => {
    const started = performance.now();
    const svg = renderSvg(labOf(60), { alone: true });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(svg.match(/class="thing/g)?.length).toBeGreaterThan(500);
  });
});
