import { parseSchedule } from "./crontab.ts";

const FIELDS = [
  { what: "minute", size: 60 },
  { what: "hour", size: 24 },
  { what: "day", size: 31 },
  { what: "month", size: 12 },
  { what: "weekday", size: 7 },
] as const;

/** Where a schedule does something else than people think, one sentence each. */
export function scheduleAdvice(schedule: string): readonly string[] {
  const parsed = parseSchedule(schedule);
  if ("error" in parsed || parsed.kind !== "times" || parsed.text.startsWith("@")) return [];
  const words = parsed.text.split(/[ \t]+/);
  const advice: string[] = FIELDS.flatMap(({ what, size }, index) => {
    const step = Number(/^\*\/(\d+)$/.exec(words[index] ?? "")?.[1] ?? 1);
    // */n counts from the field's beginning, anew each hour, day, month …: only a divisor gives even gaps.
    const rest = size % step;
    return rest === 0
      ? []
      : [`${what} */${step}: ${size} is no multiple of ${step}, so the gap at the turn is ${rest} and not ${step}`];
  });
  if (!parsed.anyDay && !parsed.anyWeekday) {
    advice.push("day and weekday are both given: cron runs the job when either of them fits, not only when both do");
  }
  return advice;
}
