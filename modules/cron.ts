// More than 300 lines: a hundred of them are the parameters, which are the manual, and user crontab and cron.d share the rest.
import { z } from "zod";
import { scheduleAdvice } from "../engine/formats/cron-advice.ts";
import type { CronBlock, CronJob } from "../engine/formats/cron-block.ts";
import {
  cronBlocks,
  escapeCommand,
  oneBlank,
  placeForBlock,
  renderBlock,
  unnamedTwins,
} from "../engine/formats/cron-block.ts";
import type { CrontabLine } from "../engine/formats/crontab.ts";
import { nextRuns, parseCrontab, parseSchedule, renderCrontab } from "../engine/formats/crontab.ts";
import { zoneOffsetMinutes } from "../engine/formats/zone-offset.ts";
import type { ExecAnswer, Plan, Refusal, Stat, Step, Value } from "../engine/module/index.ts";
import { change, defineModule, environment, presence, read, refuse, write } from "../engine/module/index.ts";

/** cron cuts what is longer, silently: a command at 998 characters, a setting at 999. */
const LONGEST = 998;
/** Where crontab keeps the tables of users. */
const SPOOL = "/var/spool/cron";
const CRON_D = "/etc/cron.d";
const field = (what: string, range: string) =>
  z
    .union([z.string(), z.int()], { error: `expected a text or an integer, ${range}` })
    .transform((value) => String(value).trim())
    .optional()
    .describe(`${what}: ${range}, a list, a range, \`*/n\`. Unsaid: \`*\`.`);
const oneLine = /^[^\n\r\0]*$/;

const params = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1, { error: "a job needs a name: it is found again by it" })
      .max(200)
      .regex(oneLine, { error: "a name is one line" })
      .describe("What the job is found by again: it stands above it as `# lab: NAME`. Another name is another job."),
    job: z
      .string()
      .trim()
      .min(1, { error: "an empty command does nothing" })
      .max(LONGEST, { error: `cron cuts a command after ${LONGEST} characters: put it into a script` })
      .regex(oneLine, { error: "a command in a crontab is one line: put it into a script" })
      .optional()
      .describe("The command, as one would type it in `sh`; see `percent`."),
    state: presence.describe("`absent`: the job and its settings go, every other line stays."),
    schedule: z.string().optional().describe('When, in cron\'s five fields (`"*/5 * * * *"`) or as `@daily`.'),
    special: z
      .string()
      .transform((word) => word.replace(/^@?/, "@"))
      .optional()
      .describe("When, in a word: reboot, hourly, daily, weekly, monthly, yearly."),
    minute: field("Minute", "0-59"),
    hour: field("Hour", "0-23"),
    day: field("Day of the month", "1-31"),
    month: field("Month", "1-12 or jan-dec"),
    weekday: field("Day of the week", "0-7 or sun-sat; 0 and 7 are Sunday"),
    user: z
      .string()
      .regex(/^[a-z_][a-z0-9_.-]{0,31}\$?$/i, { error: "expected the name of a user" })
      .default("root")
      .describe("Who runs it: whose crontab it is in, or the user's field in a file of /etc/cron.d."),
    file: z
      .string()
      .regex(/^[A-Za-z0-9_-]+$/, {
        error: ({ input }) =>
          typeof input === "string" && input.includes("/")
            ? "expected the name of a file in /etc/cron.d, without a folder"
            : "expected letters, digits, _ and - alone: cron ignores, without a word, files in /etc/cron.d whose name holds anything else (a dot, say)",
      })
      .max(200)
      .optional()
      .describe("Keep the job in this file of /etc/cron.d and not in the user's own crontab."),
    env: environment
      .superRefine((settings, context) => {
        for (const [name, value] of Object.entries(settings)) {
          const wrong = !oneLine.test(value)
            ? "a setting is one line"
            : name.length + value.length > LONGEST - 4
              ? "cron cuts a setting after 999 characters"
              : undefined;
          if (wrong !== undefined) context.addIssue({ code: "custom", path: [name], message: wrong });
        }
      })
      .optional()
      .describe(
        "Settings such as MAILTO or PATH, put above the job. cron applies them to all jobs below as well. Unsaid: left as they are; `{}`: none.",
      ),
    disabled: z.boolean().default(false).describe("Keep the job in the table, but commented out."),
    percent: z
      .enum(["escape", "newline"], { error: "expected escape or newline" })
      .default("escape")
      .describe(
        "`escape`: the command is meant as typed in `sh`, so what cron would take for itself is protected: `%` is written `\\%`, and two backslashes four (a `\\%` stays what it is). `newline`: it goes into the table as it stands, and cron makes newlines of `%` and feeds what follows the first to the command.",
      ),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const fields = (["minute", "hour", "day", "month", "weekday"] as const).filter((name) => given[name] !== undefined);
    if (given.state === "absent") return;
    if (given.job === undefined) wrong("job", "say the command to run");
    else if (escapeCommand(given.job).length > LONGEST)
      wrong("job", `with what cron needs escaped it has more than ${LONGEST} characters: put it into a script`);
    const ways = [
      given.schedule !== undefined && "schedule",
      given.special !== undefined && "special",
      fields.length > 0 && fields[0],
    ];
    const said = ways.filter((way): way is string => typeof way === "string");
    const [first, second] = said;
    if (first === undefined) {
      const ways = 'schedule: "*/5 * * * *", or minute/hour/day/month/weekday, or special: daily';
      context.addIssue({ code: "custom", message: `say when: ${ways}` });
    } else if (second !== undefined) wrong(second, `${first} and ${second} both say when: give one`);
    else {
      const parsed = parseSchedule(scheduleOf(given));
      if ("error" in parsed) wrong(first, `${parsed.error} (${parsed.hint})`);
      // The date is any: whether a 30th of February comes does not hang on it.
      else if (parsed.kind === "times" && nextRuns(parsed, new Date(0), 1).length === 0)
        wrong(first, `"${parsed.text}" is a time that never comes`);
    }
  });
