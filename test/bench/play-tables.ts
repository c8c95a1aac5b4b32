import { markdownTable, ratio, type Series, seconds, spreadOf } from "./figures.ts";
import type { Phase, PlayFigures } from "./plays.ts";

/** What was measured of the plays, as Markdown. */
export function playTables(all: readonly PlayFigures[]): string {
  return [
    ...lines(all).map((cells) => timeTable(cells)),
    ...(all.length > 0 ? [countTable(all), promises(all)] : []),
  ].join("\n");
}

/** Cells of one table: those that differ in their number of tasks alone. */
function lines(all: readonly PlayFigures[]): readonly (readonly PlayFigures[])[] {
  const names = [...new Set(all.map(where))];
  return names.map((name) => all.filter((cell) => where(cell) === name));
}

function where({ hosts, latencyMs }: PlayFigures): string {
  const line = latencyMs === 0 ? "no latency added" : `${latencyMs} ms added to each round trip`;
  return `${hosts === 1 ? "One host" : `${hosts} hosts`}, ${line}`;
}

const phases = ["first", "converged"] as const;

function timeTable(cells: readonly PlayFigures[]): string {
  const [first] = cells;
  if (first === undefined) return "";
  const columns = cells.flatMap((cell) => phases.map((phase) => ({ cell, phase })));
  const names = [...new Set(cells.flatMap(({ contenders }) => contenders.map(({ name }) => name)))];
  const rows = names.map((name) => [name, ...columns.map(({ cell, phase }) => timeCell(cell, name, phase))]);
  const bare = first.bare.map(({ name }, index) => [
    `\`${name}\``,
    ...columns.map(({ cell, phase }) => (phase === "first" ? "" : spreadText(cell.bare[index]))),
  ]);
  const header = columns.map(({ cell, phase }) => `${cell.tasks} tasks, ${phase}`);
  return `**${where(first)}**\n\n${markdownTable(["", ...header], [...rows, ...bare])}`;
}

function timeCell(cell: PlayFigures, name: string, phase: Phase): string {
  const found = seriesOf(cell, name, phase);
  const own = medianOf(cell, name, phase);
  const lab = medianOf(cell, "lab", phase);
  const beside = own === null || lab === null || name === "lab" ? "" : ` = ${ratio(own, lab)}`;
  return found?.note ?? `${spreadText(found)}${beside}`;
}

function spreadText(series: Series | undefined): string {
  const spread = spreadOf(series?.ms ?? []);
  if (spread === null) return "–";
  const { median, min, max } = spread;
  return series?.ms.length === 1 ? seconds(median) : `${seconds(median)} (${plain(min)}–${plain(max)})`;
}

function plain(ms: number): string {
  return seconds(ms).replace(" s", "");
}

function seriesOf(cell: PlayFigures, name: string, phase: Phase): Series | undefined {
  return cell.contenders.find((each) => each.name === name && each.phase === phase);
}

function medianOf(cell: PlayFigures, name: string, phase: Phase): number | null {
  return spreadOf(seriesOf(cell, name, phase)?.ms ?? [])?.median ?? null;
}

/** Counts of all hosts together. Bytes on the wire are known where a relay stands in it. */
function countTable(all: readonly PlayFigures[]): string {
  const rows = all.flatMap((cell) =>
    cell.contenders
      .filter(({ ms }) => ms.length > 0)
      .map(({ name, phase, counts, cpuMs }) => {
        const of = (each: string): string => counts[each]?.toLocaleString("en") ?? "";
        const wire = cell.latencyMs === 0 ? "" : ` +${cell.latencyMs} ms`;
        return [
          `${cell.tasks} tasks, ${cell.hosts === 1 ? "1 host" : `${cell.hosts} hosts`}${wire}, ${phase}`,
          name,
          ...[
            "roundTrips",
            "operations",
            "forks",
            "bytesSent",
            "bytesReceived",
            "sessions",
            "wireSent",
            "wireReceived",
          ].map(of),
          seconds(spreadOf(cpuMs)?.median ?? 0),
        ];
      }),
  );
  const header = [
    "round trips",
    "operations",
    "forks",
    "bytes sent",
    "received",
    "sshd's sessions",
    "on the wire: sent",
    "received",
    "controller's processor",
  ];
  return `**Counts**\n\n${markdownTable(["", "", ...header], rows)}`;
}

/** The figures that a promise was made about. */
function promises(all: readonly PlayFigures[]): string {
  const rows = all.flatMap((cell): string[][] => {
    const lab = medianOf(cell, "lab", "converged");
    const [ssh, node] = cell.bare.map(({ ms }) => spreadOf(ms)?.median ?? Number.NaN);
    if (lab === null || ssh === undefined || node === undefined) return [];
    const peers = cell.contenders
      .filter(({ name, phase }) => phase === "converged" && name !== "lab" && name !== "floor")
      .flatMap(({ name }) => medianOf(cell, name, "converged") ?? []);
    const alone = all.find(
      (each) => each.hosts === 1 && each.tasks === cell.tasks && each.latencyMs === cell.latencyMs,
    );
    const one = alone === undefined ? null : medianOf(alone, "lab", "converged");
    const floor = medianOf(cell, "floor", "converged");
    return [
      [
        `${cell.tasks} tasks, ${where(cell).toLowerCase()}`,
        ratio(lab - node, ssh),
        floor === null ? "" : ratio(lab, floor),
        peers.length === 0 ? "" : ratio(Math.min(...peers), lab),
        cell.hosts === 1 || one === null ? "" : ratio(lab, one),
      ],
    ];
  });
  const header = [
    "converged",
    "lab without node's start, to `ssh host true`",
    "lab to the floor",
    "fastest peer to lab",
    "to one host",
  ];
  return `**Ratios of medians**\n\n${markdownTable(header, rows)}`;
}
