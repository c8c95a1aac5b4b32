import {
  createReplication,
  deleteReplication,
  JOB_ID,
  JOB_OPTIONS,
  REPLICATION,
  sweepReplication,
  updateReplication,
} from "../pve/cluster/replication.ts";
import { NODE_NAME, readSections } from "../pve/cluster/section-file.ts";
import type { CommandForm } from "../pve/command/command-line.ts";
import { isCall, readCommandLine } from "../pve/command/command-line.ts";
import { ParameterError, PveError, UsageError } from "../pve/command/pve-error.ts";
import type { Schema } from "../pve/command/schema.ts";

import type { Session } from "../session.ts";
import { fails, NotImitated, refuseArgument, type Tool } from "../tool.ts";
import { printAnswer } from "./pvesh/print.ts";
import { lastRun, replicationRecord } from "./pvesh/replication.ts";

interface Command extends CommandForm {
  run(session: Session, given: ReadonlyMap<string, string>): { readonly stdout?: string; readonly stderr?: string };
}

const text: Schema = { kind: "string" };
const boolean: Schema = { kind: "boolean" };
const id = { id: JOB_ID };
const { remove_job, ...changeable } = JOB_OPTIONS;

const switched = (name: string, disable: "0" | "1"): Command => ({
  usage: `pvesr ${name} <id>`,
  words: id,
  options: {},
  run: (session, given) => ({ stderr: updateReplication(session, new Map([...given, ["disable", disable]])) }),
});

const COMMANDS: Readonly<Record<string, Command>> = {
  list: { usage: "pvesr list ", words: {}, options: {}, run: ({ host }) => ({ stdout: list(host) }) },
  status: {
    usage: "pvesr status  [OPTIONS]",
    words: {},
    options: { guest: { kind: "integer", min: 1 } },
    run: ({ host }, given) => ({ stdout: status(host, given.get("guest")) }),
  },
  read: {
    usage: "pvesr read <id>",
    words: id,
    options: {},
    run: ({ host }, given) => ({
      stdout: printAnswer(replicationRecord(host, given.get("id") ?? ""), "json-pretty", undefined),
    }),
  },
  "create-local-job": {
    usage: "pvesr create-local-job <id> <target> [OPTIONS]",
    words: { ...id, target: NODE_NAME },
    options: JOB_OPTIONS,
    run: (session, given) => {
      checkRate(given);
      return { stderr: createReplication(session, given) };
    },
  },
  update: {
    usage: "pvesr update <id> [OPTIONS]",
    words: id,
    options: { ...changeable, remove_job: remove_job ?? text, delete: text, digest: text },
    run: (session, given) => {
      checkRate(given);
      return { stderr: updateReplication(session, given) };
    },
  },
  delete: {
    usage: "pvesr delete <id> [OPTIONS]",
    words: id,
    options: { force: boolean, keep: boolean },
    run: (session, given) => ({ stderr: deleteReplication(session, given) }),
  },
  enable: switched("enable", "0"),
  disable: switched("disable", "1"),
  "schedule-now": {
    usage: "pvesr schedule-now <id>",
    words: id,
    options: {},
    run: ({ host }, given) => {
      replicationRecord(host, given.get("id") ?? "");
      return {};
    },
  },
  run: {
    usage: "pvesr run  [OPTIONS]",
    words: {},
    options: { id: JOB_ID, mail: boolean, verbose: boolean },
    run: (session, given) => {
      // What is due is copied by a real one. With no second node there is nothing but the removal of jobs.
      if (given.has("id")) throw new NotImitated("the embedded lab's pvesr copies no volumes to another node");
      sweepReplication(session);
      return {};
    },
  },
};

/** pve-manager 8.4: replication of guests between nodes. Nothing is ever copied. */
export const pvesr: Tool = {
  name: "pvesr",
  rests: "recorded",
  run({ session }, args) {
    const [word = "", ...rest] = args;
    if (session.user.uid !== 0) return fails(255, "please run as root\n");
    const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
    if (command === undefined) refuseArgument("pvesr", word === "" ? "no command" : word);
    const call = readCommandLine(command, rest);
    if (!isCall(call)) return call;
    try {
      const { stdout = "", stderr = "" } = command.run(session, call.params);
      return { code: 0, stdout, stderr };
    } catch (error) {
      if (!(error instanceof PveError)) throw error;
      return fails(error.code, error instanceof UsageError ? `${error.message}${command.usage}\n` : error.message);
    }
  },
};

function checkRate(given: ReadonlyMap<string, string>): void {
  const rate = given.get("rate");
  if (rate === undefined) return;
  if (!/^\d+(\.\d+)?$/.test(rate))
    throw new ParameterError(new Map([["rate", `type check ('number') failed - got '${rate}'`]]));
  if (Number(rate) < 1) throw new ParameterError(new Map([["rate", "value must have a minimum value of 1"]]));
}

function list(host: Session["host"]): string {
  const rows = jobs(host).map(({ id: job, options }) =>
    row(job, `local/${options.get("target")}`, [
      (options.get("schedule") ?? "*/15").padStart(9),
      (options.get("rate") ?? "-").padStart(5),
      (options.get("disable") === "1" ? "no" : "yes").padStart(8),
    ]),
  );
  return `JobID                Target                 Schedule  Rate  Enabled\n${rows.join("")}`;
}
function row(job: string, target: string, [schedule = "", rate = "", enabled = ""]: readonly string[]): string {
  return `${job.padEnd(20)} ${target.padEnd(20)}  ${schedule.padStart(9)} ${rate} ${enabled}\n`;
}

/** Nothing has run yet, and nothing will, but for what the node's state says of failures. */
function status(host: Session["host"], guest: string | undefined): string {
  const rows = jobs(host)
    .filter(({ id: job }) => guest === undefined || job.startsWith(`${guest}-`))
    .map(({ id: job, options }) => {
      const enabled = options.get("disable") === "1" ? "No" : "Yes";
      const target = `local/${options.get("target")}`;
      const run = lastRun(host, job, options.get("target") ?? "");
      const failed = String(run.fail_count ?? 0).padStart(10);
      const times = ["-".padStart(20), "pending".padStart(20), "-".padStart(10), failed].join(" ");
      return `${job.padEnd(10)} ${enabled.padEnd(10)} ${target.padEnd(20)} ${times} ${run.error ?? "OK"}\n`;
    });
  const head =
    "JobID      Enabled    Target                           LastSync             NextSync   Duration  FailCount State";
  return `${head}\n${rows.join("")}`;
}
function jobs(host: Session["host"]) {
  return [...readSections(host, REPLICATION).sections].sort((a, b) => (a.id < b.id ? -1 : 1));
}
