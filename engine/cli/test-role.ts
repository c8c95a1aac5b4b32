import { join, relative } from "node:path";
import type { Argument } from "../arguments/argument.ts";
import { openThrough } from "../connection/open-through.ts";
import type { Bug } from "../errors/bug.ts";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { isError } from "../errors/is-error.ts";
import { createRedactor } from "../report/redact.ts";
import type { ResultEvent, RunEvent } from "../run/events.ts";
import { runSite } from "../run/run-site.ts";
import { openLabInMemory } from "../sim/sandbox/open-lab.ts";
import type { FileSource, SiteFiles } from "../site/files.ts";
import type { Role } from "../site/site.ts";
import { plural } from "../text/plural.ts";
import { compareForetold } from "./compare-foretold.ts";
import { type Call, loadCall } from "./load-call.ts";
import type { ModuleShelf } from "./module-shelf.ts";
import { openRun } from "./open-run.ts";
import { overlayFiles } from "./overlay-files.ts";

export interface RoleTestRequest {
  readonly source: FileSource;
  /** The current folder, absolute. */
  readonly folder: string;
  /** Absolute: the folder of lab.yml. */
  readonly root: string;
  readonly role: Role;
  readonly modules: ModuleShelf;
  readonly libraryRoles: string;
  now(): Date;
}

export type StageName = "syntax" | "check" | "run" | "foretold" | "again" | "settled" | "verify";
/** What one step of a test came to. */
export interface Stage {
  readonly playbook: string;
  readonly stage: StageName;
  readonly ok: boolean;
  readonly said: string;
  /** Of `syntax`: what is wrong with the role or its test. */
  readonly diagnostics?: readonly Diagnostic[];
  readonly files?: SiteFiles;
  /** What to show of a stage that failed. */
  readonly events?: readonly RunEvent[];
  readonly details?: readonly string[];
  readonly faults?: readonly Bug[];
}

/**
 * Converges a role in an embedded lab of its own that is forgotten afterwards, by each playbook in its `tests/`, or by
 * one that only names it. Whatever the inventory says, nothing else is connected to. A playbook's test ends with the
 * first stage that fails.
 */
export async function testRole(request: RoleTestRequest, tell: (stage: Stage) => void): Promise<boolean> {
  let passed = true;
  for (const test of testsOf(request)) passed = (await runTest(request, test, tell)) && passed;
  return passed;
}

interface RoleTest {
  readonly name: string;
  readonly playbook: string;
  /** What holds afterwards; null: the role has nothing to say about it. */
  readonly verify: string | null;
  readonly inventory: string;
  readonly source: FileSource;
}

/** The playbooks of `tests/`; where there are none one that is made up, as is what they need. */
function testsOf({ source, role }: RoleTestRequest): readonly RoleTest[] {
  const folder = join(role.folder, "tests");
  const names = (source.list(folder) ?? []).filter((name) => /\.ya?ml$/.test(name)).sort();
  const playbooks = names.filter((name) => !/^(inventory|verify)\.ya?ml$/.test(name));
  const inventory = ["inventory", "inventory.yml", "inventory.yaml"].find((name) => source.kind(join(folder, name)));
  const verify = names.find((name) => /^verify\.ya?ml$/.test(name));
  const made = new Map<string, string>();
  const path = (name: string): string => join(folder, name);
  if (inventory === undefined) made.set(path(madeUp.inventory), inventoryText());
  if (playbooks.length === 0) made.set(path(madeUp.playbook), playbookText(role));
  if (verify === undefined && role.taskFiles.has("verify")) made.set(path(madeUp.verify), verifyText(role));
  const checks = verify ?? (made.has(path(madeUp.verify)) ? madeUp.verify : undefined);
  const common = {
    verify: checks === undefined ? null : path(checks),
    inventory: path(inventory ?? madeUp.inventory),
    source: overlayFiles(source, made),
  };
  return (playbooks.length === 0 ? [madeUp.playbook] : playbooks).map((name) => ({
    ...common,
    name,
    playbook: path(name),
  }));
}

/** Names of files that are there for the test alone. */
const madeUp = {
  playbook: "(made up for the test)",
  inventory: "(one host of the embedded lab).yml",
  verify: "(verify)",
};

function inventoryText(): string {
  return "all:\n  hosts:\n    test1: { lab_connection: lab }\n";
}

/** Arguments that must be given are given their first example. */
function playbookText(role: Role): string {
  return `- hosts: all\n  roles:\n    - role: ${JSON.stringify(role.name)}\n${given(role, "main", 6)}`;
}

function verifyText(role: Role): string {
  const vars = given(role, "verify", 8);
  return `- hosts: all\n  tasks:\n    - include_role: { name: ${JSON.stringify(role.name)}, tasks_from: verify }\n${vars === "" ? "" : `      vars:\n${vars}`}`;
}

function given(role: Role, list: string, margin: number): string {
  const entries = role.arguments?.entries;
  const declared = (entries?.get(list) ?? entries?.get("main"))?.declared ?? new Map<string, Argument>();
  return [...declared.values()]
    .flatMap(({ name, required, examples }) =>
      required && examples[0] !== undefined ? `${" ".repeat(margin)}${name}: ${JSON.stringify(examples[0])}\n` : [],
    )
    .join("");
}

