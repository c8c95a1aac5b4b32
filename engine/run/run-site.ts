import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { findHost } from "../inventory/load-inventory.ts";
import { batchesOf, inOrder, type PlayShape, shapeOf } from "../plan/batches.ts";
import { evaluating } from "../plan/bind-task.ts";
import type { ExpandedPlay } from "../plan/expand.ts";
import type { Contributor } from "../plan/find-contributors.ts";
import { createOverlay } from "../plan/overlay.ts";
import type { Play } from "../site/site.ts";
import { plural } from "../text/plural.ts";
import { Secret } from "../value/secret.ts";
import type { Value } from "../value/value.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";
import { createScope } from "../vars/resolve-vars.ts";
import { secretNames } from "../vars/variable-names.ts";
import { createContributions } from "./context/contributions.ts";
import { createHostRun, type HostRun, type Shared } from "./context/host-run.ts";
import { createLimits } from "./context/limits.ts";
import type { RunContext } from "./context/run-context.ts";
import type { RunningPlay } from "./context/running-play.ts";
import type { HostRecap } from "./events.ts";
import { runPlay } from "./play/run-play.ts";
import { createPendingBook } from "./session/pending-book.ts";

/** The plays of a run with their hosts, as the static check has found them. */
export interface SelectedPlay {
  readonly expanded: ExpandedPlay;
  readonly hosts: readonly string[];
  /** The same for an inventory that has changed since. Unsaid: the hosts stay those that they are. */
  readonly select?: (inventory: Inventory) => HostSelection;
  /** The answers to the play's questions. */
  readonly prompts?: VarsLayer;
  /** Unsaid: nobody contributes anything. */
  readonly contributors?: readonly Contributor[];
}

/** `warnings`: why there are none. */
export interface HostSelection {
  readonly hosts: readonly string[];
  readonly warnings: readonly Diagnostic[];
}

export interface RunSummary {
  readonly hosts: Readonly<Record<string, HostRecap>>;
  /** By its worst: 70, 130, 2, 4 or 0; what is pending in check mode is for the command line to weigh. */
  readonly exitCode: 0 | 2 | 4 | 70 | 130;
  readonly pending: boolean;
}

/** Runs the plays one after the other. A host that failed or could not be reached takes no part in what follows. */
export async function runSite(given: RunSite, plays: readonly SelectedPlay[]): Promise<RunSummary> {
  // Of our own, since its inventory may grow.
  const context: RunContext = { ...given, additions: [] };
  const startedAt = context.now().getTime();
  const names = [...new Set(plays.flatMap(({ hosts }) => hosts))];
  const hostRuns = new Map<string, HostRun>();
  const contributions = createContributions(hostRuns);
  const shared: Shared = {
    everywhere: { writes: 0 },
    controller: createOverlay(),
    hosts: hostRuns,
    otherwise: new Map<string, HostRun>(),
    contributions,
    doubts: new Set<string>(),
    pending: createPendingBook({
      runId: context.runId,
      emit: context.emit,
      forget: context.options.forgetPending === true,
    }),
  };
  hidePasswords(context);
  for (const name of names) {
    const inventory = findHost(context.inventory, name);
    if (inventory) hostRuns.set(name, createHostRun(context, inventory, shared));
  }
  context.emit({
    type: "run",
    id: context.runId,
    playbooks: context.site.playbooks.map(({ file }) => context.files.show(file)),
    check: context.options.check,
    hosts: names,
    ...(context.shard && { shard: context.shard }),
  });
  try {
    for (const { expanded, contributors = [] } of plays) contributions.expect(expanded.id, contributors);
    const { inventory: before } = context;
    for (const [index, selected] of plays.entries()) {
      const { expanded, prompts } = selected;
      contributions.begin(expanded.id);
      const hosts = context.inventory === before ? selected.hosts : selectAgain(context, shared, selected);
      beginAnew(hostRuns.values());
      const shape = shapeOfPlay(context, expanded.play, hosts, hostRuns);
      if (!shape) break;
      const { keywords } = expanded.play;
      const ordered = inOrder(hosts, keywords.order, context.runId).flatMap((name) => hostRuns.get(name) ?? []);
      const play: RunningPlay = {
        expanded,
        hosts: [],
        hostsHangOn: shared.doubts,
        batch: [],
        folder: expanded.play.folder,
        hostRuns,
        handlers: [...expanded.handlers],
        connection: connectionOf(expanded.play),
        ...(prompts && { prompts }),
        free: keywords.strategy === "free",
        limits: createLimits(context.options.forks),
        maxFailShare: shape.maxFailShare,
        announced: new Set(),
        over: false,
        perhapsOver: [],
      };
      shared.pending.begin(play.handlers);
      const goesOn = await runPlay(context, play, batchesOf(ordered, shape.sizes));
      if (context.interrupted()) break;
      if (!goesOn) {
        tellWhatIsLeft(context, plays.slice(index + 1));
        break;
      }
    }
    for (const diagnostic of orphanedNotes(context, shared, plays)) context.emit({ type: "warning", diagnostic });
  } finally {
    const all = [...hostRuns.values(), ...shared.otherwise.values()];
    await Promise.all(all.map(({ session }) => session.close()));
  }
  const hosts = Object.fromEntries(
    [...hostRuns].filter(([, { bystander }]) => !bystander).map(([name, host]) => [name, recapOf(host)]),
  );
  const exitCode = exitCodeOf(context, [...hostRuns.values()]);
  const pending = Object.values(hosts).some(({ changed, deferred }) => changed > 0 || deferred > 0);
  context.emit({
    type: "recap",
    hosts,
    durationMs: context.now().getTime() - startedAt,
    exitCode: exitCode === 0 && context.options.exitCode && pending ? 3 : exitCode,
  });
  return { hosts, exitCode, pending };
}

