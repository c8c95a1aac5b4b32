import type { Value } from "../value/value.ts";
import { numberOf, textOf, textOr } from "./arguments.ts";
import { FunctionFailure, type LabFunction, type Param } from "./function.ts";

const seconds: Param = { name: "seconds", type: "number" };
const zone: Param = { name: "timezone", type: "string", optional: true };

const now: LabFunction = {
  name: "now",
  topic: "time",
  summary: "The moment at which the run began, in seconds since 1970: the same in all of its tasks.",
  params: [],
  returns: "integer",
  looksUp: "clock",
  run: (_, outside) => outside.now(),
  example: { template: '{{ strftime "%Y-%m-%d" (now) }}', cel: 'strftime("%Y-%m-%d", now())', gives: "2026-01-31" },
};

const strftime: LabFunction = {
  name: "strftime",
  topic: "time",
  summary:
    "A moment, in seconds since 1970, in C's notation: %Y %m %d %H %M %S %j %A %a %B %b %y %F %T %s %z %p %I %e %u. In UTC unless a timezone such as Europe/Berlin is given.",
  params: [{ name: "format", type: "string" }, seconds, zone],
  returns: "string",
  run: ([format, at, timezone]) => written(textOf(format), momentOf(at), textOr(timezone, "UTC")),
  example: {
    template: '{{ strftime "%Y-%m-%d %H:%M" 1769817600 }}',
    cel: 'strftime("%Y-%m-%d %H:%M", 1769817600)',
    gives: "2026-01-31 00:00",
  },
  more: [
    {
      template: '{{ strftime "%H:%M %z" 1769817600 "Europe/Berlin" }}',
      cel: 'strftime("%H:%M %z", 1769817600, "Europe/Berlin")',
      gives: "01:00 +0100",
    },
  ],
};

const isoTime: LabFunction = {
  name: "iso_time",
  topic: "time",
  summary: "A moment, in seconds since 1970, as ISO 8601 in UTC.",
  params: [seconds],
  returns: "string",
  run: ([at]) =>
    momentOf(at)
      .toISOString()
      .replace(/\.000Z$/, "Z"),
  example: { template: "{{ iso_time 1769817600 }}", cel: "iso_time(1769817600)", gives: "2026-01-31T00:00:00Z" },
};

const parseTime: LabFunction = {
  name: "parse_time",
  topic: "time",
  summary:
    "The seconds since 1970 of a moment in ISO 8601: a day, or a day with a time; in UTC unless it says otherwise.",
  params: [{ name: "text", type: "string" }],
  returns: "number",
  run: ([text]) => parsed(textOf(text)),
  example: {
    template: '{{ parse_time "2026-01-31T01:00:00+01:00" }}',
    cel: 'parse_time("2026-01-31T01:00:00+01:00")',
    gives: 1_769_817_600,
  },
  more: [{ template: '{{ parse_time "2026-01-31" }}', cel: 'parse_time("2026-01-31")', gives: 1_769_817_600 }],
};

export const timeFunctions: readonly LabFunction[] = [now, strftime, isoTime, parseTime];

function momentOf(at: Value | undefined): Date {
  const date = new Date(numberOf(at) * 1000);
  if (!Number.isNaN(date.getTime())) return date;
  throw new FunctionFailure(`${numberOf(at)} seconds since 1970 are no moment that has a date`);
}

function parsed(text: string): number {
  const [, day = "", time = "", offset = ""] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text.trim()) ?? [];
  const zone = offset === "" || offset === "Z" ? "Z" : offset.replace(/^(...):?(..)$/, "$1:$2");
  const date = new Date(`${day}T${time === "" ? "00:00:00" : time}${zone}`);
  // A 31st of February would come out as a day in March.
  const isDay =
    date.getTime() >= Number.NEGATIVE_INFINITY && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  if (day !== "" && isDay) return date.getTime() / 1000;
  throw new FunctionFailure(`"${text}" is no moment`, "such as 2026-01-31 or 2026-01-31T08:30:00+01:00");
}

function written(format: string, date: Date, timezone: string): string {
  const local = inZone(date, timezone);
  const two = (value: number): string => String(value).padStart(2, "0");
  const year = local.getUTCFullYear();
  const hour = local.getUTCHours();
  const day =
    Math.floor((Date.UTC(year, local.getUTCMonth(), local.getUTCDate()) - Date.UTC(year, 0, 1)) / 86_400_000) + 1;
  const name = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat("en-US", { ...options, timeZone: "UTC" }).format(local);
  const offset = Math.round((local.getTime() - date.getTime()) / 60_000);
  const parts: Readonly<Record<string, () => string>> = {
    Y: () => String(year).padStart(4, "0"),
    y: () => two(year % 100),
    m: () => two(local.getUTCMonth() + 1),
    d: () => two(local.getUTCDate()),
    e: () => String(local.getUTCDate()).padStart(2),
    H: () => two(hour),
    I: () => two(hour % 12 === 0 ? 12 : hour % 12),
    M: () => two(local.getUTCMinutes()),
    S: () => two(local.getUTCSeconds()),
    j: () => String(day).padStart(3, "0"),
    A: () => name({ weekday: "long" }),
    a: () => name({ weekday: "short" }),
    B: () => name({ month: "long" }),
    b: () => name({ month: "short" }),
    u: () => String(local.getUTCDay() === 0 ? 7 : local.getUTCDay()),
    w: () => String(local.getUTCDay()),
    p: () => (hour < 12 ? "AM" : "PM"),
    s: () => String(Math.floor(date.getTime() / 1000)),
    z: () => `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`,
    F: () => written("%Y-%m-%d", date, timezone),
    T: () => written("%H:%M:%S", date, timezone),
    "%": () => "%",
  };
  return format.replace(/%(.?)/gsu, (whole, letter: string) => {
    const part = Object.hasOwn(parts, letter) ? parts[letter] : undefined;
    if (part !== undefined) return part();
    throw new FunctionFailure(
      `"${whole}" is not known`,
      `there are ${Object.keys(parts)
        .map((each) => `%${each}`)
        .join(" ")}`,
    );
  });
}

/** A date whose UTC fields are the local ones: what a clock on the wall shows there. */
function inZone(date: Date, timezone: string): Date {
  if (timezone === "UTC") return date;
  try {
    const fields = new Intl.DateTimeFormat("en-US", {
      timeZone: timezone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    }).formatToParts(date);
    const of = (type: string): number => Number(fields.find((field) => field.type === type)?.value);
    return new Date(Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")));
  } catch {
    throw new FunctionFailure(`there is no timezone "${timezone}"`, "such as UTC or Europe/Berlin");
  }
}
