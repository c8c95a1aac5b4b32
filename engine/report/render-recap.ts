import { stripVTControlCharacters } from "node:util";
import type { HostRecap, RecapEvent } from "../run/events.ts";
import { formatBytes } from "../text/bytes.ts";
import { displayWidth } from "../text/display-width.ts";
import { formatDuration } from "../text/duration.ts";
import { indent } from "../text/indent.ts";
import { plural } from "../text/plural.ts";
import { printable } from "../text/printable.ts";
import { shorten } from "../text/shorten.ts";
import { table } from "../text/table.ts";
import { thousands } from "../text/thousands.ts";
import { wrap } from "../text/wrap.ts";
import type { Tone } from "./look.ts";
import { type ResultContext, toneOf } from "./render-result.ts";
import type { TaskTime } from "./task-times.ts";

type Counts = readonly (readonly [string, HostRecap])[];
const always = ["ok", "changed", "failed", "skipped", "unreachable", "deferred"] as const;
const whenUsed = ["assumed", "rescued", "ignored"] as const;
type Column = (typeof always)[number] | (typeof whenUsed)[number];

// A screenful. With more hosts, those that nothing happened to would push what matters out of sight.
const mostHosts = 50;

/** How the run ended: counts per host, on request what it cost, and the totals in one line. */
export function renderRecap(
  event: RecapEvent,
  context: Omit<ResultContext, "taskName">,
  tasks: readonly TaskTime[] = [],
): string[] {
  const { paint, width, look } = context;
  const hosts = Object.entries(event.hosts);
  const noted = hosts.length <= mostHosts ? hosts : worstFirst(hosts.filter(([, counts]) => eventful(counts)));
  const quiet = hosts.length - noted.length;
  const lines = ["", paint("bold", "RECAP"), ...indent(countLines(noted, context), 2)];
  if (quiet > 0) lines.push(`  … and ${plural(quiet, "more host")} where nothing changed`);
  if (look.profile) {
    const dearest = hosts.toSorted(([, left], [, right]) => right.roundTrips - left.roundTrips).slice(0, mostHosts);
    lines.push("", paint("bold", "PROFILE"), ...indent(costLines(dearest, width - 2), 2));
    if (dearest.length < hosts.length) lines.push(`  … and ${plural(hosts.length - dearest.length, "cheaper host")}`);
  }
  if (look.profile && tasks.length > 0) {
    lines.push("", paint("bold", "LONGEST TASKS"), ...indent(taskLines(tasks, width - 2), 2));
  }
  return [...lines, "", ...wrap(totals(event, context.check), width)];
}

function eventful(counts: HostRecap): boolean {
  return counts.changed + counts.failed + counts.unreachable + counts.deferred + counts.rescued + counts.ignored > 0;
}

/** Of very many hosts those that failed stand above those that are only different now. */
function worstFirst(hosts: Counts): Counts {
  const lost = ({ failed, unreachable }: HostRecap): boolean => failed + unreachable > 0;
  return [...hosts.filter(([, counts]) => lost(counts)), ...hosts.filter(([, counts]) => !lost(counts))];
}

function countLines(hosts: Counts, { paint, width }: Omit<ResultContext, "taskName">): string[] {
  const used = (columns: readonly Column[]) => columns.filter((name) => hosts.some(([, counts]) => counts[name] > 0));
  const full: readonly Column[] = [...always, ...used(whenUsed)];
  const cell = (column: Column, count: number) => (count > 0 ? paint(toneOfColumn(column), String(count)) : "0");
  const rows = (columns: readonly Column[]) =>
    hosts.map(([, counts]) => columns.map((name) => cell(name, counts[name])));
  const names = hosts.map(([host]) => host);
  // A narrow terminal first loses the columns that are zero everywhere.
  return (
    hostTable(names, full, rows(full), width - 2) ??
    hostTable(names, used(full), rows(used(full)), width - 2) ??
    hostList(names, used(full), rows(used(full)), width - 2)
  );
}

