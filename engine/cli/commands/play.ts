import { randomBytes } from "node:crypto";
import { homedir, userInfo } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { modules } from "../../../modules/index.ts";
import { openConnections } from "../../connection/open-connections.ts";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { formatDiagnostics } from "../../errors/format-diagnostic.ts";
import { loadInventory } from "../../inventory/load-inventory.ts";
import type { Module } from "../../module/define-module.ts";
import { type CheckedPlay, checkSite } from "../../plan/check-site.ts";
import { createRedactor } from "../../report/redact.ts";
import type { RunEvent } from "../../run/events.ts";
import type { WriteClock } from "../../run/host-session.ts";
import type { RunContext } from "../../run/run-context.ts";
import { runSite } from "../../run/run-site.ts";
import { findRoot } from "../../site/files.ts";
import { openLateLoader } from "../../site/load-late.ts";
import { type LoadedSite, loadSite } from "../../site/load-site.ts";
import { readYaml } from "../../site/read-yaml.ts";
import { nearest } from "../../text/nearest.ts";
import type { Secret } from "../../value/secret.ts";
import { parseExtraVars } from "../../vars/extra-vars.ts";
import { askSecret, passwordFor } from "../ask-secret.ts";
import { describeSandbox } from "../describe-sandbox.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import { openJournal } from "../journal.ts";
import { listPlays } from "../list-plays.ts";
import { openSiteLab } from "../open-lab.ts";
import { openReporter, wantsColourOn } from "../open-reporter.ts";

export interface PlayOptions {
  readonly inventory?: readonly string[];
  readonly limit?: string;
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  readonly extraVars?: readonly string[];
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly forks?: string;
  readonly user?: string;
  readonly privateKey?: string;
  readonly askPass?: boolean;
  readonly become?: boolean;
  readonly becomeUser?: string;
  readonly askBecomePass?: boolean;
  readonly acceptNewHostKeys?: boolean;
  readonly listHosts?: boolean;
  readonly listTasks?: boolean;
  readonly listTags?: boolean;
  readonly syntaxCheck?: boolean;
  readonly format?: "tty" | "plain" | "jsonl";
  readonly profile?: boolean;
  readonly exitCode?: boolean;
  readonly lookahead: boolean;
  readonly verbose: number;
}

/** Tasks that are looked at in advance at most. */
const lookAheadTasks = 400;
/** The roles that ship with lab. */
const libraryRoles = fileURLToPath(new URL("../../../../roles", import.meta.url));

