import type { Diagnostic } from "../../errors/diagnostic.ts";
import { findRoot } from "../../site/files.ts";
import { commandLine } from "../../text/command-line.ts";
import { formatDuration } from "../../text/duration.ts";
import { nearest } from "../../text/nearest.ts";
import { plural } from "../../text/plural.ts";
import { printable } from "../../text/printable.ts";
import { shorten } from "../../text/shorten.ts";
import { wrap } from "../../text/wrap.ts";
import { alive } from "../alive.ts";
import { complain } from "../complain.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import { type JournaledRun, leftOpen, readJournal, runIds, stateOf } from "../read-journal.ts";

interface Shown {
  readonly json?: boolean;
}

/** `lab runs`: the runs of this site, newest last. */
export async function listRuns({ json, number }: Shown & { readonly number: string }): Promise<number> {
  if (!/^[1-9]\d{0,5}$/.test(number)) {
    return wrong({ code: "wrong-option", message: `--number takes a number from 1 on, got "${number}"` });
  }
  const root = findRoot(diskFiles, process.cwd());
  const runs = runIds(root)
    .slice(-Number(number))
    .flatMap((id) => readJournal(root, id) ?? []);
  if (json) {
    process.stdout.write(`${JSON.stringify(runs.map(summaryOf), null, 2)}\n`);
    return exitCodes.done;
  }
  if (runs.length === 0) {
    process.stdout.write("No runs of this site are kept in .lab/runs. Try: lab play site.yml --check\n");
    return exitCodes.done;
  }
  const width = process.stdout.columns ?? 80;
  const rows = runs.map((run) => {
    const { check, hosts, changed, failed, state, exitCode } = summaryOf(run);
    const what = `${whatOf(run)}${check ? " --check" : ""}`;
    const ended = state === "ended" ? String(exitCode) : state;
    return [run.id, what, String(hosts.length), String(changed), String(failed), ended];
  });
  process.stdout.write(`${table(rows, width).join("\n")}\n`);
  return exitCodes.done;
}

const head = ["run", "what", "hosts", "changed", "failed", "exit"];
const least = 10;

/** `what` is as wide as is left for it; where that is next to nothing, the counts make room. */
function table(rows: readonly (readonly string[])[], width: number): readonly string[] {
  const widths = head.map((name, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? name).length)));
  const taken = (columns: readonly number[]): number =>
    columns.reduce((sum, column) => (column === 1 ? sum : sum + (widths[column] ?? 0) + 2), 0);
  const all = head.map((_, column) => column);
  const columns = taken(all) + least <= width ? all : [0, 1, 5];
  const room = Math.max(least, Math.min(widths[1] ?? least, width - taken(columns)));
  return [head, ...rows].map((row) => {
    const cells = columns.map((column) => {
      const cell = row[column] ?? "";
      if (column === 1) return shorten(cell, room).padEnd(room);
      return column === 0 || column === 5 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
    });
    return cells.join("  ").trimEnd();
  });
}

/** What was called: playbooks, or `lab run` with its module. */
function whatOf({ started, events }: JournaledRun): string {
  if (!isSingleTask(started.playbooks)) return started.playbooks.map(printable).join(" ");
  const task = events.find((event) => event.type === "task");
  return task === undefined ? "lab run" : `lab run -m ${printable(task.module)}`;
}

function isSingleTask(playbooks: readonly string[]): boolean {
  return playbooks.every((playbook) => playbook.endsWith(commandLine));
}

/** `lab runs show [ID|last]`: what a run has done, and of one that was cut off, what it has left. */
export async function showRun(name: string, { json }: Shown): Promise<number> {
  const root = findRoot(diskFiles, process.cwd());
  const ids = runIds(root);
  const found =
    name === "last" ? ids.at(-1) : (ids.find((id) => id === name) ?? only(ids.filter((id) => id.includes(name))));
  const run = found === undefined ? null : readJournal(root, found);
  if (run === null) {
    const near = nearest(name, ids);
    const hint = ids.length === 0 ? "lab play … makes one" : near ? `did you mean \`${near}\`?` : "lab runs lists them";
    return wrong({ code: "unknown-run", message: `there is no run \`${name}\` in .lab/runs`, hint });
  }
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...summaryOf(run), hosts: leftOpen(run) }, null, 2)}\n`);
    return exitCodes.done;
  }
  process.stdout.write(`${linesOf(run, process.stdout.columns ?? 80).join("\n")}\n`);
  return exitCodes.done;
}

function only(ids: readonly string[]): string | undefined {
  return ids.length === 1 ? ids[0] : undefined;
}

function wrong(diagnostic: Diagnostic): number {
  complain([diagnostic], { source: () => undefined });
  return exitCodes.wrong;
}

function summaryOf(run: JournaledRun) {
  const { id, started, startedAt, lastAt, recap, call } = run;
  const hosts = leftOpen(run);
  return {
    id,
    startedAt,
    ...(call && { who: call.who }),
    playbooks: started.playbooks,
    check: started.check,
    state: stateOf(run, alive),
    exitCode: recap?.exitCode ?? null,
    durationMs: recap?.durationMs ?? Math.max(0, Date.parse(lastAt) - Date.parse(startedAt)),
    hosts: hosts.map(({ host }) => host),
    changed: hosts.reduce((sum, { changed }) => sum + changed, 0),
    failed: hosts.reduce((sum, { failed }) => sum + failed.length, 0),
  };
}

function linesOf(run: JournaledRun, width: number): readonly string[] {
  const { state, exitCode, durationMs, check } = summaryOf(run);
  const how =
    state === "ended"
      ? `ended with status ${exitCode} after ${formatDuration(durationMs)}`
      : state === "runs"
        ? `goes on, as process ${run.call?.pid}`
        : `was cut off after ${formatDuration(durationMs)}`;
  const whose = run.call ? ` by ${printable(run.call.who)}` : "";
  const what = whatOf(run);
  const lines = wrap(
    `Run ${run.id} of ${what}${check ? " (a check)" : ""}, begun ${run.startedAt}${whose}, ${how}.`,
    width,
  );
  for (const host of leftOpen(run)) {
    const { last, done, changed, inFlight, pending, failed } = host;
    lines.push("", printable(host.host));
    const say = (text: string): void => void lines.push(...wrap(printable(text), width - 4).map((line) => `  ${line}`));
    say(
      last
        ? `${plural(done, "task")} done, ${changed} of them ${check ? "would change something" : "changed something"}; the last: ${last.name} (${last.position.file}:${last.position.line})`
        : "nothing was done",
    );
    for (const each of failed)
      say(`${each.status}: ${each.name}${each.reason === undefined ? "" : `: ${each.reason}`}`);
    for (const { task, step } of inFlight) say(`sent, and whether it happened is not known: ${step} (${task})`);
    if (!check)
      for (const handler of pending) say(`has to be run still: the handler ${handler}; the next run does that`);
  }
  if (state === "cut off" && !check && !isSingleTask(run.started.playbooks)) {
    const again = `lab play ${what} --resume`;
    lines.push(
      "",
      ...wrap(`To go on where it was cut off: ${again}. Or run it again: what is done is found and left alone.`, width),
    );
  }
  return lines;
}
