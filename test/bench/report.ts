import { readFileSync, writeFileSync } from "node:fs";
import { markdownTable, ratio, type Series, seconds, spreadOf } from "./figures.ts";
import { type Machine, machineLine } from "./machine.ts";
import { playTables } from "./play-tables.ts";
import type { PlayFigures } from "./plays.ts";
import type { TransferFigures } from "./transfer.ts";

/** All that one call has measured. */
export interface BenchReport {
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly plays: readonly PlayFigures[];
  readonly start: readonly Series[];
  readonly transfer: TransferFigures | null;
  readonly scale: readonly Series[];
}

/** By the name of their place in docs/performance.md; what was not measured is not there. */
export function sectionsOf(report: BenchReport): Readonly<Record<string, string>> {
  const { machine, versions, plays, start, transfer, scale } = report;
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const on = `Measured on ${machineLine(machine)}. ${tools.join("; ")}.\n`;
  return {
    ...(plays.length > 0 && { plays: `${on}\n${playTables(plays)}` }),
    ...(start.length > 0 && { start: `${on}\n${besideFirst(start)}` }),
    ...(transfer !== null && { transfer: `${on}\n${transferTable(transfer)}` }),
    ...(scale.length > 0 && { scale: `${on}\n${scaleTable(scale)}` }),
  };
}

/** Puts each section between its marks. */
export function writeSections(file: string, sections: Readonly<Record<string, string>>): void {
  const text = Object.entries(sections).reduce(
    (page, [name, section]) => {
      const [begin, end] = [`<!-- bench: ${name} -->`, "<!-- /bench -->"];
      const from = page.indexOf(begin);
      const to = page.indexOf(end, from);
      if (from < 0 || to < 0) throw new Error(`${file} has no place for ${name}: ${begin} … ${end}`);
      return `${page.slice(0, from + begin.length)}\n${section.trimEnd()}\n${page.slice(to)}`;
    },
    readFileSync(file, "utf8"),
  );
  writeFileSync(file, text);
}

function besideFirst(all: readonly Series[]): string {
  const bare = medianOf(all[0]);
  const rows = all.map((each) => [
    `\`${each.name}\``,
    range(each),
    bare === null ? "" : ratio(medianOf(each) ?? Number.NaN, bare),
    seconds(spreadOf(each.cpuMs)?.median ?? Number.NaN),
  ]);
  return markdownTable(["", "median (least–most)", `to \`${all[0]?.name}\``, "processor"], rows);
}

function transferTable({ bytes, series }: TransferFigures): string {
  const bare = medianOf(series[0]);
  const rows = series.map((each) => {
    const median = medianOf(each);
    const moved = median === null || each.name.endsWith("converged") ? "" : (bytes / 1e6 / (median / 1000)).toFixed(0);
    return [
      each.name,
      range(each),
      moved,
      bare === null || median === null ? "" : ratio(median, bare),
      megabytes(each.counts.peakBytes),
      each.counts.bytesSent?.toLocaleString("en") ?? "",
    ];
  });
  const header = ["", "median (least–most)", "MB/s", "to scp", "most memory held", "bytes sent"];
  return `A file of ${(bytes / 1024 ** 2).toLocaleString("en")} MiB that cannot be compressed.\n\n${markdownTable(header, rows)}`;
}

function scaleTable(all: readonly Series[]): string {
  const rows = all.map((each) => [
    each.name,
    each.note ?? range(each),
    seconds(spreadOf(each.cpuMs)?.median ?? Number.NaN),
    megabytes(each.counts.peakBytes),
    forEachHost(each, all),
    each.counts.roundTrips?.toLocaleString("en") ?? "",
    each.counts.operations?.toLocaleString("en") ?? "",
  ]);
  const header = [
    "",
    "median (least–most)",
    "processor",
    "most memory held",
    "for each host",
    "round trips",
    "operations",
  ];
  return markdownTable(header, rows);
}

/** What the same play on more hosts holds beyond that on one, by the hosts it has more. */
function forEachHost({ name, counts: { hosts = 1, peakBytes } }: Series, all: readonly Series[]): string {
  const play = (of: string): string => of.slice(of.indexOf(", "));
  const one = all.find((each) => each.counts.hosts === 1 && play(each.name) === play(name))?.counts.peakBytes;
  if (hosts === 1 || one === undefined || peakBytes === undefined) return "";
  return `${((peakBytes - one) / (hosts - 1) / 1024 ** 2).toFixed(2)} MiB`;
}

function medianOf(series: Series | undefined): number | null {
  return spreadOf(series?.ms ?? [])?.median ?? null;
}

function range({ ms, note }: Series): string {
  const spread = spreadOf(ms);
  if (spread === null) return note ?? "–";
  return `${seconds(spread.median)} (${seconds(spread.min)}–${seconds(spread.max)})`;
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? "" : `${(bytes / 1024 ** 2).toFixed(0)} MiB`;
}
