import type { CrontabLine } from "./crontab.ts";
import { commentLine, environmentLine, jobLine, parseCrontab } from "./crontab.ts";

/**
 * A job with a name in a crontab: the comment `# lab: NAME`, its environment lines, its job line. A disabled one has a `#`
 * in front of each of its lines. Everything else in the table is foreign.
 */
export interface CronBlock {
  readonly name: string;
  /** Indexes into the lines: the marker, and the line after the block. */
  readonly start: number;
  readonly end: number;
  /** `empty`: a marker that no job follows. */
  readonly state: "enabled" | "disabled" | "empty";
  readonly environment: Readonly<Record<string, string>>;
  readonly job?: CronJob;
}
export interface CronJob {
  readonly schedule: string;
  readonly user?: string;
  readonly command: string;
}

const MARKER = /^[ \t]*#[ \t]*lab:[ \t]*(.+?)[ \t]*$/;

/** Every named job of a table, in order. */
export function cronBlocks(lines: readonly CrontabLine[], options: { readonly system: boolean }): readonly CronBlock[] {
  return lines.flatMap((line, start) => {
    const name = line.kind === "comment" ? MARKER.exec(line.text)?.[1] : undefined;
    return name === undefined ? [] : [blockAt(lines, start, name, options)];
  });
}

function blockAt(
  lines: readonly CrontabLine[],
  start: number,
  name: string,
  options: { readonly system: boolean },
): CronBlock {
  const settings: { readonly name: string; readonly value: string; readonly disabled: boolean }[] = [];
  for (let at = start + 1; ; at += 1) {
    const line = lines[at];
    if (line === undefined || MARKER.test(line.text)) break;
    const disabled = line.kind === "comment";
    const meant = disabled ? parseCrontab(line.text.replace(/^[ \t]*#/, ""), options)[0] : line;
    if (meant?.kind === "environment" && !(disabled && /^[ \t]*#[ \t]/.test(line.text))) {
      settings.push({ name: meant.name, value: meant.value, disabled });
      continue;
    }
    if (meant?.kind !== "job") break;
    const { schedule, user, command } = meant;
    return {
      name,
      start,
      end: at + 1,
      state: disabled ? "disabled" : "enabled",
      // A setting that is commented out while the job is not does not count.
      environment: Object.fromEntries(
        settings.filter((each) => each.disabled === disabled).map((each) => [each.name, each.value]),
      ),
      job: { schedule: oneBlank(schedule), command, ...(user !== undefined && { user }) },
    };
  }
  // Settings that no job follows may be anyone's: only the marker is ours.
  return { name, start, end: start + 1, state: "empty", environment: {} };
}

export function renderBlock(block: {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly job: CronJob;
  readonly disabled: boolean;
}): readonly CrontabLine[] {
  const own = [
    ...Object.entries(block.environment).map(([name, value]) => environmentLine(name, value)),
    jobLine(block.job),
  ];
  return [commentLine(` lab: ${block.name}`), ...(block.disabled ? own.map((line) => commentLine(line.text)) : own)];
}

/**
 * A command as it must stand in a crontab so that cron runs it as it was said. Measured with Debian's cron: it ends the
 * command at a bare `%`, makes `%` of `\%` and one backslash of two, and leaves every other backslash alone. A `\%` that is
 * there already stays, so that a command copied out of a crontab means the same.
 */
export function escapeCommand(command: string): string {
  return command.replace(/\\%|\\\\|%/g, (match) => (match === "%" ? "\\%" : match === "\\\\" ? "\\\\\\\\" : match));
}

/** Jobs outside of all blocks that say the same. */
export function unnamedTwins(
  lines: readonly CrontabLine[],
  blocks: readonly CronBlock[],
  job: CronJob,
): readonly number[] {
  return lines.flatMap((line, index) => {
    if (line.kind !== "job" || blocks.some(({ start, end }) => index >= start && index < end)) return [];
    const same = oneBlank(line.schedule) === job.schedule && line.command === job.command && line.user === job.user;
    return same ? [index] : [];
  });
}

/** Where a new block goes. One without settings stands above the first that has some, for those hold for all that follows. */
export function placeForBlock(
  lines: readonly CrontabLine[],
  blocks: readonly CronBlock[],
  environment: Readonly<Record<string, string>>,
): number {
  const settled = blocks.find((block) => block.state === "enabled" && Object.keys(block.environment).length > 0);
  return Object.keys(environment).length === 0 && settled !== undefined ? settled.start : lines.length;
}

/** A schedule with one blank between its fields. */
export function oneBlank(schedule: string): string {
  return schedule
    .trim()
    .split(/[ \t]+/)
    .join(" ");
}
