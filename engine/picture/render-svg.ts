import { unreachable } from "../errors/bug.ts";
import { escapeXml as xml } from "../text/escape-xml.ts";
import { type Box, cylinderTop, layOut, sizes } from "./lay-out.ts";
import { fitText } from "./measure-text.ts";
import type { LabPicture, Network, Origin, Thing, ThingKind } from "./picture.ts";
import { isCylinder, isSmall } from "./thing-shapes.ts";

export interface SvgOptions {
  /** Pixels; the picture is at least as wide as its widest box. */
  readonly width?: number;
  /** A file of its own brings its colours along; within a page they are the page's. */
  readonly alone: boolean;
  /** Where a click on a thing leads. */
  href?(thing: Thing): string | undefined;
}

/** The picture as SVG: text and shapes alone, no script, nothing from elsewhere. */
export function renderSvg(picture: LabPicture, { width = 980, alone, href }: SvgOptions): string {
  const margin = alone ? 20 : 2;
  const top = alone ? 44 : margin;
  const { boxes, wires, bars, ...size } = layOut(picture, width - 2 * margin);
  const [wide, tall] = [
    Math.ceil(Math.max(size.width, alone ? 260 : 0) + 2 * margin),
    Math.ceil(size.height + top + margin),
  ];
  const title = xml(picture.title);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${tall}" width="${wide}" height="${tall}" class="lab" role="img" aria-label="${title}">`,
    ...(alone ? [`<title>${title}</title>`, `<style>${pictureColours(":root")}${pictureStyle}</style>`] : []),
    ...(alone
      ? [
          `<rect class="ground" width="${wide}" height="${tall}"/>`,
          `<text class="heading" x="${margin}" y="28">${xml(fitText(picture.title, wide - 2 * margin, 17, true))}</text>`,
        ]
      : []),
    `<g transform="translate(${margin} ${top})">`,
    ...boxes.map((box) => boxOf(box, href?.(box.thing))),
    ...wires.map(({ network, points, dot }) => {
      const path = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
      const [x, y] = points[0] ?? [0, 0];
      const kind = kindOf(picture, network);
      return `<path class="wire ${kind}" d="${path}"/>${dot ? `<circle class="plug ${kind}" cx="${round(x)}" cy="${round(y)}" r="3"/>` : ""}`;
    }),
    ...bars.map(
      ({ network, x, y, width: length, text }) =>
        `<g class="bar ${network.kind}"><title>${tooltip(network.name, network.facts, network.origins)}</title>` +
        `<rect x="${round(x)}" y="${round(y)}" width="${round(length)}" height="18" rx="9"/>` +
        `<text x="${round(x + 10)}" y="${round(y + 13)}" font-size="${sizes.bar}">${xml(text)}</text></g>`,
    ),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function boxOf(box: Box, href: string | undefined): string {
  const { thing, x, y, width, height, title, lines, depth } = box;
  const state = stateOf(thing.origins);
  const lower = isCylinder(thing.kind) ? cylinderTop : 0;
  const small = isSmall(thing);
  const inner = [
    `<title>${tooltip(thing.name, thing.facts, thing.origins)}</title>`,
    outline(thing.kind, width, height),
    `<g class="glyph" transform="translate(11 ${(small ? 6 : 7) + lower})">${glyphs[thing.kind]}</g>`,
    `<text class="name" x="30" y="${(small ? 17 : 18) + lower}" font-size="${sizes.title}">${xml(title)}</text>`,
    ...lines.map(
      (line) =>
        `<text class="${line.thing ? "part" : "fact"}" x="${round(line.x)}" y="${round(line.y)}" font-size="${sizes.fact}">${
          line.thing ? `<title>${tooltip(line.thing.name, line.thing.facts, line.thing.origins)}</title>` : ""
        }${xml(line.text)}</text>`,
    ),
    ...(state === "" ? [] : [`<circle class="state ${state}" cx="${round(width - 12)}" cy="${13 + lower}" r="4.5"/>`]),
  ].join("");
  const doubtful =
    thing.origins.length > 0 && thing.origins.every(({ doubt }) => doubt !== undefined) ? " doubtful" : "";
  const group = `<g class="thing ${thing.kind}${doubtful} depth${depth % 3}" transform="translate(${round(x)} ${round(y)})">${inner}</g>`;
  return href === undefined ? group : `<a href="${xml(href)}">${group}</a>`;
}

/** A pool is a cylinder, everything else a card. */
function outline(kind: ThingKind, width: number, height: number): string {
  if (!isCylinder(kind)) {
    return `<rect class="card" width="${round(width)}" height="${round(height)}" rx="${kind === "unit" || kind === "mount" ? 12 : 8}"/>`;
  }
  const [w, half, low, r] = [round(width), round(width / 2), round(height - 6), 6];
  return (
    `<path class="card" d="M0 ${r}A${half} ${r} 0 0 1 ${w} ${r}V${low}A${half} ${r} 0 0 1 0 ${low}Z"/>` +
    `<path class="rim" d="M0 ${r}A${half} ${r} 0 0 0 ${w} ${r}"/>`
  );
}

/** Of what a run has done with it the worst. */
function stateOf(origins: readonly Origin[]): string {
  const told = origins.flatMap(({ status }) => status ?? []);
  return ["failed", "unreachable", "changed", "deferred", "ok"].find((status) => told.includes(status)) ?? "";
}

function kindOf(picture: LabPicture, id: string): Network["kind"] {
  return picture.networks.find((network) => network.id === id)?.kind ?? "bridge";
}

/** What a reader sees who points at it: all facts, and where they come from. */
function tooltip(name: string, facts: readonly string[], origins: readonly Origin[]): string {
  const shown = origins.slice(0, 6).map(originText);
  const more = origins.length > shown.length ? [`… and ${origins.length - shown.length} more`] : [];
  return xml([name, ...facts, ...shown, ...more].join("\n"));
}

export function originText({ source, place, task, doubt, status }: Origin): string {
  const where = `${place.file}:${place.line}`;
  switch (source) {
    case "inventory":
      return `inventory, ${where}`;
    case "playbook":
      return `declared by "${task ?? ""}", ${where}${doubt === undefined ? "" : `, if ${doubt}`}`;
    case "run":
      return `seen by "${task ?? ""}" (${status ?? "ok"}), ${where}`;
    default:
      return unreachable(source);
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const server =
  '<rect width="13" height="5" rx="1.5"/><rect y="7" width="13" height="5" rx="1.5"/><path d="M3 2.5h.1M3 9.5h.1"/>';
const crate = '<path d="M1 3.5 6.5 1 12 3.5v6L6.5 12 1 9.5ZM1 3.5 6.5 6 12 3.5M6.5 6v6"/>';
const disk = '<path d="M1 3.2C1 .3 12 .3 12 3.2v6.6c0 2.9-11 2.9-11 0ZM1 3.2c0 2.9 11 2.9 11 0"/>';
const glyphs: Readonly<Record<ThingKind, string>> = {
  host: server,
  node: server,
  container: crate,
  vm: '<rect y="1" width="13" height="9" rx="1.5"/><path d="M4 12.5h5M6.5 10v2"/>',
  pool: disk,
  dataset: disk,
  storage: disk,
  mount: '<path d="M.5 11V2.5h4l1.5 2h6.5V11Z"/>',
  project:
    '<rect x=".5" y=".5" width="5" height="5" rx="1"/><rect x="7.5" y=".5" width="5" height="5" rx="1"/><rect x=".5" y="7.5" width="5" height="5" rx="1"/><rect x="7.5" y="7.5" width="5" height="5" rx="1"/>',
  service: '<circle cx="6.5" cy="6.5" r="5.5"/><path d="m5 4 4 2.5L5 9Z"/>',
  unit: '<circle cx="6.5" cy="6.5" r="5.5"/><path d="M6.5 3.5v3.300l2.200 1.5"/>',
  group: '<rect x="2.5" y=".5" width="10" height="8" rx="1.5"/><path d="M10.5 12h-8a2 2 0 0 1-2-2V4"/>',
  play: '<path d="m2 1 10 5.5L2 12Z"/>',
  role: '<circle cx="6.5" cy="3.5" r="3"/><path d="M1 12.5c0-6 11-6 11 0"/>',
};

/** Of a selector's own; `--l-` are the picture's names. */
export function pictureColours(selector: string): string {
  return (
    `${selector}{--l-ground:#fbfbfd;--l-ink:#1b1f27;--l-quiet:#566074;--l-line:#c6ccd8;--l-host:#f1f3f8;--l-card:#fff;` +
    "--l-pool:#eaf4f0;--l-pool-line:#74b39b;--l-guest:#f2f0fc;--l-guest-line:#a79be0;--l-project:#e9f2fc;--l-project-line:#86b3e3;" +
    "--l-bridge:#3174c9;--l-tailnet:#8a4fc7;--l-compose:#14857c;--l-ok:#2f9e5e;--l-changed:#d08700;--l-failed:#d4373d;--l-deferred:#a04fc0}" +
    `@media (prefers-color-scheme:dark){${selector}{--l-ground:#14161b;--l-ink:#e8eaf0;--l-quiet:#a0a9ba;--l-line:#434b5a;--l-host:#1c2027;--l-card:#252a33;` +
    "--l-pool:#1b2f29;--l-pool-line:#3f7d68;--l-guest:#282441;--l-guest-line:#6a5fb0;--l-project:#1a2b3f;--l-project-line:#40709f;" +
    "--l-bridge:#6ea6ee;--l-tailnet:#be93ee;--l-compose:#4fc2b6;--l-ok:#54c684;--l-changed:#eeb13c;--l-failed:#f26d70;--l-deferred:#cb8ae6}}"
  );
}

export const pictureStyle =
  ".lab{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}" +
  ".lab .ground{fill:var(--l-ground)}.lab text{fill:var(--l-quiet)}.lab .name,.lab .heading{fill:var(--l-ink);font-weight:600}" +
  ".lab .heading{font-size:17px}.lab .part{fill:var(--l-ink)}" +
  ".lab .card{fill:var(--l-card);stroke:var(--l-line)}.lab .rim{fill:none;stroke:var(--l-line)}" +
  ".lab .host>.card,.lab .node>.card,.lab .group>.card,.lab .play>.card{fill:var(--l-host)}" +
  ".lab .depth1.group>.card,.lab .depth1.role>.card{fill:var(--l-card)}" +
  ".lab .pool>.card,.lab .storage>.card{fill:var(--l-pool);stroke:var(--l-pool-line)}.lab .rim{stroke:var(--l-pool-line)}" +
  ".lab .container>.card,.lab .vm>.card{fill:var(--l-guest);stroke:var(--l-guest-line)}" +
  ".lab .project>.card{fill:var(--l-project);stroke:var(--l-project-line)}" +
  ".lab .doubtful>.card{stroke-dasharray:5 4}" +
  ".lab .glyph{fill:none;stroke:var(--l-quiet);stroke-width:1.2;stroke-linejoin:round;stroke-linecap:round}" +
  ".lab .wire{fill:none;stroke-width:1.6;stroke-linecap:round}.lab .bridge.wire{stroke:var(--l-bridge)}.lab .tailnet.wire{stroke:var(--l-tailnet)}.lab .compose.wire{stroke:var(--l-compose)}" +
  ".lab .bridge.plug{fill:var(--l-bridge)}.lab .tailnet.plug{fill:var(--l-tailnet)}.lab .compose.plug{fill:var(--l-compose)}" +
  ".lab .bar.bridge rect{fill:var(--l-bridge)}.lab .bar.tailnet rect{fill:var(--l-tailnet)}.lab .bar.compose rect{fill:var(--l-compose)}" +
  ".lab .bar text{fill:var(--l-ground);font-weight:600}" +
  ".lab .state{stroke:var(--l-ground);stroke-width:1.5}.lab .state.ok{fill:var(--l-ok)}.lab .state.changed{fill:var(--l-changed)}" +
  ".lab .state.failed,.lab .state.unreachable{fill:var(--l-failed)}.lab .state.deferred{fill:var(--l-deferred)}" +
  ".lab a{cursor:pointer}.lab a:hover .card,.lab a:focus .card{stroke:var(--l-ink)}";
