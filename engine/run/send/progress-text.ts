import { unreachable } from "../../errors/bug.ts";
import type { JobProgress } from "../../ops/ir.ts";
import { formatBytes } from "../../text/bytes.ts";
import { formatDuration } from "../../text/duration.ts";

export interface ProgressText {
  readonly text: string;
  /** 0 to 1, where it is known. */
  readonly fraction?: number;
}

/**
 * Says how far a job is, from what was seen of it so far: `12.0 GiB of 1.0 TiB, 84 MiB/s, about 3 h left`. Null: nothing
 * that has not been said. One teller follows one job.
 */
export function progressText(): (progress: JobProgress | null, runningMs: number) => ProgressText | null {
  let first: { readonly done: number; readonly atMs: number } | null = null;
  let last = "";
  return (progress, runningMs) => {
    // The speed of this run: what an earlier one has done is part of `done`.
    if (progress !== null) first ??= { done: progress.done, atMs: runningMs };
    const said =
      progress === null ? { text: `runs for ${formatDuration(runningMs)}` } : tell(progress, first, runningMs);
    if (said.text === last) return null;
    last = said.text;
    return said;
  };
}

function tell(
  { done, total, unit, note }: JobProgress,
  first: { readonly done: number; readonly atMs: number } | null,
  runningMs: number,
): ProgressText {
  const seconds = first === null ? 0 : (runningMs - first.atMs) / 1000;
  const speed = first === null || seconds < 2 ? 0 : (done - first.done) / seconds;
  const left = total === undefined || speed <= 0 ? null : (total - done) / speed;
  const parts = [
    amount(done, total, unit),
    speed > 0 && unit === "bytes" ? `${formatBytes(Math.round(speed))}/s` : "",
    left === null || left < 1 ? "" : `about ${formatDuration(left * 1000)} left`,
    note ?? "",
  ];
  const text = parts.filter((part) => part !== "").join(", ");
  const whole = unit === "percent" ? 100 : total;
  if (whole === undefined || whole <= 0) return { text };
  return { text, fraction: Math.min(1, Math.max(0, done / whole)) };
}

function amount(done: number, total: number | undefined, unit: JobProgress["unit"]): string {
  switch (unit) {
    case "percent":
      return `${Math.floor(done)} %`;
    case "items":
      return total === undefined ? String(done) : `${done} of ${total}`;
    case "bytes":
      return total === undefined ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(total)}`;
    default:
      return unreachable(unit);
  }
}
