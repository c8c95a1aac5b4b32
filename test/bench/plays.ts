import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ansibleContender } from "./contenders/ansible.ts";
import { type Call, type Contender, Failed } from "./contenders/contender.ts";
import { floorContender } from "./contenders/floor.ts";
import { labContender } from "./contenders/lab.ts";
import { pyinfraContender } from "./contenders/pyinfra.ts";
import type { Series } from "./figures.ts";
import { type BenchHost, type Ground, jobLine, openGround, treeLine, workFolder, writeSshConfig } from "./hosts.ts";
import type { Options } from "./options.ts";
import { type Relay, startRelay } from "./relay.ts";
import { type Command, timedProcess } from "./timed-process.ts";
import { type WorkItem, workItems } from "./workload.ts";

export type Phase = "first" | "converged";

/** One workload on so many hosts, over a line that is so long. */
export interface PlayFigures {
  readonly tasks: number;
  readonly hosts: number;
  readonly latencyMs: number;
  /** What any run costs at least: `ssh host true`, `node -e 0`. */
  readonly bare: readonly Series[];
  readonly contenders: readonly ({ readonly phase: Phase } & Series)[];
}

export function allContenders(lab: string): readonly Contender[] {
  return [
    labContender(lab),
    floorContender,
    ansibleContender("mitogen"),
    ansibleContender("pipelining"),
    ansibleContender("plain"),
    pyinfraContender,
  ];
}

/** Measures all of them in turn, cell by cell. */
export async function benchPlays(
  contenders: readonly Contender[],
  options: Options,
  say: (text: string) => void,
): Promise<readonly PlayFigures[]> {
  const cells: PlayFigures[] = [];
  const ground = await openGround(Math.max(...options.hosts));
  try {
    // Who did not end in time with less to do is not asked to do more.
    const tooSlow = new Set<string>();
    for (const latencyMs of options.latencies) {
      for (const count of options.hosts) {
        const line = await openLine(ground, count, latencyMs);
        try {
          for (const tasks of options.tasks) {
            say(`${tasks} tasks, ${count} host${count === 1 ? "" : "s"}, ${latencyMs} ms added`);
            cells.push(await measureCell(contenders, { ground, line, tasks, latencyMs, options, tooSlow, say }));
          }
        } finally {
          await line.stop();
        }
      }
    }
  } finally {
    await ground.stop();
  }
  return cells;
}

interface Line {
  readonly hosts: readonly BenchHost[];
  readonly sshConfig: string;
  readonly relays: readonly Relay[];
  stop(): Promise<void>;
}

async function openLine({ folder, key, hosts }: Ground, count: number, latencyMs: number): Promise<Line> {
  const near = hosts.slice(0, count);
  const relays: Relay[] = [];
  if (latencyMs > 0) for (const { port } of near) relays.push(await startRelay(port, latencyMs));
  const ports = latencyMs > 0 ? relays.map(({ port }) => port) : near.map(({ port }) => port);
  const home = join(folder, `home-${count}-${latencyMs}`);
  return {
    hosts: near,
    sshConfig: writeSshConfig(home, { key, hosts: near, ports }),
    relays,
    stop: async () => {
      for (const relay of relays) await relay.stop();
    },
  };
}

interface CellTask {
  readonly ground: Ground;
  readonly line: Line;
  readonly tasks: number;
  readonly latencyMs: number;
  readonly options: Options;
  readonly tooSlow: Set<string>;
  say(text: string): void;
}

interface Timings<T> {
  readonly ms: T;
  readonly cpuMs: T;
}
interface Entry extends Timings<Readonly<Record<Phase, number[]>>> {
  readonly contender: Contender;
  readonly calls: Readonly<Record<Phase, Call>>;
  readonly counts: Record<Phase, Readonly<Record<string, number>>>;
  spentMs: number;
  note: string | null;
}

async function measureCell(contenders: readonly Contender[], cell: CellTask): Promise<PlayFigures> {
  const { ground, line, tasks, latencyMs, options, tooSlow, say } = cell;
  const items = workItems(tasks, { folder: workFolder });
  const entries = contenders.map((contender): Entry => {
    const folder = join(ground.folder, `${contender.name}-${tasks}-${line.hosts.length}-${latencyMs}`);
    mkdirSync(folder);
    const calls = contender.prepare({ tasks, items, hosts: line.hosts, folder, sshConfig: line.sshConfig });
    return {
      contender,
      calls,
      ms: { first: [], converged: [] },
      cpuMs: { first: [], converged: [] },
      counts: { first: {}, converged: {} },
      spentMs: 0,
      note: tooSlow.has(contender.name) ? "not measured: too slow with less to do" : null,
    };
  });
  const bare = bareCommands(line).map((each): BareCommand & Timings<number[]> => ({ ...each, ms: [], cpuMs: [] }));
  for (let run = 0; run < options.runs; run += 1) {
    for (const each of bare) {
      const run = await timedProcess(each.command);
      each.ms.push(run.ms);
      each.cpuMs.push(run.cpuMs);
    }
    for (const entry of entries) {
      if (entry.note !== null || entry.spentMs > options.budgetMs) continue;
      for (const { reset } of line.hosts) reset();
      for (const phase of ["first", "converged"] as const) {
        const done = await measureOnce(entry, phase, cell, items);
        if (done) continue;
        tooSlow.add(entry.contender.name);
        break;
      }
      say(`  ${entry.contender.name}: ${latest(entry)}`);
    }
  }
  return {
    tasks,
    hosts: line.hosts.length,
    latencyMs,
    bare: bare.map(({ name, ms, cpuMs }) => ({ name, ms, cpuMs, counts: {} })),
    contenders: entries.flatMap(({ contender: { name }, ms, cpuMs, counts, note }) =>
      (["first", "converged"] as const).map((phase) => ({
        phase,
        name,
        ms: ms[phase],
        cpuMs: cpuMs[phase],
        counts: counts[phase],
        ...(note === null || ms[phase].length > 0 ? {} : { note }),
      })),
    ),
  };
}

