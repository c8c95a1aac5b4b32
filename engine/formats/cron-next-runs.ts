import type { Schedule, TimesSchedule } from "./cron-schedule.ts";

/** February 29 on a given weekday comes back after 40 years at the latest (a century year may be no leap year). */
const HORIZON_DAYS = 41 * 366;

/**
 * The next `count` runs after `from`, fewer if there are none. Times are the local time of this process, or that of a
 * zone `utcOffsetMinutes` east of Greenwich (a host's own zone).
 *
 * Own code and not a library: those at hand decide "day or weekday" by whether a field is exactly `*`, cron by whether
 * it begins with one, so a star with a step together with a weekday would come out wrong.
 */
export function nextRuns(
  schedule: Schedule,
  from: Date,
  count: number,
  options: { readonly utcOffsetMinutes?: number } = {},
): Date[] {
  if (schedule.kind === "reboot") return [];
  const zone = options.utcOffsetMinutes === undefined ? localZone : fixedZone(options.utcOffsetMinutes);
  const start = zone.dayOf(from);
  const runs: Date[] = [];
  for (let offset = 0; offset < HORIZON_DAYS && runs.length < count; offset += 1) {
    // Noon of a UTC day as a calendar without gaps: no zone's clock change can skip or double a day here.
    const day = new Date(Date.UTC(start.year, start.month, start.day + offset, 12));
    if (!matchesDay(schedule, day)) continue;
    for (const hour of schedule.hours) {
      for (const minute of schedule.minutes) {
        const run = zone.at(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), hour, minute);
        const last = runs.at(-1);
        // An hour skipped by a clock change maps onto the next one: it must not come twice.
        if (run > from && (last === undefined || run > last) && runs.length < count) runs.push(run);
      }
    }
  }
  return runs;
}

function matchesDay(schedule: TimesSchedule, day: Date): boolean {
  if (!schedule.months.includes(day.getUTCMonth() + 1)) return false;
  const inDays = schedule.days.includes(day.getUTCDate());
  const inWeekdays = schedule.weekdays.includes(day.getUTCDay());
  return schedule.anyDay || schedule.anyWeekday ? inDays && inWeekdays : inDays || inWeekdays;
}

interface Zone {
  dayOf(date: Date): { readonly year: number; readonly month: number; readonly day: number };
  at(year: number, month: number, day: number, hour: number, minute: number): Date;
}
const localZone: Zone = {
  dayOf: (date) => ({ year: date.getFullYear(), month: date.getMonth(), day: date.getDate() }),
  at: (year, month, day, hour, minute) => new Date(year, month, day, hour, minute),
};
function fixedZone(utcOffsetMinutes: number): Zone {
  const shiftMs = utcOffsetMinutes * 60_000;
  return {
    dayOf: (date) => {
      const shifted = new Date(date.getTime() + shiftMs);
      return { year: shifted.getUTCFullYear(), month: shifted.getUTCMonth(), day: shifted.getUTCDate() };
    },
    at: (year, month, day, hour, minute) => new Date(Date.UTC(year, month, day, hour, minute) - shiftMs),
  };
}
