import { type FrozenHost, own } from "../world.ts";
import { niceBytes } from "./numbers.ts";
import type { PoolScan } from "./state.ts";
import type { PoolView } from "./vdevs.ts";

/** What a disk of the lab reads in a second. */
const BYTES_PER_SECOND = 200 * 1024 ** 2;
/** A scrub of next to nothing still takes a moment, so that one can be seen running. */
const SCRUB_MS = 500;
const RESILVER_MS = 1;

export function startScan(host: FrozenHost, kind: PoolScan["function"], bytes: number): PoolScan {
  const tookMs = Math.floor((bytes / BYTES_PER_SECOND) * 1000) + (kind === "scrub" ? SCRUB_MS : RESILVER_MS);
  return { function: kind, state: "scanning", startedMs: host.clockMs, endsMs: host.clockMs + tookMs };
}

/** The scan as it is by the host's clock: one whose time has come is finished. */
export function scanNow(host: FrozenHost, scan: PoolView["scan"]): PoolView["scan"] {
  if (scan?.state !== "scanning" || scan.endsMs > host.clockMs || isHeld(host)) return scan;
  return { ...scan, state: "finished" };
}
export function isScanning(host: FrozenHost, pool: PoolView): boolean {
  return scanNow(host, pool.scan)?.state === "scanning";
}

// A parameter of the module that stops scans where they are.
function isHeld(host: FrozenHost): boolean {
  const node = own(host.files, "/sys/module/zfs/parameters/zfs_scan_suspend_progress");
  return node?.type === "file" && node.content.startsWith("1");
}

/** From 0 to 1. */
function progress(host: FrozenHost, scan: NonNullable<PoolView["scan"]>): number {
  if (isHeld(host)) return 0;
  const total = scan.endsMs - scan.startedMs + (scan.leftMs ?? 0);
  const until = scan.state === "paused" ? scan.endsMs : host.clockMs;
  return Math.min(1, Math.max(0, (until - scan.startedMs) / Math.max(1, total)));
}

/** The lines of `zpool status` about the last scan, or the one that runs. `newer`: as 2.3 words them. */
export function scanLines(host: FrozenHost, pool: PoolView, allocated: number, newer: boolean): readonly string[] {
  const scan = scanNow(host, pool.scan);
  if (scan === null) return [];
  const ended = dateText(scan.endsMs);
  const tookMs = scan.endsMs - scan.startedMs;
  switch (scan.state) {
    case "finished":
      return scan.function === "scrub"
        ? [`  scan: scrub repaired 0B in ${durationText(tookMs)} with 0 errors on ${ended}`]
        : [`  scan: resilvered ${niceBytes(allocated)} in ${durationText(tookMs)} with 0 errors on ${ended}`];
    case "canceled":
      return [`  scan: ${scan.function} canceled on ${ended}`];
    default: {
      const part = progress(host, scan);
      const total = niceBytes(allocated);
      const done = niceBytes(Math.floor(part * allocated));
      const percent = `${(part * 100).toFixed(2)}% done`;
      const rate = part > 0 && scan.state === "scanning" ? `${niceBytes(BYTES_PER_SECOND)}/s` : null;
      const at = rate === null ? "" : ` at ${rate}`;
      const still = `\t${done} / ${total} scanned${at}, ${done} / ${total} issued${at}`;
      const before = `\t${done} scanned${olderRate(scan.state, rate)}, ${done} issued${olderRate(scan.state, rate)}, ${total} total`;
      const handled = scan.function === "scrub" ? "0B repaired" : `${done} resilvered`;
      if (scan.state === "paused") {
        return [
          `  scan: scrub paused since ${ended}`,
          `\tscrub started on ${dateText(scan.startedMs)}`,
          newer ? still : before,
          `\t${handled}, ${percent}`,
        ];
      }
      const left = rate === null ? "no estimated completion time" : `${durationText(scan.endsMs - host.clockMs)} to go`;
      return [
        `  scan: ${scan.function} in progress since ${dateText(scan.startedMs)}`,
        newer ? still : before,
        `\t${handled}, ${percent}, ${left}`,
      ];
    }
  }
}
function olderRate(state: PoolScan["state"], rate: string | null): string {
  return state === "paused" ? "" : ` at ${rate ?? "0B/s"}`;
}

/** As `status -j` tells it: human numbers, or plain ones with --json-int. */
export function scanStats(
  host: FrozenHost,
  pool: PoolView,
  allocated: number,
  show: (bytes: number) => string | number,
  count: (value: number) => string | number,
): Readonly<Record<string, string | number>> | null {
  const scan = scanNow(host, pool.scan);
  if (scan === null) return null;
  const done = Math.floor((scan.state === "finished" ? 1 : progress(host, scan)) * allocated);
  const paused = scan.state === "paused";
  const withZone = (ms: number) => dateText(ms).replace(/ (\d{4})$/, " UTC $1");
  return {
    function: scan.function.toUpperCase(),
    state: paused ? "SCANNING" : scan.state.toUpperCase(),
    start_time: withZone(scan.startedMs),
    end_time: scan.state === "scanning" || paused ? "-" : withZone(scan.endsMs),
    to_examine: show(allocated),
    examined: show(done),
    skipped: show(0),
    processed: show(scan.function === "resilver" ? done : 0),
    errors: count(0),
    bytes_per_scan: show(0),
    pass_start: count(Math.floor(scan.startedMs / 1000)),
    scrub_pause: paused ? withZone(scan.endsMs) : "-",
    scrub_spent_paused: count(0),
    issued_bytes_per_scan: show(scan.state === "finished" ? done : 0),
    issued: show(done),
  };
}

/** `Sat Nov 21 19:27:09 2026`, as ctime prints it. */
export function dateText(ms: number): string {
  const date = new Date(ms);
  const [weekday = "", month = "", , year = ""] = date
    .toUTCString()
    .replace(/^(\w+), \d+ (\w+) (\d+).*$/, "$1 $2 - $3")
    .split(" ");
  const time = date.toISOString().slice(11, 19);
  return `${weekday} ${month} ${String(date.getUTCDate()).padStart(2)} ${time} ${year}`;
}

/** `00:01:05`, with days before it where there are some. */
function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const days = Math.floor(seconds / 86400);
  const clock = `${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  return days === 0 ? clock : `${days} days ${clock}`;
}
