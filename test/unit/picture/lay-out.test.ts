import { describe, expect, test } from "vitest";
import { type Box, layOut, sizes } from "../../../engine/picture/lay-out.ts";
import { fitText, measureText } from "../../../engine/picture/measure-text.ts";
import { labOf } from "./lab-fixture.ts";

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.width - 0.5 && b.x < a.x + a.width - 0.5 && a.y < b.y + b.height - 0.5 && b.y < a.y + a.height - 0.5;
const within = (a: Rect, b: Rect): boolean =>
  a.x >= b.x - 0.5 &&
  a.y >= b.y - 0.5 &&
  a.x + a.width <= b.x + b.width + 0.5 &&
  a.y + a.height <= b.y + b.height + 0.5;

describe("the layout", () => {
  test.each([
    [1, 980],
    [3, 980],
    [3, 340],
    [12, 1400],
    [30, 980],
  ])(
    "of %i nodes on %i pixels: boxes lie in each other or apart, texts in their boxes, bars where nothing else is",
    (nodes, width) => {
      const { boxes, bars, ...size } = layOut(labOf(nodes), width);
      const page = { x: 0, y: 0, ...size };
      const inside = new Map<Box, Box | undefined>();
      for (const box of boxes) {
        expect(within(box, page), box.thing.id).toBe(true);
        for (const other of boxes) {
          if (other === box) continue;
          const below = other.thing.id.startsWith(`${box.thing.id}/`);
          const above = box.thing.id.startsWith(`${other.thing.id}/`);
          if (below) expect(within(other, box), `${other.thing.id} in ${box.thing.id}`).toBe(true);
          else if (!above) expect(overlap(box, other), `${box.thing.id} and ${other.thing.id}`).toBe(false);
        }
        inside.set(box, undefined);
        for (const { text, x, y } of box.lines) {
          expect(x + measureText(text, sizes.fact), text).toBeLessThanOrEqual(box.width);
          expect(y).toBeLessThan(box.height);
        }
        expect(30 + measureText(box.title, sizes.title, true), box.title).toBeLessThanOrEqual(box.width);
      }
      for (const bar of bars) {
        const rect = { ...bar, height: 18 };
        expect(within(rect, page), bar.text).toBe(true);
        for (const box of boxes) {
          if (
            bar.network.home !== null &&
            (box.thing.id === bar.network.home || bar.network.home.startsWith(`${box.thing.id}/`))
          )
            continue;
          expect(bar.network.home === null && within(rect, box), box.thing.id).toBe(false);
          if (bar.network.home !== null)
            expect(overlap(rect, box), `${bar.network.id} and ${box.thing.id}`).toBe(false);
        }
        for (const other of bars) if (other !== bar) expect(overlap(rect, { ...other, height: 18 })).toBe(false);
      }
      expect(boxes.length).toBeGreaterThan(nodes * 6);
    },
  );

  test("every attached thing is wired to its network's bar", () => {
    const picture = labOf(3);
    const { wires, bars } = layOut(picture, 980);
    const ends = (network: string) => wires.filter((wire) => wire.network === network);
    for (const { network, y } of bars) {
      const mine = ends(network.id);
      expect(mine.filter(({ dot }) => dot).length, network.id).toBeGreaterThan(0);
      expect(
        mine.some(({ points }) => points.some(([, at]) => Math.abs(at - y) < 1)),
        `${network.id} reaches its bar`,
      ).toBe(true);
    }
    expect(new Set(bars.map(({ network }) => network.kind))).toEqual(new Set(["bridge", "compose", "tailnet"]));
  });

  test("an empty picture has no size, and is one all the same", () => {
    expect(layOut({ title: "", things: [], networks: [], links: [], notes: [] }, 900)).toMatchObject({
      boxes: [],
      bars: [],
    });
  });

  test("a text that is cut is as wide as it may be, and says that it was cut", () => {
    for (const text of ["WWWWWWWWWW", "漢字漢字漢字漢字", "a very long text of many words", "🚀🚀🚀🚀🚀🚀🚀🚀"]) {
      const cut = fitText(text, 60, 12);
      expect(measureText(cut, 12)).toBeLessThanOrEqual(60);
      expect(cut.endsWith("…")).toBe(true);
    }
    expect(fitText("short", 200, 12)).toBe("short");
  });
});
