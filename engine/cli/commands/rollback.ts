import { join } from "node:path";
import { createAdHocReporter } from "../../report/ad-hoc.ts";
import type { Reporter } from "../../report/reporter.ts";
import { createRollbackListReporter } from "../../report/rollback-list.ts";
import { commandLine } from "../../text/command-line.ts";
import { complain } from "../complain.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Call } from "../load-call.ts";
import { openTerminal } from "../open-terminal.ts";
import { overlayFiles } from "../overlay-files.ts";
import type { PlayOptions } from "../run-call.ts";
import { wantsColourOn } from "../wants-colour-on.ts";
import { play } from "./play.ts";

export interface RollbackOptions extends Omit<PlayOptions, "tags"> {
  readonly to?: string;
  readonly into?: string;
  readonly destroyNewer?: boolean;
  readonly yes?: boolean;
}

/** `lab rollback HOST list [DATASET|ID]`, `… dataset NAME --to POINT`, `… guest ID --to POINT`: a play of one task, shown first. */
export async function rollback(
  host: string,
  what: string,
  name: string | undefined,
  options: RollbackOptions,
): Promise<number> {
  const task = taskOf(what, name, options);
  if ("wrong" in task) return wrong(task.wrong);
  const { to: _to, into: _into, destroyNewer: _newer, yes, ...rest } = options;
  if (what === "list") return once(host, task, { ...rest, check: false }, "list");
  const terminal = openTerminal();
  if (!yes && !options.check && !terminal.present) {
    return wrong(
      "this asks before it takes anything back, and nobody is there to answer: this is no terminal",
      "no-terminal",
    );
  }
  if (options.check || !yes) {
    let changes = false;
    const shown = await once(host, task, { ...rest, check: true }, "task", (pending) => {
      changes ||= pending;
    });
    if (options.check || shown !== exitCodes.done || !changes) return shown;
    const answer = await terminal.ask(`Take ${name} back? (N)o, (y)es`, false);
    if (!/^y(es)?$/i.test(answer?.trim() ?? "")) {
      terminal.tell("nothing was changed");
      return exitCodes.wrong;
    }
  }
  return once(host, task, { ...rest, check: false }, "task");
}

interface Task {
  readonly module: string;
  readonly params: Readonly<Record<string, string | number | boolean>>;
}

function taskOf(what: string, name: string | undefined, options: RollbackOptions): Task | { readonly wrong: string } {
  const { to, into, destroyNewer: newer } = options;
  if (what === "list") {
    const flag = [
      to === undefined ? [] : "--to",
      into === undefined ? [] : "--into",
      newer ? "--destroy-newer" : [],
    ].flat()[0];
    if (flag !== undefined) return { wrong: `${flag} does not go with list` };
    const number = name !== undefined && /^\d+$/.test(name);
    return {
      module: "rollback_points",
      params: name === undefined ? {} : number ? { vmid: Number(name) } : { dataset: name },
    };
  }
  if (what !== "dataset" && what !== "guest") return { wrong: `expected list, dataset or guest, got "${what}"` };
  if (name === undefined)
    return { wrong: `say which ${what}: ${what === "guest" ? "its number" : "its name, as zfs list shows it"}` };
  if (to === undefined)
    return { wrong: "say with --to which snapshot: its name, latest, yesterday, or an age such as 2h" };
  const common = { to, ...(newer && { destroy_newer: true }) };
  if (what === "dataset")
    return { module: "zfs_rollback", params: { name, ...common, ...(into !== undefined && { into }) } };
  if (into !== undefined) return { wrong: "--into goes with a dataset: of a guest make a clone (pct clone, qm clone)" };
  if (!/^\d+$/.test(name)) return { wrong: `a guest is named by its number, got "${name}"` };
  return { module: "guest_rollback", params: { vmid: Number(name), ...common } };
}

/** A playbook that exists for this call only, so that it is checked, run and journaled like any other. */
function once(
  host: string,
  { module, params }: Task,
  options: PlayOptions,
  told: "list" | "task",
  pending?: (changes: boolean) => void,
): Promise<number> {
  const path = join(process.cwd(), commandLine);
  // A text of JSON is one of YAML; what it says is no template.
  const values = Object.entries(params).map(
    ([key, value]) => `${key}: ${typeof value === "string" ? "!raw " : ""}${JSON.stringify(value)}`,
  );
  const text = `- hosts: ${JSON.stringify(host)}\n  tasks:\n    - ${module}: { ${values.join(", ")} }\n`;
  return play([path], options, {
    source: overlayFiles(diskFiles, new Map([[path, text]])),
    reporter: (call) => watched(told === "list" ? listReporter(call) : taskReporter(call, options), pending),
  });
}

function watched(reporter: Reporter, pending: ((changes: boolean) => void) | undefined): Reporter {
  return {
    on(event) {
      if (event.type === "result") pending?.(event.status === "changed");
      reporter.on(event);
    },
    end: () => reporter.end(),
  };
}
function look(call: Call, verbosity: number) {
  return {
    colour: wantsColourOn(process.stdout),
    diff: false,
    profile: false,
    verbosity,
    source: (file: string) => call.files.source(file),
  };
}
function taskReporter(call: Call, { verbose }: PlayOptions): Reporter {
  return createAdHocReporter(process.stdout, look(call, verbose));
}
function listReporter(call: Call): Reporter {
  return createRollbackListReporter(process.stdout, look(call, 0));
}

function wrong(message: string, code = "usage"): number {
  const hint = code === "no-terminal" ? "say --yes, or --check to see what would be lost" : "see lab rollback --help";
  complain([{ code, message, hint }], { source: () => undefined });
  return exitCodes.wrong;
}
