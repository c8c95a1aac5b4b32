/** When cron runs a job. `@daily` and its like are `times` as well; only `@reboot` has no time of day. */
export type Schedule = TimesSchedule | { readonly kind: "reboot"; readonly text: string };
export interface TimesSchedule {
  readonly kind: "times";
  readonly text: string;
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  /** 1 to 12. */
  readonly months: readonly number[];
  /** 0 (Sunday) to 6. */
  readonly weekdays: readonly number[];
  /** The day field began with `*`: cron then wants day AND weekday, else either one is enough. */
  readonly anyDay: boolean;
  readonly anyWeekday: boolean;
}
export interface ScheduleError {
  readonly error: string;
  readonly hint: string;
  /** Debian's cron takes it without a word, but it does not do what it says (measured with cron 3.0pl1-162). */
  readonly takenByCron?: true;
}

interface Field {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly names: readonly string[];
}
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MINUTE: Field = { name: "minute", low: 0, high: 59, names: [] };
const HOUR: Field = { name: "hour", low: 0, high: 23, names: [] };
const DAY: Field = { name: "day of month", low: 1, high: 31, names: [] };
const MONTH: Field = { name: "month", low: 1, high: 12, names: MONTHS };
const WEEKDAY: Field = { name: "day of week", low: 0, high: 7, names: WEEKDAYS };

const SPECIAL: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

/** Reads five fields or an `@word` as Debian's cron does, but refuses what that cron would accept and silently misread. */
export function parseSchedule(text: string): Schedule | ScheduleError {
  const known = parsed.get(text);
  if (known) return known;
  if (parsed.size >= mostParsed) parsed.clear();
  const schedule = parseAnew(text);
  parsed.set(text, schedule);
  return schedule;
}

/** A table is read again for each of its jobs, on each host: its lines are few, and mostly the same ones. */
const parsed = new Map<string, Schedule | ScheduleError>();
const mostParsed = 1000;

function parseAnew(text: string): Schedule | ScheduleError {
  const trimmed = text.trim();
  if (trimmed.startsWith("@")) {
    // cron knows these in lower case only.
    if (trimmed === "@reboot") return { kind: "reboot", text: trimmed };
    const fields = SPECIAL[trimmed];
    if (fields !== undefined) return parseFields(trimmed, fields.split(" "));
    const known = [...Object.keys(SPECIAL), "@reboot"].join(", ");
    return { error: `cron has no special time "${trimmed}"`, hint: `it knows ${known}` };
  }
  return parseFields(trimmed, trimmed === "" ? [] : trimmed.split(/[ \t]+/));
}

function parseFields(text: string, words: readonly string[]): Schedule | ScheduleError {
  const [minute, hour, day, month, weekday] = words;
  if (
    words.length !== 5 ||
    minute === undefined ||
    hour === undefined ||
    day === undefined ||
    month === undefined ||
    weekday === undefined
  ) {
    const seconds = words.length === 6 ? "; cron has no field for seconds or years" : "";
    return {
      error: `a schedule has five fields, "${text}" has ${words.length}`,
      hint: `minute, hour, day of month, month, day of week, such as "*/5 * * * *"${seconds}`,
    };
  }
  const minutes = parseField(MINUTE, minute);
  if ("error" in minutes) return minutes;
  const hours = parseField(HOUR, hour);
  if ("error" in hours) return hours;
  const days = parseField(DAY, day);
  if ("error" in days) return days;
  const months = parseField(MONTH, month);
  if ("error" in months) return months;
  const weekdays = parseField(WEEKDAY, weekday);
  if ("error" in weekdays) return weekdays;
  return {
    kind: "times",
    text,
    minutes: minutes.values,
    hours: hours.values,
    days: days.values,
    months: months.values,
    weekdays: sorted(weekdays.values.map((value) => value % 7)),
    anyDay: day.startsWith("*"),
    anyWeekday: weekday.startsWith("*"),
  };
}

function parseField(field: Field, text: string): { readonly values: readonly number[] } | ScheduleError {
  const values: number[] = [];
  for (const part of text.split(",")) {
    const range = parseRange(field, text, part);
    if ("error" in range) return range;
    for (let value = range.from; value <= range.to; value += range.step) values.push(value);
  }
  return { values: sorted(values) };
}

function parseRange(
  field: Field,
  whole: string,
  part: string,
): { readonly from: number; readonly to: number; readonly step: number } | ScheduleError {
  const wrong = (problem: string, hint: string): ScheduleError => ({
    error: `${field.name} field "${whole}": ${problem}`,
    hint,
  });
  const misread = (problem: string, hint: string): ScheduleError => ({ ...wrong(problem, hint), takenByCron: true });
  const allowed = `${field.name} is ${field.low}-${field.high}${named(field)}, as a list, a range a-b, or */n`;
  const match = /^(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:\/(.*))?$/i.exec(part);
  const first = match?.[1];
  if (match === null || first === undefined) {
    return wrong(part === "" ? "an element of the list is empty" : `"${part}" is not a number, range or step`, allowed);
  }
  const [, , last, stepText] = match;
  if (first === "*" && last !== undefined) return misread(`"${part}" mixes * with a range`, allowed);
  const from = first === "*" ? field.low : numberIn(field, first);
  if (from === undefined) return wrong(`${first} is out of range`, allowed);
  const to = first === "*" ? field.high : last === undefined ? from : numberIn(field, last);
  if (to === undefined) return wrong(`${last} is out of range`, allowed);
  if (from > to) {
    // cron then never runs the job.
    const around =
      field === WEEKDAY && to === 0 ? `${from}-7` : `${from}-${field === WEEKDAY ? 6 : field.high},${field.low}-${to}`;
    return misread(`the range ${part} is reversed`, `write ${around} if it shall wrap around`);
  }
  if (stepText === undefined) return { from, to, step: 1 };
  const step = /^\d+$/.test(stepText) ? Number(stepText) : Number.NaN;
  if (Number.isNaN(step)) return wrong(`the step "${stepText}" is not a number`, allowed);
  if (step === 0) return wrong("a step of 0 never moves on", "leave the step out, or use 1 or more");
  if (step > field.high) {
    return misread(
      `the step ${step} is larger than the field's range ${field.low}-${field.high}`,
      "cron cannot count beyond one field; name the times one by one",
    );
  }
  if (first !== "*" && last === undefined) {
    // Other crons read 5/10 as 5-59/10, Debian's refuses it.
    return wrong(`"${part}" is a step without a range`, `write ${from}-${field === WEEKDAY ? 6 : field.high}/${step}`);
  }
  // With a step, 0 and 7 would both be Sunday: */2 in the weekday field is 0,2,4,6.
  return { from, to: first === "*" && field === WEEKDAY ? 6 : to, step };
}

function numberIn(field: Field, word: string): number | undefined {
  if (/^\d+$/.test(word)) {
    const value = Number(word);
    return value >= field.low && value <= field.high ? value : undefined;
  }
  const index = field.names.indexOf(word.toLowerCase());
  return index < 0 ? undefined : index + field.low;
}

function named(field: Field): string {
  return field.names.length === 0 ? "" : ` (or ${field.names[0]}-${field.names.at(-1)})`;
}

function sorted(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