async function runTest(request: RoleTestRequest, test: RoleTest, tell: (stage: Stage) => void): Promise<boolean> {
  const lab = openLabInMemory({ describe: (target) => describe?.(target) });
  let describe: Call["sandbox"]["describe"] | undefined;
  // Loaded anew for each run, as each call of `lab play` does.
  const load = (playbook: string) =>
    loadCall({
      ...request,
      source: test.source,
      playbooks: [playbook],
      options: { inventory: [test.inventory] },
    });
  const report = (stage: StageName, ok: boolean, said: string, more: Partial<Stage> = {}): boolean => {
    tell({ playbook: test.name, stage, ok, said, ...(!ok && more) });
    return ok;
  };

  const loaded = await load(test.playbook);
  const { call, files } = loaded;
  const wrong = loaded.diagnostics.filter(isError);
  if (!call) {
    return report("syntax", false, plural(wrong.length, "error"), { diagnostics: loaded.diagnostics, files });
  }
  const hosts = [...new Set(call.plays.flatMap((play) => play.hosts))];
  report("syntax", true, `on ${hosts.join(", ")}`);

  const run = async (playbook: string, check: boolean): Promise<Run> => {
    const again = await load(playbook);
    if (!again.call) return { events: [], exitCode: 1, pending: false, faults: [], wrong: again };
    describe = again.call.sandbox.describe;
    return carryOut(
      again.call,
      check,
      request,
      openThrough((target) => lab.open(target)),
    );
  };

  const foretold = await run(test.playbook, true);
  const told = results(foretold);
  const would = count(told, "changed");
  const deferred = count(told, "deferred");
  const open = deferred === 0 ? "" : `, ${deferred} deferred`;
  if (!report("check", foretold.exitCode === 0, `${would} would change${open}`, foretold)) return false;

  const first = await run(test.playbook, false);
  if (!report("run", first.exitCode === 0, `${count(results(first), "changed")} changed`, first)) return false;

  const compared = compareForetold(told, results(first));
  const came = `${compared.certain - compared.differences.length} of ${compared.certain} certain results came about`;
  if (!report("foretold", compared.differences.length === 0, came, { details: compared.differences })) return false;

  const second = await run(test.playbook, false);
  const restless = results(second).filter(({ changed }) => changed);
  const quiet = restless.length === 0 ? "nothing changed" : `${restless.length} changed once more`;
  const still = { ...second, events: second.events.filter((event) => event.type !== "result" || event.changed) };
  if (!report("again", second.exitCode === 0 && restless.length === 0, quiet, second.exitCode === 0 ? still : second))
    return false;

  const settled = await run(test.playbook, true);
  const left = results(settled).filter(({ status }) => status === "changed" || status === "deferred");
  const pending = left.length === 0 ? "a check finds nothing to do" : `a check would do ${plural(left.length, "task")}`;
  const unsettled = {
    ...settled,
    events: settled.events.filter((event) => event.type !== "result" || left.includes(event)),
  };
  if (!report("settled", settled.exitCode === 0 && left.length === 0, pending, unsettled)) return false;

  if (test.verify === null) return true;
  const verified = await run(test.verify, false);
  if (verified.wrong) {
    const { diagnostics } = verified.wrong;
    return report("verify", false, plural(diagnostics.filter(isError).length, "error"), {
      diagnostics,
      files: verified.wrong.files,
    });
  }
  const looked = results(verified).filter(({ status }) => status === "ok" || status === "changed");
  return report("verify", verified.exitCode === 0, `${plural(looked.length, "task")} passed`, verified);
}

interface Run {
  readonly events: readonly RunEvent[];
  readonly exitCode: number;
  readonly pending: boolean;
  readonly faults: readonly Bug[];
  /** It could not be run. */
  readonly wrong?: Awaited<ReturnType<typeof loadCall>>;
}

async function carryOut(
  call: Call,
  check: boolean,
  { now }: RoleTestRequest,
  open: ReturnType<typeof openThrough>,
): Promise<Run> {
  const redactor = createRedactor();
  const events: RunEvent[] = [];
  const faults: Bug[] = [];
  const context = openRun(
    call,
    { check },
    {
      runId: "role-test",
      now,
      emit: (event) => events.push(redactor.redactEvent(event)),
      open,
      hide: (secret) => redactor.add(secret.reveal()),
      faults,
      interrupted: () => false,
    },
  );
  const { exitCode, pending } = await runSite(context, call.plays);
  return { events, exitCode, pending, faults };
}

/** What tasks came to, sums of loops instead of their items. */
function results({ events }: Run): readonly ResultEvent[] {
  return events.filter((event) => event.type === "result" && event.kind !== "item") as readonly ResultEvent[];
}

function count(events: readonly ResultEvent[], status: ResultEvent["status"]): number {
  return events.filter((event) => event.status === status).length;
}

/** How a role's folder is named: from the site's on, where it lies in there. */
export function shownFolder(root: string, folder: string): string {
  const inner = relative(root, folder);
  return inner.startsWith("..") ? folder : inner;
}
