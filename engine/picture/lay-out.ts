import { fitText, measureText } from "./measure-text.ts";
import type { LabPicture, Network, Thing } from "./picture.ts";
import { inOrder, isCylinder, isLine, isSmall, lineOf, sortOf, wordFor } from "./thing-shapes.ts";

/** Where everything stands. Boxes have absolute positions; what lies in a box lies within its borders. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly wires: readonly Wire[];
  readonly bars: readonly Bar[];
}
export interface Box {
  readonly thing: Thing;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** How deep it lies. */
  readonly depth: number;
  readonly title: string;
  readonly lines: readonly Line[];
}
/** A line of text in a box, from its own corner. `thing`: it stands for something that lies in it. */
export interface Line {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly thing?: Thing;
}
export interface Wire {
  readonly network: string;
  readonly points: readonly (readonly [number, number])[];
  /** It ends at something that is attached, with a dot. */
  readonly dot?: boolean;
}
/** A network where it exists: a bar with its name. */
export interface Bar {
  readonly network: Network;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly text: string;
}

export const sizes = { title: 13, fact: 11, bar: 10.5 } as const;
const pad = 12;
const gap = 14;
const header = 24;
const lineHeight = 16;
const barHeight = 18;
/** Between the wires of two networks. */
const lane = 9;
const widestText = 380;
/** The upper end of a cylinder takes so much more. */
export const cylinderTop = 7;
const narrowest = { box: 128, unit: 64 };

/** A box whose corner is not settled yet. */
interface Part {
  readonly width: number;
  readonly height: number;
  /** Networks that leave it at its lower border, and where. */
  readonly ports: ReadonlyMap<string, number>;
  place(x: number, y: number, height: number, into: Collected): void;
}
interface Collected {
  readonly boxes: Box[];
  readonly wires: Wire[];
  readonly bars: Bar[];
}

/** Boxes in boxes, row by row; networks run between the rows to a bar at the lower end of where they exist. */
export function layOut(picture: LabPicture, widest: number): Layout {
  const collected: Collected = { boxes: [], wires: [], bars: [] };
  const page = contentsOf(picture.things, picture, null, widest, 0);
  page.place(0, 0, page.height, collected);
  // A box is painted before what lies in it.
  return { width: page.width, height: page.height, ...collected };
}

function partOf(thing: Thing, picture: LabPicture, widest: number, depth: number): Part {
  const listed = thing.inside.filter((each) => isLine(each, thing));
  const boxed = thing.inside.filter((each) => !isLine(each, thing));
  const top = header + (isCylinder(thing.kind) ? cylinderTop : 0);
  const lines: Line[] = [];
  const say = (text: string, of?: Thing): void => {
    const y = top + (lines.length + 1) * lineHeight - 4;
    lines.push({ x: pad, y, text: fitText(text, widestText, sizes.fact), ...(of && { thing: of }) });
  };
  if (!isSmall(thing)) for (const fact of thing.facts) say(fact);
  for (const each of listed) say(lineOf(each), each);
  const inner = contentsOf(boxed, picture, thing, widest - 2 * pad, depth + 1);
  const title = fitText(
    isSmall(thing) ? [thing.name, ...thing.facts].join(" · ") : thing.name,
    widestText,
    sizes.title,
    true,
  );
  const texts = Math.max(
    measureText(title, sizes.title, true) + 26,
    ...lines.map(({ text }) => measureText(text, sizes.fact)),
  );
  const above = top + lines.length * lineHeight + (lines.length > 0 ? 4 : 0);
  const empty = boxed.length === 0 && inner.height === 0;
  const width = Math.max(isSmall(thing) ? narrowest.unit : narrowest.box, texts + 2 * pad, inner.width + 2 * pad);
  const height = above + (empty ? (isSmall(thing) ? 2 : 8) : 4 + inner.height + pad);
  const ports = new Map([...inner.ports].map(([network, x]) => [network, x + pad]));
  const own = thing.networks.filter((network) => !ports.has(network));
  own.forEach((network, index) => {
    ports.set(network, Math.min(width - 10, 18 + (ports.size + index) * lane));
  });
  return {
    width,
    height,
    ports,
    place(x, y, tall, into) {
      into.boxes.push({ thing, x, y, width, height: tall, depth, title, lines });
      inner.place(x + pad, y + above + 4, tall - above - 4 - pad, into);
      for (const [network, at] of inner.ports) {
        // From the lower end of what is inside to the border.
        into.wires.push({
          network,
          points: [
            [x + pad + at, y + tall - pad],
            [x + pad + at, y + tall],
          ],
        });
      }
    },
  };
}

