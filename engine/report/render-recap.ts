import type { HostRecap, RecapEvent } from "../run/events.ts";
import { formatBytes } from "../text/bytes.ts";
import { displayWidth } from "../text/display-width.ts";
import { formatDuration } from "../text/duration.ts";
import { indent } from "../text/indent.ts";
import { plural } from "../text/plural.ts";
import { printable } from "../text/printable.ts";
import { shorten } from "../text/shorten.ts";
import { table } from "../text/table.ts";
import { wrap } from "../text/wrap.ts";
import { type ResultContext, toneOf } from "./render-result.ts";

type Counts = readonly (readonly [string, HostRecap])[];
const statuses = ["ok", "changed", "failed", "skipped", "unreachable", "deferred"] as const;

// A screenful. With more hosts, those that nothing happened to would push what matters out of sight.
const mostHosts = 50;

/** How the run ended: counts per host, on request what it cost, and the totals in one line. */
export function renderRecap(event: RecapEvent, context: Omit<ResultContext, "taskName">): string[] {
  const { paint, width, look } = context;
  const hosts = Object.entries(event.hosts);
  const noted = hosts.length <= mostHosts ? hosts : hosts.filter(([, counts]) => eventful(counts));
  const quiet = hosts.length - noted.length;
  const lines = ["", paint("bold", "RECAP"), ...indent(countLines(noted, context), 2)];
  if (quiet > 0) lines.push(`  … and ${plural(quiet, "more host")} where nothing changed`);
  if (look.profile) lines.push("", paint("bold", "PROFILE"), ...indent(costLines(hosts, width), 2));
  return [...lines, "", ...wrap(totals(event, context.check), width)];
}

function eventful(counts: HostRecap): boolean {
  return counts.changed + counts.failed + counts.unreachable + counts.deferred + counts.rescued + counts.ignored > 0;
}

function countLines(hosts: Counts, { paint, width }: Omit<ResultContext, "taskName">): string[] {
  if (hosts.length === 0) return [];
  const rows = (columns: readonly (typeof statuses)[number][], name: number) => [
    ["host", ...columns],
    ...hosts.map(([host, counts]) => [
      shorten(printable(host), name),
      ...columns.map((column) => (counts[column] > 0 ? paint(toneOf[column], String(counts[column])) : "0")),
    ]),
  ];
  // A narrow terminal first loses the columns that are zero everywhere, then the end of long host names.
  const used = statuses.filter((column) => hosts.some(([, counts]) => counts[column] > 0));
  for (const [columns, name] of [
    [statuses, 40],
    [used, 40],
    [statuses, 16],
    [used, 16],
  ] as const) {
    const lines = table(rows(columns, name));
    if (lines.every((line) => displayWidth(line) <= width - 2)) return lines;
  }
  return hosts.flatMap(([host, counts]) => [
    shorten(printable(host), width - 2),
    ...indent(wrap(used.map((column) => `${counts[column]} ${column}`).join(", "), width - 4), 2),
  ]);
}

function costLines(hosts: Counts, width: number): string[] {
  const rows = hosts.map(([host, counts]) => [
    shorten(printable(host), Math.max(8, width - 60)),
    counts.roundTrips.toLocaleString("en-US"),
    counts.operations.toLocaleString("en-US"),
    counts.forks.toLocaleString("en-US"),
    formatBytes(counts.bytesSent),
    formatBytes(counts.bytesReceived),
  ]);
  const lines = table([["host", "round trips", "operations", "forks", "sent", "received"], ...rows]);
  return lines.map((line) => shorten(line, Math.max(40, width - 2)));
}

function totals(event: RecapEvent, check: boolean): string {
  const hosts = Object.values(event.hosts);
  const sum = (field: keyof HostRecap) => hosts.reduce((total, counts) => total + counts[field], 0);
  const said = (field: keyof HostRecap, word: string) => {
    const count = sum(field);
    return count > 0 ? [`${count.toLocaleString("en-US")} ${word}`] : [];
  };
  const results = [
    `${sum("ok").toLocaleString("en-US")} ok`,
    `${sum("changed").toLocaleString("en-US")} ${check ? "would change" : "changed"}`,
    ...said("failed", "failed"),
    ...said("skipped", "skipped"),
    ...said("unreachable", "unreachable"),
    ...said("deferred", "deferred"),
    ...said("assumed", "assumed"),
    ...said("rescued", "rescued"),
    ...said("ignored", "ignored"),
  ];
  const parts = [plural(hosts.length, "host"), results.join(", "), plural(sum("roundTrips"), "round trip")];
  return [...parts, formatDuration(event.durationMs)].join(" · ");
}
