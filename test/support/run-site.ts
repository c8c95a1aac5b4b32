import { readerOf } from "../../engine/connection/reader-of.ts";
import type { Bug } from "../../engine/errors/bug.ts";
import type { Diagnostic } from "../../engine/errors/diagnostic.ts";
import { loadInventory } from "../../engine/inventory/load-inventory.ts";
import type { Module } from "../../engine/module/define-module.ts";
import { checkSite } from "../../engine/plan/check-site.ts";
import { additionsOf } from "../../engine/plan/growths.ts";
import type { Shard } from "../../engine/plan/partition-hosts.ts";
import { shardPlays } from "../../engine/plan/shard-plays.ts";
import type { Passing } from "../../engine/run/context/passing.ts";
import type { RunOptions } from "../../engine/run/context/run-context.ts";
import type { RecapEvent, ResultEvent, RunEvent } from "../../engine/run/events.ts";
import { runSite as run } from "../../engine/run/run-site.ts";
import { machineClocks } from "../../engine/run/session/machine-clocks.ts";
import type { MachineLocks } from "../../engine/run/session/machine-lock.ts";
import { openLateLoader } from "../../engine/site/load-late.ts";
import { loadSite } from "../../engine/site/load-site.ts";
import { readYaml } from "../../engine/site/read-yaml.ts";
import type { Unsealer } from "../../engine/value/sealed.ts";
import type { Secret } from "../../engine/value/secret.ts";
import { parseExtraVars } from "../../engine/vars/extra-vars.ts";
import { modules as builtIn } from "./all-modules.ts";
import { textFiles } from "./site-fixture.ts";
import { createWorld, type TestWorld } from "./world.ts";

export interface RunRequest extends Partial<Omit<RunOptions, "selection">> {
  /** Its files by their path in the site. Without an inventory there is one host, `h1`. */
  readonly files: Readonly<Record<string, string>>;
  readonly playbooks?: readonly string[];
  /** Beside the built-in ones. */
  readonly modules?: readonly Module[];
  readonly world?: TestWorld;
  readonly extraVars?: readonly string[];
  readonly limit?: string;
  readonly shard?: Shard;
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  /** The environment, and seconds since 1970. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly runId?: string;
  readonly locks?: MachineLocks;
  readonly passing?: Passing;
  readonly startAtTask?: string;
  /** Each machine has a clock of its own (`machines: apart`). */
  readonly apart?: boolean;
  /** Told of every secret that a task was bound with. */
  hide?(secret: Secret): void;
  /** Opens what is encrypted. */
  readonly unsealer?: Unsealer;
  /** Resolves when what was told is kept: nothing is sent before. */
  kept?(): Promise<void>;
  /** Asked between tasks: has the user interrupted it? */
  interrupted?(): boolean;
}

export interface SiteRun {
  readonly world: TestWorld;
  /** Of the static check; with an error in it nothing was run. */
  readonly diagnostics: readonly Diagnostic[];
  readonly events: readonly RunEvent[];
  readonly results: readonly ResultEvent[];
  readonly recap: RecapEvent | null;
  /** As `lab play` would end; 1 if nothing was run. */
  readonly exitCode: number;
  /** The world byte for byte, before and after. */
  readonly before: string;
  readonly after: string;
  /** What was given to the redactor. */
  readonly hidden: readonly string[];
  /** Of modules and of the engine, their messages. */
  readonly faults: readonly string[];
}

export const defaultInventory = "all:\n  hosts:\n    h1:\n      lab_connection: lab\n";

const root = "/site";