type Params = z.output<typeof params>;

interface Seen {
  readonly table?: ExecAnswer | undefined;
  readonly text?: string | null | undefined;
  readonly stat?: Stat | null | undefined;
  readonly folder?: Stat | null | undefined;
  readonly account?: ExecAnswer | undefined;
}

export const cron = defineModule({
  name: "cron",
  summary: "Run a command at set times, from a user's crontab or a file in /etc/cron.d.",
  description: `The job is found again by its \`name\`, which stands in a comment above it; every other line of the table is kept as
it is, byte for byte. A line without a name that says exactly the same is adopted, not doubled. A file in /etc/cron.d is 0644 and root's, as cron wants
it, and goes with its last line. The result has \`schedule\`, \`line\` and \`next_runs\` (the next three, in UTC).`,
  params,
  probes: ({ user, file, state }) => ({
    // Whose user is only going to be made has no table that crontab would show.
    table:
      file === undefined
        ? read.exec(["crontab", "-l", "-u", user], { looksAt: user === "root" ? [SPOOL] : [SPOOL, "/etc/passwd"] })
        : undefined,
    text: file === undefined ? undefined : read.text(`${CRON_D}/${file}`),
    stat: file === undefined ? undefined : read.stat(`${CRON_D}/${file}`),
    folder: file === undefined ? undefined : read.stat(CRON_D, { follow: true }),
    account:
      file !== undefined && user !== "root" && state === "present"
        ? read.exec(["getent", "passwd", "--", user], { looksAt: ["/etc/passwd", "/etc/nsswitch.conf"] })
        : undefined,
    // A look at a file, not `date`: a command's answer would be uncertain after any pending change of a check.
    zone: read.stat("/etc/localtime"),
  }),
  plan(given, seen) {
    const trouble = given.file === undefined ? tableTrouble(given, seen) : fileTrouble(given, given.file, seen);
    if (trouble !== null) return trouble;
    const { lines, blocks } = tableOf(given, seen);
    const same = blocks.filter((block) => block.name === given.name);
    if (same.length > 1) {
      const places = same.map((block) => block.start + 1).join(" and ");
      return refuse(
        `${placeOf(given)} has two jobs named "${given.name}", in lines ${places}`,
        "remove one of them by hand",
      );
    }
    return given.state === "absent" ? absent(given, seen, lines, same[0]) : present(given, seen, lines, blocks);
  },
  result(given, seen, { now }) {
    const { lines, blocks } = tableOf(given, seen);
    const block = blocks.find(({ name }) => name === given.name);
    const schedule = block?.job === undefined ? null : block.job.schedule;
    const parsed = block?.state === "enabled" && schedule !== null ? parseSchedule(schedule) : null;
    const runs =
      parsed === null || "error" in parsed
        ? []
        : nextRuns(parsed, now, 3, { utcOffsetMinutes: zoneOffsetMinutes(seen.zone?.target, now) });
    return {
      schedule,
      next_runs: runs.map((run) => run.toISOString()),
      line: block === undefined ? null : (lines[block.end - 1]?.text ?? null),
    };
  },
  examples: [
    `cron:
  name: das-keepalive
  schedule: "*/5 * * * *"
  job: mountpoint -q /mnt/hdd && touch /mnt/hdd/.keepalive
  file: lab-das-keepalive`,
    `cron: { name: nightly report, hour: 3, minute: 30, job: "date +%F >> /var/log/nights", env: { MAILTO: "" } }`,
    `cron: { name: nightly report, state: absent }`,
  ],
});