/** Whether it ended in time. What it has done is looked at afterwards: only equal work is compared. */
async function measureOnce(
  entry: Entry,
  phase: Phase,
  { line, options }: CellTask,
  items: readonly WorkItem[],
): Promise<boolean> {
  const { contender, calls } = entry;
  const count = (): { sessions: number; wireSent: number; wireReceived: number } => ({
    sessions: sum(line.hosts.map((host) => host.sessions())),
    wireSent: sum(line.relays.map((relay) => relay.sent())),
    wireReceived: sum(line.relays.map((relay) => relay.received())),
  });
  const before = count();
  const run = await timedProcess(calls[phase].command, { limitMs: options.limitMs });
  calls[phase].after?.();
  const after = count();
  entry.spentMs += run.ms;
  if (run.code === null) {
    entry.note = `> ${options.limitMs / 1000} s`;
    return false;
  }
  const { changed, counts } = calls[phase].read(run);
  const wanted = phase === "first" ? items.length * line.hosts.length : 0;
  if (changed !== null && changed !== wanted) {
    throw new Failed(`${contender.name} says that its ${phase} run has changed ${changed}, not ${wanted}`);
  }
  for (const host of line.hosts) assertTree(contender.name, host, items);
  entry.ms[phase].push(run.ms);
  entry.cpuMs[phase].push(run.cpuMs);
  entry.counts[phase] = {
    ...counts,
    sessions: after.sessions - before.sessions,
    ...(line.relays.length === 0
      ? {}
      : { wireSent: after.wireSent - before.wireSent, wireReceived: after.wireReceived - before.wireReceived }),
  };
  return true;
}

function assertTree(name: string, host: BenchHost, items: readonly WorkItem[]): void {
  const wanted = items
    .map((item) => {
      switch (item.kind) {
        case "directory":
          return treeLine(item.path.slice(workFolder.length), "directory", item.mode);
        case "content":
          return treeLine(item.path.slice(workFolder.length), "file", item.mode, item.content);
        case "cron":
          return jobLine(item.schedule, item.job);
        default:
          return item satisfies never;
      }
    })
    .sort();
  const found = host.tree(workFolder);
  const missing = wanted.filter((line) => !found.includes(line));
  const foreign = found.filter((line) => !wanted.includes(line));
  if (missing.length + foreign.length > 0 || found.length !== wanted.length) {
    const shown = [...missing.map((line) => `- ${line}`), ...foreign.map((line) => `+ ${line}`)];
    throw new Failed(`${name} has left ${host.name} in another state:\n${shown.slice(0, 10).join("\n")}`);
  }
}

interface BareCommand {
  readonly name: string;
  readonly command: Command;
}

function bareCommands({ hosts, sshConfig }: Line): readonly BareCommand[] {
  const host = hosts[0]?.name ?? "";
  return [
    { name: "ssh host true", command: { argv: ["ssh", "-F", sshConfig, host, "true"] } },
    { name: "node -e 0", command: { argv: [process.execPath, "-e", "0"] } },
  ];
}

function latest({ ms, note }: Entry): string {
  const shown = (phase: Phase): string => `${((ms[phase].at(-1) ?? Number.NaN) / 1000).toFixed(2)} s`;
  return note ?? `first ${shown("first")}, converged ${shown("converged")}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

/** Names and versions of what takes part; what does not is said. */
export function thoseThatAreThere(
  contenders: readonly Contender[],
  only: readonly string[],
  say: (text: string) => void,
): readonly Contender[] {
  const unknown = only.filter((name) => !contenders.some((each) => each.name === name));
  if (unknown.length > 0) throw new Failed(`there is no contender ${unknown.join(", ")}`);
  return contenders
    .filter(({ name }) => only.length === 0 || only.includes(name))
    .filter((contender) => {
      const missing = contender.missing();
      say(`${contender.name}: ${missing === null ? contender.version() : `left out, ${missing}`}`);
      return missing === null;
    });
}