/** The whole pipeline over texts and an embedded lab in memory: load → check → run. */
export async function runSite(request: RunRequest): Promise<SiteRun> {
  const world = request.world ?? createWorld();
  const modules = new Map([...builtIn, ...(request.modules ?? [])].map((module) => [module.name, module]));
  const texts = { "inventory/hosts.yml": defaultInventory, ...request.files };
  const source = {
    ...textFiles(Object.fromEntries(Object.entries(texts).map(([path, text]) => [`${root}/${path}`, text]))),
    ...(request.unsealer && { unsealer: request.unsealer }),
    world: { env: (name: string) => request.environment?.[name], now: () => 1_769_817_600 },
  };
  const playbooks = request.playbooks ?? ["site.yml"];
  const libraryRoles = "/library";
  const loaded = loadSite(source, { root, playbooks, libraryRoles, moduleNames: modules.keys() });
  const { site, files } = loaded;
  let before = world.state();
  const hidden: Secret[] = [];
  const faults: Bug[] = [];
  const events: RunEvent[] = [];
  const ended = (diagnostics: readonly Diagnostic[], exitCode: number): SiteRun => {
    const recap = events.at(-1);
    return {
      world,
      diagnostics,
      events,
      results: events.filter((event) => event.type === "result"),
      recap: recap?.type === "recap" ? recap : null,
      exitCode,
      before,
      after: world.state(),
      hidden: hidden.map((secret) => secret.reveal()),
      faults: faults.map(({ message }) => message),
    };
  };
  if (!site) return ended(loaded.diagnostics, 1);
  const { inventory, diagnostics: ofInventory } = loadInventory(files, {
    sources: site.settings.inventory,
    mayAdd: additionsOf(site),
    playbookFolders: [...new Set(site.playbooks.flatMap(({ plays }) => plays.map(({ folder }) => folder)))],
  });
  // Hosts come about when they are first connected to; that is no change of theirs.
  for (const name of [...inventory.hosts.keys(), "controller"]) world.host(name);
  before = world.state();
  const extra = parseExtraVars(request.extraVars ?? [], {
    readFile: (path) => files.read(path),
    parseYaml: (text, file) => {
      const { node, diagnostics } = readYaml(file, text, request.unsealer);
      return node ? { ok: true, value: node } : { ok: false, diagnostics };
    },
  });
  if (!extra.ok) return ended(extra.diagnostics, 1);
  const selection = { tags: request.tags ?? [], skipTags: request.skipTags ?? [] };
  const checked = checkSite({
    site,
    inventory,
    modules,
    files,
    selection,
    extraVars: extra.value,
    ...(request.limit !== undefined && { limit: request.limit }),
    ...(request.startAtTask !== undefined && { startAtTask: request.startAtTask }),
  });
  const sharded = request.shard && shardPlays(checked.plays, { inventory, extraVars: extra.value }, request.shard);
  const ofShard = sharded?.diagnostics ?? [];
  const diagnostics = [...loaded.diagnostics, ...ofInventory, ...checked.diagnostics, ...ofShard];
  if (diagnostics.some(({ severity }) => severity !== "warning")) return ended(diagnostics, 1);
  const { check = false, exitCode = false, forks = 4, become = false, becomeUser = "root", lookAhead = 400 } = request;
  const late = openLateLoader({ files, site, libraryRoles, moduleNames: modules.keys() });
  const summary = await run(
    {
      runId: request.runId ?? "test-run",
      site: late.site,
      inventory,
      files,
      modules,
      extraVars: extra.value,
      emit: (event) => events.push(event),
      // Durations say nothing here, and equal runs shall tell equal events.
      now: () => new Date("2026-01-02T03:04:05Z"),
      access: check
        ? { kind: "check", open: async (target) => readerOf(await world.open(target)) }
        : { kind: "apply", open: world.open },
      faults,
      ...(request.kept && { kept: request.kept }),
      ...(request.locks && { locks: request.locks }),
      ...(request.passing && { passing: request.passing }),
      hide: (secret) => {
        hidden.push(secret);
        request.hide?.(secret);
      },
      interrupted: () => request.interrupted?.() ?? false,
      clocks: machineClocks(!request.apart),
      late,
      ...(request.shard && sharded && { shard: { ...request.shard, hosts: sharded.hosts } }),
      options: { ...request, check, exitCode, forks, become, becomeUser, lookAhead, selection },
    },
    sharded?.plays ?? checked.plays,
  );
  const pending = summary.exitCode === 0 && exitCode && summary.pending;
  return ended(diagnostics, pending ? 3 : summary.exitCode);
}

/** A site of one play on all hosts, from its tasks as YAML (and what else the play has, indented by two). */
export function tasksSite(tasks: string, more = ""): Readonly<Record<string, string>> {
  return { "site.yml": `- name: play\n  hosts: all\n${more}  tasks:\n${indent(dedent(tasks), 4)}\n` };
}

/** An inventory of hosts of the embedded lab. */
export function inventoryOf(...names: readonly string[]): string {
  return `all:\n  vars:\n    lab_connection: lab\n  hosts:\n${names.map((name) => `    ${name}:\n`).join("")}`;
}

/** What became of each task, a line each: `h1 name: changed`, items with their label, ahead of the task itself. */
export function storyOf(run: Pick<SiteRun, "results">): readonly string[] {
  return run.results.map(({ host, name, status, kind, item, ignored }) => {
    const what = kind === "item" ? `${name}[${typeof item === "string" ? item : JSON.stringify(item)}]` : name;
    return `${host} ${kind === "handler" ? "handler " : ""}${what}: ${status}${ignored ? " (ignored)" : ""}`;
  });
}

/** The one result of a task. */
export function resultOf(run: Pick<SiteRun, "results">, name: string, host = "h1"): ResultEvent {
  const found = run.results.filter((each) => each.name === name && each.host === host && each.kind !== "item");
  const [only] = found;
  if (!only || found.length > 1) throw new Error(`${found.length} results of "${name}" on ${host}, expected one`);
  return only;
}

/** What `debug` said, in order, values as JSON. */
export function saidBy(run: Pick<SiteRun, "results">, host = "h1"): readonly unknown[] {
  return run.results
    .filter((each) => each.module === "debug" && each.host === host && each.kind !== "item" && each.status === "ok")
    .map(({ result }) => (typeof result === "object" && result !== null && "msg" in result ? result.msg : result));
}

export function indent(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, " ".repeat(by));
}

/** Takes away the indentation of the first line, so that sites can stand in tests as they look. */
export function dedent(text: string): string {
  const lines = text.replace(/^\n/, "").trimEnd().split("\n");
  const margin = /^ */.exec(lines[0] ?? "")?.[0].length ?? 0;
  return lines.map((line) => (line.slice(0, margin).trim() === "" ? line.slice(margin) : line)).join("\n");
}