/** Things in rows, and the networks between them. `home` is the box that they lie in; null for the page. */
function contentsOf(
  things: readonly Thing[],
  picture: LabPicture,
  home: Thing | null,
  widest: number,
  depth: number,
): Part {
  const parts = inOrder(things).map((thing) => ({ thing, part: partOf(thing, picture, widest, depth) }));
  const here = picture.networks.filter((network) => network.home === (home?.id ?? null));
  const reaching = new Set(parts.flatMap(({ part }) => [...part.ports.keys()]));
  const ending = here.filter(
    ({ id }) => reaching.has(id) || home === null || home.networks.includes(id) || id.startsWith(home.id),
  );
  const leaving = [...reaching].filter((id) => !here.some((network) => network.id === id));
  const lanes = [...leaving, ...ending.map(({ id }) => id)];
  const rows = inRows(parts, widest);
  // Wires go down beside the boxes where there is a row that they have to pass, or where they leave.
  const passing = leaving.length > 0 || (rows.length > 1 && ending.length > 0);
  const gutter = passing ? lanes.length * lane + 4 : 0;
  const laneAt = (id: string): number => 4 + Math.max(0, lanes.indexOf(id)) * lane;
  const heights = rows.map((row) => Math.max(...row.map(({ part }) => part.height)));
  const wired = rows.map((row) => lanes.filter((id) => row.some(({ part }) => part.ports.has(id))));
  const below = wired.map((ids) => (ids.length === 0 ? 0 : ids.length * lane + 6));
  const rowsHeight = heights.reduce(
    (sum, height, index) => sum + height + (below[index] ?? 0) + (index > 0 ? gap : 0),
    0,
  );
  const barsHeight = ending.length === 0 ? 0 : ending.length * (barHeight + 6) + (rows.length > 0 ? 2 : 0);
  const barTexts = ending.map((network) => [network.name, wordFor(network), ...network.facts].join(" · "));
  const barWidth = Math.min(
    widest,
    480,
    Math.max(0, ...barTexts.map((text) => measureText(text, sizes.bar, true) + 20)),
  );
  const rowsWidth = Math.max(
    0,
    ...rows.map((row) => row.reduce((sum, { part }) => sum + part.width, (row.length - 1) * gap)),
  );
  const height = rowsHeight + barsHeight;
  return {
    width: gutter + Math.max(rowsWidth, barWidth),
    height,
    ports: new Map(leaving.map((id) => [id, laneAt(id)])),
    place(x, y, tall, into) {
      const width = gutter + Math.max(rowsWidth, barWidth);
      const bottom = y + Math.max(tall, height);
      const barTop = (index: number): number => bottom - barsHeight + 2 + index * (barHeight + 6) + 3;
      ending.forEach((network, index) => {
        const left = x + leaving.length * lane + (leaving.length > 0 ? 4 : 0);
        const text = fitText(barTexts[index] ?? network.name, x + width - left - 16, sizes.bar, true);
        into.bars.push({ network, x: left, y: barTop(index), width: x + width - left, text });
      });
      let top = y;
      rows.forEach((row, index) => {
        const rowHeight = heights[index] ?? 0;
        const last = index === rows.length - 1;
        let left = x + gutter;
        for (const { part } of row) {
          part.place(left, top, rowHeight, into);
          for (const [id, at] of part.ports) {
            const nth = wired[index]?.indexOf(id) ?? 0;
            const bar = ending.findIndex((network) => network.id === id);
            const direct = last && bar >= 0;
            const end = direct ? barTop(bar) : top + rowHeight + 6 + nth * lane;
            into.wires.push({
              network: id,
              points: [
                [left + at, top + rowHeight],
                [left + at, end],
              ],
              dot: true,
            });
            if (!direct)
              into.wires.push({
                network: id,
                points: [
                  [left + at, end],
                  [x + laneAt(id), end],
                ],
              });
          }
          left += part.width + gap;
        }
        for (const id of wired[index] ?? []) {
          const bar = ending.findIndex((network) => network.id === id);
          if (last && bar >= 0) continue;
          const from = top + rowHeight + 6 + (wired[index]?.indexOf(id) ?? 0) * lane;
          into.wires.push({
            network: id,
            points: [
              [x + laneAt(id), from],
              [x + laneAt(id), bar >= 0 ? barTop(bar) : bottom],
            ],
          });
        }
        top += rowHeight + (below[index] ?? 0) + gap;
      });
    },
  };
}

/** A new row where one is full, and where another sort of thing begins. */
function inRows<T extends { readonly thing: Thing; readonly part: Part }>(
  parts: readonly T[],
  widest: number,
): readonly T[][] {
  const rows: T[][] = [];
  let used = 0;
  for (const each of parts) {
    const row = rows.at(-1);
    const joins =
      row !== undefined && sortOf(row[0]?.thing) === sortOf(each.thing) && used + gap + each.part.width <= widest;
    if (joins) {
      row.push(each);
      used += gap + each.part.width;
    } else {
      rows.push([each]);
      used = each.part.width;
    }
  }
  return rows;
}