function present(given: Params, seen: Seen, lines: readonly CrontabLine[], blocks: readonly CronBlock[]): Plan {
  const { name, file, env, disabled } = given;
  const block = blocks.find((each) => each.name === name);
  const job = jobOf(given);
  const twins = block === undefined ? unnamedTwins(lines, blocks, job) : [];
  const adopted = twins[0];
  const old = block?.job ?? (adopted === undefined ? undefined : job);
  const settings = env ?? block?.environment ?? {};
  const state =
    block?.state === "enabled" ? "present" : (block?.state ?? (adopted === undefined ? "absent" : "without a name"));
  const own = file === undefined ? null : ownershipOf(seen.stat ?? null);
  const before: Record<string, Value> = {
    state,
    schedule: old?.schedule ?? null,
    job: old?.command ?? null,
    ...(file !== undefined && { user: old?.user ?? null }),
    ...(env !== undefined && { env: block?.environment ?? {} }),
    ...own?.before,
  };
  const after = {
    state: disabled ? "disabled" : "present",
    schedule: job.schedule,
    job: job.command,
    ...(file !== undefined && { user: given.user }),
    ...(env !== undefined && { env }),
    ...own?.after,
  };
  const right =
    state === after.state &&
    old?.schedule === job.schedule &&
    old.command === job.command &&
    old.user === job.user &&
    (env === undefined || sameMap(block?.environment ?? {}, env));
  const rendered = renderBlock({ name, environment: settings, job, disabled });
  const at = block?.start ?? adopted ?? placeForBlock(lines, blocks, settings);
  const end = block?.end ?? (adopted === undefined ? at : adopted + 1);
  const next = [...lines.slice(0, at), ...rendered, ...lines.slice(end)];
  const below = next.slice(at + rendered.length).filter(({ kind }) => kind === "job").length;
  return change(before, after, [!right ? save(given, next) : own?.wrong === true && mend(given)], {
    warnings: [
      ...scheduleAdvice(job.schedule),
      given.hour !== undefined &&
        given.minute === undefined &&
        "minute is not given: the job runs at every minute of that hour",
      !disabled &&
        Object.keys(settings).length > 0 &&
        below > 0 &&
        `cron applies ${Object.keys(settings).join(", ")} to the ${below === 1 ? "job" : `${below} jobs`} below this one as well`,
      twins.length > 1 &&
        `the same job stands in ${placeOf(given)} ${twins.length} times without a name, in lines ${twins.map((each) => each + 1).join(", ")}: the first is adopted`,
      !right &&
        at >= lines.length &&
        lines.at(-1)?.unterminated === true &&
        `the last line of ${placeOf(given)} had no newline, so cron ignored it; from now on it counts: ${lines.at(-1)?.text}`,
      given.user !== "" &&
        given.job?.startsWith(`${given.user} `) &&
        `the command begins with "${given.user}": the user is no part of it`,
    ],
  });
}

function absent(given: Params, seen: Seen, lines: readonly CrontabLine[], block: CronBlock | undefined): Plan {
  const gone = { state: "absent", schedule: null, job: null };
  if (block === undefined) return change(gone, gone, []);
  const rest = [...lines.slice(0, block.start), ...lines.slice(block.end)];
  const before = {
    state: block.state === "enabled" ? "present" : block.state,
    schedule: block.job?.schedule ?? null,
    job: block.job?.command ?? null,
  };
  const empty = rest.every(({ kind }) => kind === "blank");
  return change(before, gone, [
    !empty
      ? save(given, rest, seen.stat)
      : given.file === undefined
        ? write.exec(["crontab", "-r", "-u", given.user], { touches: [SPOOL] })
        : write.remove(`${CRON_D}/${given.file}`),
  ]);
}