/** What `runSite` is given: all but what it keeps itself. */
export type RunSite = Omit<RunContext, "additions">;

/** The hosts of a play in an inventory that has grown: new ones get a run of their own. */
function selectAgain(context: RunContext, shared: Shared, play: SelectedPlay): readonly string[] {
  const { hosts, warnings } = play.select?.(context.inventory) ?? { hosts: play.hosts, warnings: [] };
  for (const diagnostic of warnings) context.emit({ type: "warning", diagnostic });
  for (const name of hosts) {
    const known = shared.hosts.get(name);
    if (known) known.bystander = false;
    const inventory = findHost(context.inventory, name);
    if (inventory && !known) shared.hosts.set(name, createHostRun(context, inventory, shared));
  }
  return hosts;
}

/** Notifications of earlier runs whose handlers are no longer in the files that this run has read. */
function orphanedNotes(
  context: RunContext,
  { pending }: Shared,
  plays: readonly SelectedPlay[],
): readonly Diagnostic[] {
  if (context.interrupted()) return [];
  const read = new Set(plays.map(({ expanded }) => expanded.play.place.file));
  const inRoles = [...context.site.roles.values()].map(({ folder }) => `${context.files.show(folder)}/`);
  return pending.orphans((file) => read.has(file) || inRoles.some((folder) => file.startsWith(folder)));
}

/** Whom `meta` has ended the last play for takes part in this one. */
function beginAnew(hosts: Iterable<HostRun>): void {
  for (const host of hosts) {
    if (host.state === "ended") host.state = "active";
    host.assuming = [];
    host.perhapsOver = [];
    host.endedRoles.clear();
  }
}

/** Null: a size of its batches makes no sense, which only an answer to a prompt can bring about here. Then nobody can run it. */
function shapeOfPlay(
  context: RunContext,
  play: Play,
  hosts: readonly string[],
  hostRuns: ReadonlyMap<string, HostRun>,
): PlayShape | null {
  const groups = Object.fromEntries([...context.inventory.groups].map(([name, group]) => [name, group.hosts]));
  const shape = shapeOf(play, context.extraVars, groups);
  if (shape?.ok) return shape.value;
  for (const diagnostic of shape?.diagnostics ?? []) context.emit({ type: "warning", diagnostic });
  for (const name of hosts) {
    const host = hostRuns.get(name);
    if (host?.state !== "active") continue;
    host.state = "failed";
    host.tally.failed += 1;
  }
  return null;
}

/** A play of which no host is left ends the run. */
function tellWhatIsLeft(context: RunContext, plays: readonly SelectedPlay[]): void {
  const [next] = plays;
  if (!next) return;
  const more = plays.length > 1 ? ` and ${plural(plays.length - 1, "more play")}` : "";
  context.emit({
    type: "warning",
    diagnostic: {
      code: "no-hosts-left",
      severity: "warning",
      message: `no host of the last play is left: ${next.expanded.play.name}${more} did not run`,
      place: next.expanded.play.place,
      hint: "mend what has failed and run again; what may fail stands in a block with `rescue`",
    },
  });
}

/** Lowest of all levels: what the inventory says of a host wins over what the play says of its hosts. */
function connectionOf({ keywords, place }: Play): VarsLayer {
  const said: readonly (readonly [string, Value | undefined])[] = [
    ["lab_connection", keywords.connection],
    ["lab_user", keywords.remoteUser],
    ["lab_port", keywords.port],
  ];
  const variables = said.flatMap(([name, value]): [string, Variable][] =>
    value === undefined ? [] : [[name, { place, content: { kind: "data", value } }]],
  );
  return { level: 1, origin: "connection of the play", variables: new Map(variables) };
}

/** The passwords that the variables hold: known to the redactor before anything is told. */
function hidePasswords(context: RunContext): void {
  for (const { layers } of context.inventory.hosts.values()) {
    const scope = createScope([...layers, context.extraVars], new Map());
    for (const name of secretNames) {
      const password = evaluating(() => scope.get(name));
      if (password.kind === "value" && password.value instanceof Secret) context.hide(password.value);
    }
  }
}

function recapOf(host: HostRun): HostRecap {
  return { ...host.tally, ...host.session.counters() };
}

function exitCodeOf(context: RunContext, hosts: readonly HostRun[]): RunSummary["exitCode"] {
  if (context.faults.length > 0) return 70;
  if (context.interrupted()) return 130;
  if (hosts.some(({ tally }) => tally.failed > 0)) return 2;
  return hosts.some(({ state }) => state === "unreachable") ? 4 : 0;
}
