/**
 * Proxmox VE's schedules (jobs, replication): `[WEEKDAYS] [[YEARS-]MONTHS-DAYS] [HOURS:MINUTES[:SECONDS]]`, a subset of
 * systemd's calendar events, with minutes alone (a star, a slash and 15) and words (`daily`) beside.
 */
export interface CalendarEvent {
  /** 0 is Monday. Null: any. */
  readonly weekdays: ReadonlySet<number> | null;
  readonly years: Numbers;
  readonly months: Numbers;
  readonly days: Numbers;
  readonly hours: Numbers;
  readonly minutes: Numbers;
  readonly seconds: Numbers;
}
/** Null: any. */
type Numbers = ReadonlySet<number> | null;

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const LONG_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const zero = new Set([0]);
const first = new Set([1]);
const MIDNIGHT = {
  weekdays: null,
  years: null,
  months: null,
  days: null,
  hours: zero,
  minutes: zero,
  seconds: zero,
} as const;
const WORDS: Readonly<Record<string, CalendarEvent>> = {
  minutely: { ...MIDNIGHT, hours: null, minutes: null },
  hourly: { ...MIDNIGHT, hours: null },
  daily: MIDNIGHT,
  weekly: { ...MIDNIGHT, weekdays: zero },
  monthly: { ...MIDNIGHT, days: first },
  yearly: { ...MIDNIGHT, days: first, months: first },
  annually: { ...MIDNIGHT, days: first, months: first },
  quarterly: { ...MIDNIGHT, days: first, months: new Set([1, 4, 7, 10]) },
  semiannually: { ...MIDNIGHT, days: first, months: new Set([1, 7]) },
  "semi-annually": { ...MIDNIGHT, days: first, months: new Set([1, 7]) },
};

/** What stopped the reading: where, and of which part that was to be one. */
export interface CalendarTrouble {
  readonly rest: string;
  readonly part: "weekday" | "date or time specification";
}

export function parseCalendarEvent(text: string): CalendarEvent | CalendarTrouble {
  const words = text.trim().split(/\s+/);
  if (words.at(-1) === "UTC" && words.length > 1) words.pop();
  const whole = WORDS[words.join(" ").toLowerCase()];
  if (whole !== undefined) return whole;
  const rest = [...words];
  const trouble = (part: CalendarTrouble["part"]): CalendarTrouble => ({ rest: rest.join(" "), part });
  let weekdays: ReadonlySet<number> | null = null;
  if (/^[a-z]/i.test(rest[0] ?? "")) {
    weekdays = weekdaysOf(rest[0] ?? "");
    if (weekdays === null) return trouble("weekday");
    rest.shift();
  }
  let date: Pick<CalendarEvent, "years" | "months" | "days"> = { years: null, months: null, days: null };
  if (rest[0]?.includes("-")) {
    const parts = rest[0].split("-");
    if (parts.length < 2 || parts.length > 3) return trouble("date or time specification");
    const [day = "", month = "", year = "*"] = parts.reverse();
    const found = [numbers(year, 1970, 9999), numbers(month, 1, 12), numbers(day, 1, 31)];
    if (found.includes(undefined)) return trouble("date or time specification");
    date = { years: found[0] ?? null, months: found[1] ?? null, days: found[2] ?? null };
    rest.shift();
  }
  let time: Pick<CalendarEvent, "hours" | "minutes" | "seconds"> = { hours: zero, minutes: zero, seconds: zero };
  if (rest.length > 0) {
    const parts = (rest[0] ?? "").split(":");
    // Minutes alone stand for those of every hour.
    const [hour = "", minute = "", second = "0"] = parts.length === 1 ? ["*", parts[0] ?? ""] : parts;
    const found = [numbers(hour, 0, 23), numbers(minute, 0, 59), numbers(second, 0, 59)];
    if (parts.length > 3 || found.includes(undefined)) return trouble("date or time specification");
    time = { hours: found[0] ?? null, minutes: found[1] ?? null, seconds: found[2] ?? null };
    rest.shift();
  }
  return rest.length > 0 || words[0] === "" ? trouble("date or time specification") : { weekdays, ...date, ...time };
}

export function isCalendarEvent(parsed: CalendarEvent | CalendarTrouble): parsed is CalendarEvent {
  return "hours" in parsed;
}

function weekdaysOf(text: string): ReadonlySet<number> | null {
  const found = new Set<number>();
  for (const piece of text.toLowerCase().split(",")) {
    const [from, to] = piece.split("..").map(dayOf);
    if (from === undefined || from < 0 || piece.split("..").length > 2) return null;
    const end = to ?? from;
    if (end < 0) return null;
    // A range may run over the end of the week: sat..mon.
    for (let day = from; ; day = (day + 1) % 7) {
      found.add(day);
      if (day === end) break;
    }
  }
  return found;
}
function dayOf(name: string): number {
  return Math.max(DAYS.indexOf(name), LONG_DAYS.indexOf(name));
}

/** `*`, `5`, `1..5`, `2/5`, `1..20/3`, and lists of these. Undefined: it is none of them. */
function numbers(text: string, low: number, high: number): Numbers | undefined {
  if (text === "*") return null;
  const found = new Set<number>();
  for (const piece of text.split(",")) {
    const match = /^(?:(\*)|(\d{1,4})(?:\.\.(\d{1,4}))?)(?:\/(\d{1,4}))?$/.exec(piece);
    if (!match) return undefined;
    const [, star, start, end, step] = match;
    const from = star === undefined ? Number(start) : low;
    const to = end !== undefined ? Number(end) : step !== undefined || star !== undefined ? high : from;
    const by = step === undefined ? 1 : Number(step);
    if (from < low || to > high || from > to || by < 1) return undefined;
    for (let value = from; value <= to; value += by) found.add(value);
  }
  return found;
}

/** The next moment after `seconds` of the epoch, by a clock in UTC; null if there is none in the next ten years. */
export function nextCalendarRun(event: CalendarEvent, seconds: number): number | null {
  const DAY = 86_400;
  const start = Math.floor(seconds / DAY) * DAY;
  const fits = (wanted: Numbers, value: number) => wanted === null || wanted.has(value);
  for (let day = start; day < start + 3660 * DAY; day += DAY) {
    const date = new Date(day * 1000);
    const weekday = (date.getUTCDay() + 6) % 7;
    if (!fits(event.weekdays, weekday) || !fits(event.years, date.getUTCFullYear())) continue;
    if (!fits(event.months, date.getUTCMonth() + 1) || !fits(event.days, date.getUTCDate())) continue;
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      if (!fits(event.hours, Math.floor(minute / 60)) || !fits(event.minutes, minute % 60)) continue;
      for (let second = 0; second < 60; second += 1) {
        const moment = day + minute * 60 + second;
        if (moment > seconds && fits(event.seconds, second)) return moment;
      }
    }
  }
  return null;
}

/** Whether two schedules mean the same: `daily` and `0:00`. What is no schedule equals only itself. */
export function sameSchedule(a: string, b: string): boolean {
  const [one, other] = [parseCalendarEvent(a), parseCalendarEvent(b)];
  if (!isCalendarEvent(one) || !isCalendarEvent(other)) return a.trim() === b.trim();
  const text = (event: CalendarEvent) =>
    JSON.stringify(
      Object.entries(event)
        .map(([name, numbers]) => [name, numbers === null ? null : [...numbers].sort()])
        .sort(),
    );
  return text(one) === text(other);
}