/** The whole table anew: a crontab only through `crontab`, which tells the daemon and keeps the spool's rights. */
function save({ file, user }: Params, lines: readonly CrontabLine[], kept: Stat | null = null): Step {
  const text = renderCrontab(lines);
  // crontab refuses a table whose last line has no newline, even one that was so before.
  if (file === undefined)
    return write.exec(["crontab", "-u", user, "-"], { stdin: text.replace(/[^\n]$/, "$&\n"), touches: [SPOOL] });
  return write.text(`${CRON_D}/${file}`, text, kept === null ? { mode: "0644", owner: "root", group: "root" } : {});
}
function mend({ file }: Params): Step {
  return write.attributes(`${CRON_D}/${file}`, { mode: "0644", owner: "root", group: "root" });
}

/** cron passes over a file that is not root's, or that others may write. */
function ownershipOf(stat: Stat | null) {
  const after = { mode: "0644", owner: "root:root" };
  if (stat === null) return { before: { mode: null, owner: null }, after, wrong: true };
  const owner = stat.uid === 0 && stat.gid === 0 ? after.owner : `${stat.owner}:${stat.group}`;
  return { before: { mode: stat.mode, owner }, after, wrong: stat.mode !== after.mode || owner !== after.owner };
}

function tableTrouble({ user }: Params, { table }: Seen): Refusal | null {
  if (table?.code === 0 && table.stdout.includes("\r\n"))
    return refuse(
      `the crontab of ${user} has lines that end in CR LF, and crontab refuses a table with such lines`,
      "mend them once by hand, with crontab -e",
    );
  if (table === undefined || table.code === 0 || /no crontab for /.test(table.stderr)) return null;
  const said = table.stderr.trim();
  if (table.code === 127) return refuse("there is no crontab command on the host", "install the package cron");
  if (/unknown|does ?n.t exist/i.test(said))
    return refuse(`there is no user ${user} on the host`, "make the user first, or name another");
  if (/privileged/.test(said)) return refuse(`only root may see the crontab of ${user}`, "say become: true");
  return refuse(`the crontab of ${user} cannot be read: ${said}`);
}
function fileTrouble({ user }: Params, file: string, { stat, folder, account }: Seen): Refusal | null {
  if (folder?.type !== "directory")
    return refuse(`there is no folder ${CRON_D} on the host`, "install the package cron");
  if (stat != null && stat.type !== "file") return refuse(`${CRON_D}/${file} is no regular file (${stat.type})`);
  if (account?.code === 2)
    return refuse(
      `there is no user ${user} on the host: cron would ignore the job`,
      "make the user first, or name another",
    );
  return null;
}

interface Table {
  readonly lines: readonly CrontabLine[];
  readonly blocks: readonly CronBlock[];
}

function tableOf({ file }: Params, { table, text }: Seen): Table {
  if (file !== undefined) return parsedTable(text ?? "", { system: true });
  const known = table && tables.get(table);
  if (known) return known;
  const parsed = parsedTable(table?.code === 0 ? table.stdout : "", { system: false });
  if (table) tables.set(table, parsed);
  return parsed;
}

/** All jobs of a user look at the same answer: with each of them taking it apart, n jobs would cost n². */
const tables = new WeakMap<ExecAnswer, Table>();

function parsedTable(text: string, options: { readonly system: boolean }): Table {
  const lines = parseCrontab(text, options);
  return { lines, blocks: cronBlocks(lines, options) };
}
function placeOf({ file, user }: Params): string {
  return file === undefined ? `the crontab of ${user}` : `${CRON_D}/${file}`;
}
function jobOf(given: Params): CronJob {
  const job = given.job ?? "";
  return {
    schedule: scheduleOf(given),
    command: given.percent === "escape" ? escapeCommand(job) : job,
    ...(given.file !== undefined && { user: given.user }),
  };
}
function scheduleOf(
  given: {
    readonly [Name in "schedule" | "special" | "minute" | "hour" | "day" | "month" | "weekday"]?: string | undefined;
  },
): string {
  const { schedule, special, minute = "*", hour = "*", day = "*", month = "*", weekday = "*" } = given;
  return oneBlank(schedule ?? special ?? [minute, hour, day, month, weekday].join(" "));
}

function sameMap(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);
}
