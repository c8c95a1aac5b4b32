import { parseSchedule } from "./cron-schedule.ts";

export { nextRuns } from "./cron-next-runs.ts";
export type { Schedule } from "./cron-schedule.ts";
export { parseSchedule } from "./cron-schedule.ts";

interface LineText {
  /** The line as it stands, without its newline. Rendering prints this and nothing else. */
  readonly text: string;
  /** The last line of a file that lacks its newline (cron ignores such a line). */
  readonly unterminated?: true;
}
export type CrontabLine = LineText &
  (
    | { readonly kind: "blank" }
    | { readonly kind: "comment" }
    | { readonly kind: "environment"; readonly name: string; readonly value: string }
    | { readonly kind: "job"; readonly schedule: string; readonly user?: string; readonly command: string }
    /** What cron would refuse or skip. */
    | { readonly kind: "other" }
  );

const JOB = /^[ \t]*(@[A-Za-z]+|[^ \t]+(?:[ \t]+[^ \t]+){4})[ \t]+(.*)$/s;

/** Takes a crontab apart. `system`: /etc/crontab and /etc/cron.d, where a user stands before the command. */
export function parseCrontab(text: string, options: { readonly system: boolean }): CrontabLine[] {
  if (text === "") return [];
  const rows = text.split("\n");
  const last = rows.pop() ?? "";
  const lines = rows.map((row) => parseLine(row, options.system));
  if (last !== "") lines.push({ ...parseLine(last, options.system), unterminated: true });
  return lines;
}

/** The text of these lines: what was parsed comes out byte for byte as it went in. */
export function renderCrontab(lines: readonly CrontabLine[]): string {
  return lines
    .map((line, index) => (line.unterminated === true && index === lines.length - 1 ? line.text : `${line.text}\n`))
    .join("");
}

function parseLine(text: string, system: boolean): CrontabLine {
  const trimmed = text.replace(/^[ \t]+/, "");
  if (trimmed === "") return { kind: "blank", text };
  if (trimmed.startsWith("#")) return { kind: "comment", text };
  const environment = parseEnvironment(trimmed);
  if (environment !== undefined) return { kind: "environment", text, ...environment };
  const job = JOB.exec(text);
  const schedule = job?.[1];
  const rest = job?.[2];
  if (schedule === undefined || rest === undefined || !accepted(schedule)) return { kind: "other", text };
  if (!system) return { kind: "job", text, schedule, command: rest };
  const entry = /^([^ \t]+)[ \t]+(.+)$/s.exec(rest);
  const user = entry?.[1];
  const command = entry?.[2];
  if (user === undefined || command === undefined) return { kind: "other", text };
  return { kind: "job", text, schedule, user, command };
}

function accepted(schedule: string): boolean {
  const parsed = parseSchedule(schedule);
  return !("error" in parsed) || parsed.takenByCron === true;
}

// A name (quoted or not), an equals sign with blanks around it, a value whose outer quotes go. As in cron, it is tried
// before the job: `* * * * * a=b` is none because a blank and no equals sign follows the first word.
function parseEnvironment(text: string): { readonly name: string; readonly value: string } | undefined {
  const match = /^(?:"([^"]+)"|'([^']+)'|([^ \t="']+))[ \t]*=[ \t]*(.*?)[ \t]*$/s.exec(text);
  const name = match?.[1] ?? match?.[2] ?? match?.[3];
  const raw = match?.[4];
  if (name === undefined || raw === undefined) return undefined;
  const quoted = /^(["'])(.*)\1$/s.exec(raw);
  return { name, value: quoted?.[2] ?? raw };
}

/** A job as a new line. */
export function jobLine(job: {
  readonly schedule: string;
  readonly user?: string;
  readonly command: string;
}): CrontabLine {
  const words = [job.schedule, ...(job.user === undefined ? [] : [job.user]), job.command];
  return { kind: "job", ...job, text: words.join(" ") };
}

/** A setting as a new line. Quoted where cron would trim it or take its quotes off. */
export function environmentLine(name: string, value: string): CrontabLine {
  const plain = value !== "" && value === value.trim() && !/^["']/.test(value);
  const quote = value.includes('"') ? "'" : '"';
  return { kind: "environment", name, value, text: `${name}=${plain ? value : `${quote}${value}${quote}`}` };
}

/** A comment as a new line; `text` without the `#`. */
export function commentLine(text: string): CrontabLine {
  return { kind: "comment", text: `#${text}` };
}