/** `lab play`: load → check → run → report. */
export async function play(playbooks: readonly string[], options: PlayOptions): Promise<number> {
  const cwd = process.cwd();
  const root = findRoot(diskFiles, cwd);
  const byName = new Map<string, Module>(modules.map((module) => [module.name, module]));
  const loaded = loadSite(diskFiles, { root, folder: cwd, playbooks, libraryRoles, moduleNames: byName.keys() });
  const { site, files } = loaded;
  const called = checkCall(options);
  if (!site) return complain([...loaded.diagnostics, ...called], loaded);
  const sources = options.inventory?.map((path) => resolve(cwd, path)) ?? site.settings.inventory;
  const playbookFolders = [...new Set(site.playbooks.map(({ file }) => dirname(resolve(root, file))))];
  const { inventory, diagnostics: ofInventory } = loadInventory(files, { sources, playbookFolders });
  const extra = parseExtraVars(options.extraVars ?? [], {
    readFile: (path) => files.read(resolve(cwd, path)),
    parseYaml: (text, file) => {
      const { node, diagnostics } = readYaml(file, text);
      return node ? { ok: true, value: node } : { ok: false, diagnostics };
    },
  });
  const extraVars = extra.ok ? extra.value : { level: 8 as const, origin: "-e", variables: new Map() };
  const selection = { tags: options.tags ?? [], skipTags: options.skipTags ?? [] };
  const checked = checkSite({
    site,
    inventory,
    modules: byName,
    files,
    selection,
    extraVars,
    ...(options.limit !== undefined && { limit: options.limit }),
    readPatternFile: (path) => files.read(resolve(cwd, path)),
  });
  const sandbox = describeSandbox(inventory, extraVars);
  const all = [
    ...loaded.diagnostics,
    ...ofInventory,
    ...(extra.ok ? [] : extra.diagnostics),
    ...checked.diagnostics,
    ...sandbox.diagnostics,
    ...called,
    ...unknownTags(options, checked.plays),
  ];
  if (all.some(isError)) return complain(all, loaded);
  if (options.syntaxCheck) {
    if (all.length > 0) complain(all, loaded);
    process.stdout.write(`${site.playbooks.map(({ file }) => file).join(", ")}: no errors\n`);
    return exitCodes.done;
  }
  if (options.listHosts || options.listTasks || options.listTags) {
    process.stdout.write(listPlays(checked.plays, options));
    return exitCodes.done;
  }

  const becomePassword = await passwordFor(options.askBecomePass ?? false, "sudo password", "LAB_BECOME_PASSWORD_FILE");
  const connectionPassword = await passwordFor(options.askPass ?? false, "SSH password", "LAB_PASSWORD_FILE");
  const now = (): Date => new Date();
  const runId = newRunId(now());
  const redactor = createRedactor();
  const hide = (secret: Secret): void => redactor.add(secret.reveal());
  for (const password of [becomePassword, connectionPassword]) if (password) hide(password);
  const reporters = [openReporter(options, now, (file) => files.source(file)), openJournal(root, runId, now)];
  const emit = (event: RunEvent): void => {
    const shown = redactor.redactEvent(event);
    for (const reporter of reporters) reporter.on(shown);
  };
  const interruption = watchInterrupt();
  const together: WriteClock = { writes: 0 };
  const clocks = new Map<string, WriteClock>();
  const clockOf = (host: string): WriteClock => {
    if (site.settings.machines === "together") return together;
    const clock = clocks.get(host) ?? { writes: 0 };
    clocks.set(host, clock);
    return clock;
  };
  const lab = openSiteLab(root, sandbox);
  const open = openConnections(
    {
      env: process.env,
      home: homedir(),
      userName: userInfo().username,
      acceptNewHostKeys: options.acceptNewHostKeys ?? false,
      warn: (diagnostic) => emit({ type: "warning", diagnostic: { severity: "warning", ...diagnostic } }),
      askPassphrase: askSecret,
    },
    lab.open,
  );
  const late = openLateLoader({ files, site, libraryRoles, moduleNames: byName.keys() });
  const context: RunContext = {
    runId,
    // Not the site as it was loaded: its roles grow with what dynamic includes bring along.
    site: late.site,
    inventory,
    files,
    modules: byName,
    extraVars,
    emit,
    now,
    open,
    hide,
    interrupted: interruption.happened,
    clockOf,
    late,
    options: {
      check: options.check ?? false,
      exitCode: options.exitCode ?? false,
      forks: options.forks === undefined ? site.settings.forks : Number(options.forks),
      selection,
      become: options.become ?? false,
      becomeUser: options.becomeUser ?? "root",
      lookAhead: options.lookahead ? lookAheadTasks : 0,
      ...(becomePassword && { becomePassword }),
      ...(connectionPassword && { connectionPassword }),
      ...(options.user !== undefined && { remoteUser: options.user }),
      ...(options.privateKey !== undefined && { privateKey: resolve(cwd, options.privateKey) }),
    },
  };
  try {
    for (const diagnostic of all) emit({ type: "warning", diagnostic });
    const summary = await runSite(context, checked.plays);
    if (summary.exitCode === 0 && context.options.exitCode && summary.pending) return exitCodes.pending;
    return summary.exitCode;
  } finally {
    interruption.stop();
    for (const reporter of reporters) await reporter.end();
  }
}

function isError({ severity }: Diagnostic): boolean {
  return severity !== "warning";
}

/** Prints what is wrong, to stderr, all of it. */
function complain(diagnostics: readonly Diagnostic[], { files }: LoadedSite): number {
  const format = {
    source: (file: string) => files.source(file),
    colour: wantsColourOn(process.stderr),
    width: process.stderr.columns ?? 80,
  };
  process.stderr.write(`${formatDiagnostics(diagnostics, format)}\n`);
  return exitCodes.wrong;
}

function checkCall(options: PlayOptions): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (options.forks !== undefined && !/^[1-9]\d{0,3}$/.test(options.forks)) {
    found.push({ code: "wrong-option", message: `--forks takes a number from 1 to 9999, got "${options.forks}"` });
  }
  if (options.exitCode && !options.check) {
    found.push({
      code: "wrong-option",
      message: "--exit-code goes with --check",
      hint: "a real run ends with 0 when everything is done",
    });
  }
  return found;
}

/** A tag that no task has is most likely mistyped, and would run nothing at all. */
function unknownTags({ tags = [], skipTags = [] }: PlayOptions, plays: readonly CheckedPlay[]): readonly Diagnostic[] {
  const special = ["all", "always", "never", "tagged", "untagged"];
  const known = new Set([...plays.flatMap(({ tags: ofPlay }) => [...ofPlay]), ...special]);
  return [...tags, ...skipTags].flatMap((tag): Diagnostic[] => {
    if (known.has(tag)) return [];
    const near = nearest(tag, known);
    return [
      {
        code: "unknown-tag",
        message: `no task has the tag \`${tag}\``,
        hint: near ? `did you mean \`${near}\`?` : "lab play … --list-tags shows them",
      },
    ];
  });
}

/** Sorts by time, and is unique on a host that several people use at once. */
function newRunId(now: Date): string {
  return `${now.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-")}-${randomBytes(3).toString("hex")}`;
}

/** The first Ctrl-C lets steps in flight end; the second one ends at once. */
function watchInterrupt(): { happened(): boolean; stop(): void } {
  let interrupted = false;
  const onSignal = (): void => {
    if (interrupted) process.exit(exitCodes.interrupted);
    interrupted = true;
    process.stderr.write("\ninterrupted: finishing the steps in flight (once more to stop at once)\n");
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    happened: () => interrupted,
    stop: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