function toneOfColumn(column: Column): Tone {
  return column === "assumed" || column === "rescued" || column === "ignored" ? "cyan" : toneOf[column];
}

const costs = ["round trips", "operations", "forks", "sent", "received"];
/** How many of the round trips were another host's, too, and channels beside them; told where there were any. */
const beside = ["shared", "locks"] as const;

function costLines(hosts: Counts, width: number): string[] {
  const used = beside.filter((name) => hosts.some(([, { [name]: count = 0 }]) => count > 0));
  const columns = [costs[0] ?? "", ...used, ...costs.slice(1)];
  const rows = hosts.map(([, counts]) => [
    thousands(counts.roundTrips),
    ...used.map((name) => thousands(counts[name] ?? 0)),
    thousands(counts.operations),
    thousands(counts.forks),
    formatBytes(counts.bytesSent),
    formatBytes(counts.bytesReceived),
  ]);
  const names = hosts.map(([host]) => host);
  return hostTable(names, columns, rows, width) ?? hostList(names, columns, rows, width);
}

/** The names give way; on a narrow terminal the host, too. */
function taskLines(tasks: readonly TaskTime[], width: number): string[] {
  for (const [room, withHost] of [
    [44, true],
    [28, true],
    [28, false],
    [12, false],
  ] as const) {
    const lines = table([
      ["task", ...(withHost ? ["slowest"] : []), "hosts", "took", "in all"],
      ...tasks.map(({ name, hosts, slowest, slowestMs, totalMs }) => [
        shorten(printable(name).replaceAll("\n", " "), room),
        ...(withHost ? [shorten(printable(slowest), 16)] : []),
        thousands(hosts),
        formatDuration(slowestMs),
        formatDuration(totalMs),
      ]),
    ]);
    if (lines.every((line) => displayWidth(line) <= width)) return lines;
  }
  return tasks.map(({ name, slowestMs }) => shorten(`${formatDuration(slowestMs)}  ${printable(name)}`, width));
}

type Cells = readonly (readonly string[])[];

/** A line per host; names give way down to twelve cells. Undefined if it is still too wide. */
function hostTable(
  hosts: readonly string[],
  columns: readonly string[],
  rows: Cells,
  width: number,
): string[] | undefined {
  for (const room of [40, 24, 12]) {
    const lines = table([
      ["host", ...columns],
      ...rows.map((cells, row) => [shorten(printable(hosts[row] ?? ""), room), ...cells]),
    ]);
    if (lines.every((line) => displayWidth(line) <= width)) return lines;
  }
  return undefined;
}

function hostList(hosts: readonly string[], columns: readonly string[], rows: Cells, width: number): string[] {
  return hosts.flatMap((host, row) => {
    const counts = columns.map((column, index) => `${stripVTControlCharacters(rows[row]?.[index] ?? "")} ${column}`);
    return [shorten(printable(host), width), ...indent(wrap(counts.join(", "), width - 2), 2)];
  });
}

function totals(event: RecapEvent, check: boolean): string {
  const hosts = Object.values(event.hosts);
  const sum = (field: keyof HostRecap) => hosts.reduce((total, counts) => total + (counts[field] ?? 0), 0);
  const said = (field: keyof HostRecap, word: string) => {
    const count = sum(field);
    return count > 0 ? [`${thousands(count)} ${word}`] : [];
  };
  const results = [
    `${thousands(sum("ok"))} ok`,
    `${thousands(sum("changed"))} ${check ? "would change" : "changed"}`,
    ...said("failed", "failed"),
    ...said("skipped", "skipped"),
    ...said("unreachable", "unreachable"),
    ...said("deferred", "deferred"),
    ...said("assumed", "assumed"),
    ...said("rescued", "rescued"),
    ...said("ignored", "ignored"),
  ];
  // A trip that several hosts have shared is told with each of them, and was made once.
  const trips = sum("roundTrips") - sum("shared");
  const parts = [plural(hosts.length, "host"), results.join(", "), plural(trips, "round trip")];
  return [...parts, formatDuration(event.durationMs)].join(" · ");
}
