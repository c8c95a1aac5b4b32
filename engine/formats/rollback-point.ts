import { parseDuration } from "./duration.ts";

/** A moment that can be gone back to. */
export interface RollbackPoint {
  /** Of the snapshot, without its dataset. */
  readonly name: string;
  /** Seconds since 1970. */
  readonly made: number;
}
/** A host's clock: `date "+%s %z"`. */
export interface HostClock {
  readonly now: number;
  /** Seconds east of UTC. */
  readonly offset: number;
}
export const ASK_CLOCK = ["date", "+%s %z"] as const;

export function parseClock(text: string): HostClock | null {
  const [, now, sign, hours, minutes] = /^(\d+) ([+-])(\d\d)(\d\d)\s*$/.exec(text) ?? [];
  if (now === undefined) return null;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60;
  return { now: Number(now), offset: sign === "-" ? -offset : offset };
}

export type WantedPoint =
  | { readonly kind: "found"; readonly point: RollbackPoint }
  | { readonly kind: "none"; readonly why: string };

/**
 * Which of these (in the order of their making) `to` means: a snapshot by its name; `latest`; `yesterday` or a day, the last one that was made on it or before; a
 * moment of a day; or a length of time, the last one that is at least so old. Days are those of the host.
 */
export function wantedPoint(to: string, points: readonly RollbackPoint[], clock: HostClock): WantedPoint {
  const name = to.slice(to.indexOf("@") + 1);
  const named = points.find((point) => point.name === name);
  if (named !== undefined) return { kind: "found", point: named };
  const before = latestMoment(to, clock);
  if (before === null) return { kind: "none", why: `there is no snapshot ${name}` };
  const fitting = points.filter(({ made }) => made <= before);
  const newest = Math.max(...fitting.map(({ made }) => made));
  const best = fitting.findLast(({ made }) => made === newest);
  if (best !== undefined) return { kind: "found", point: best };
  const [oldest] = [...points].sort((a, b) => a.made - b.made);
  return {
    kind: "none",
    why:
      oldest === undefined
        ? "there is no snapshot"
        : `there is no snapshot from ${printMoment(before, clock)} or before: the oldest, ${oldest.name}, is from ${printMoment(oldest.made, clock)}`,
  };
}

/** Whether a text can be anything but the name of a snapshot. */
export function isMoment(to: string): boolean {
  return latestMoment(to, { now: 0, offset: 0 }) !== null;
}

const DAY = 86_400;
function latestMoment(to: string, { now, offset }: HostClock): number | null {
  const midnight = (seconds: number): number => Math.floor((seconds + offset) / DAY) * DAY - offset;
  if (to === "latest") return Number.POSITIVE_INFINITY;
  if (to === "yesterday") return midnight(now) - 1;
  const [, day, time] = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?$/.exec(to) ?? [];
  if (day !== undefined) {
    const start = Date.parse(`${day}T${time ?? "00:00"}${time?.length === 8 ? "" : ":00"}Z`) / 1000 - offset;
    if (Number.isNaN(start)) return null;
    return time === undefined ? start + DAY - 1 : start;
  }
  const age = /^\d/.test(to) && !/^\d+$/.test(to) ? parseDuration(to) : undefined;
  return age === undefined ? null : now - age;
}

/** `2026-11-21 03:00`, as the host's clocks show it. */
export function printMoment(seconds: number, { offset }: HostClock): string {
  return Number.isFinite(seconds)
    ? new Date((seconds + offset) * 1000).toISOString().slice(0, 16).replace("T", " ")
    : "now";
}
