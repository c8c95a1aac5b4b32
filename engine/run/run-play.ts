import { evaluating } from "../plan/bind-task.ts";
import { checkEntries } from "../plan/check-site.ts";
import { expandInclude } from "../plan/expand.ts";
import { missingTasks } from "../plan/missing-tasks.ts";
import type { DynamicInclude, PlannedEntry, Task } from "../plan/task.ts";
import type { LatePlace } from "../site/load-late.ts";
import type { Entry, Role } from "../site/site.ts";
import type { Parsed } from "../value/expression.ts";
import type { Scope } from "../value/scope.ts";
import type { Value } from "../value/value.ts";
import { evaluateValue } from "../vars/compile-value.ts";
import { type Item, itemScope, occurrencesOf, type Withheld } from "./bind-items.ts";
import { canonical } from "./canonical.ts";
import { causesOf, hangingOn } from "./causes-of.ts";
import { eachLimited } from "./each-limited.ts";
import { factsOwedTo, gatherFacts } from "./gather-facts.ts";
import { flushHandlers, notifier } from "./handlers.ts";
import type { HostRun } from "./host-run.ts";
import { leaveOpen } from "./leave-unknown.ts";
import { resultEvent } from "./result-event.ts";
import type { RunContext } from "./run-context.ts";
import { runTask } from "./run-task.ts";
import type { RunningPlay } from "./running-play.ts";
import { taskScope } from "./scope-of.ts";
import { withheld } from "./withheld.ts";

/** Runs a play task by task, each on all its hosts before the next one begins (strategy linear). */
export async function runPlay(context: RunContext, play: RunningPlay, hosts: readonly HostRun[]): Promise<void> {
  const { expanded } = play;
  context.emit({
    type: "play",
    id: expanded.id,
    name: expanded.play.name,
    hosts: hosts.map(({ name }) => name),
    position: expanded.play.place,
  });
  const known = [...expanded.sections.flat(), ...play.handlers];
  await eachLimited(hosts, context.options.forks, (host) => gatherFacts(context, play, host, known));
  for (const section of expanded.sections) {
    await runEntries(context, play, section, hosts, () => []);
    await flushHandlers(context, play, hosts);
    if (context.interrupted()) return;
  }
}

async function runEntries(
  context: RunContext,
  play: RunningPlay,
  entries: readonly PlannedEntry[],
  hosts: readonly HostRun[],
  after: () => Iterable<Task>,
): Promise<void> {
  for (const [index, entry] of entries.entries()) {
    const active = hosts.filter(({ state }) => state === "active");
    if (active.length === 0 || context.interrupted()) return;
    const upcoming = (): Iterable<Task> => following(entries, index + 1, after);
    if (entry.kind === "task") {
      await runTask(context, play, entry, active, upcoming, notifier(context, play));
    } else {
      await runInclude(context, play, entry, active, upcoming);
    }
    if (play.expanded.play.keywords.anyErrorsFatal) endTogether(context, hosts);
  }
}

/** `any_errors_fatal`: one host that is lost ends the run of all that share the play with it. */
function endTogether(context: RunContext, hosts: readonly HostRun[]): void {
  const lost = hosts.filter(({ state }) => state === "failed" || state === "unreachable");
  if (lost.length === 0) return;
  for (const host of hosts) {
    if (host.state !== "active") continue;
    host.state = "ended";
    const reason = `any_errors_fatal: ${lost.map(({ name }) => name).join(", ")} failed`;
    context.emit({ type: "host", name: host.name, event: "ended", reason });
  }
}

/** The tasks from here on as far as they are known: up to the next include whose name is not known yet. */
function* following(entries: readonly PlannedEntry[], from: number, after: () => Iterable<Task>): Iterable<Task> {
  for (const entry of entries.slice(from)) {
    if (entry.kind !== "task") return;
    yield entry;
  }
  yield* after();
}

/** What an include comes to on a host: for each round of its loop the entries or the role. */
interface Round {
  readonly item: Item | null;
  readonly name: string;
  readonly target: { readonly entries: readonly Entry[] } | { readonly role: Role; readonly tasksFrom: string | null };
}

async function runInclude(
  context: RunContext,
  play: RunningPlay,
  include: DynamicInclude,
  hosts: readonly HostRun[],
  after: () => Iterable<Task>,
): Promise<void> {
  // Hosts for which the include means the same go on together.
  const groups = new Map<string, { readonly rounds: readonly Round[]; readonly hosts: HostRun[] }>();
  for (const host of hosts) {
    if (!(await factsOwedTo(context, play, host, include))) continue;
    const rounds = roundsOf(context, play, include, host);
    if (rounds === null || rounds.length === 0) continue;
    const key = canonical(rounds.map(({ item, name }) => [item?.value ?? null, name]));
    const group = groups.get(key) ?? { rounds, hosts: [] };
    group.hosts.push(host);
    groups.set(key, group);
  }
  let occurrence = 0;
  for (const group of groups.values()) {
    for (const round of group.rounds) {
      const { loopControl } = include.source.keywords;
      const extra = new Map<string, Value>();
      if (round.item) {
        extra.set(loopControl.loopVar, round.item.value);
        if (loopControl.indexVar !== undefined) extra.set(loopControl.indexVar, round.item.index);
      }
      const expanded = expandInclude(context.site, include, round.target, extra, occurrence, context.options.selection);
      context.emit({
        type: "include",
        id: `${include.id}#${occurrence + 1}`,
        parent: include.parent,
        name: round.name,
        position: include.source.place,
      });
      occurrence += 1;
      for (const handler of expanded.handlers) {
        if (
          !play.handlers.some(
            ({ source, context: own }) => source === handler.source && own.role === handler.context.role,
          )
        ) {
          play.handlers.push(handler);
        }
      }
      const active = group.hosts.filter(({ state }) => state === "active");
      const found = [...expanded.entries, ...expanded.handlers];
      // What is wrong with a file that is known only now is told before its first task, all of it.
      const wrong = checkEntries(found, play.handlers, context).filter(({ severity }) => severity !== "warning");
      if (wrong.length > 0) {
        for (const host of active) complain(context, play, include, host, { kind: "invalid", diagnostics: wrong });
        continue;
      }
      await eachLimited(active, context.options.forks, (host) => gatherFacts(context, play, host, found));
      await runEntries(context, play, expanded.entries, group.hosts, after);
    }
  }
}

/** Null: the host takes no part in it, and has been told why. */
function roundsOf(
  context: RunContext,
  play: RunningPlay,
  include: DynamicInclude,
  host: HostRun,
): readonly Round[] | null {
  const occurrences = occurrencesOf(context, play, host, include);
  if (occurrences.kind === "skipped") return null;
  if (occurrences.kind !== "occurrences") return complain(context, play, include, host, occurrences);
  const scope = taskScope(context, play, host, include);
  const rounds: Round[] = [];
  for (const item of occurrences.items ?? [null]) {
    const own = item ? itemScope(scope, include.source.keywords, item) : scope;
    const resolved = evaluating(() => resolveRound(context, include, item, own));
    if (resolved.kind !== "value") return complain(context, play, include, host, resolved);
    if (!resolved.value.ok) {
      return complain(context, play, include, host, { kind: "invalid", diagnostics: resolved.value.diagnostics });
    }
    rounds.push(resolved.value.value);
  }
  return rounds;
}

/** What one round of an include names. */
function resolveRound(
  context: RunContext,
  { source, context: own }: DynamicInclude,
  item: Item | null,
  scope: Scope,
): Parsed<Round> {
  const late: LatePlace = { place: source.place, playbookFolder: own.playbookFolder, role: own.role };
  if (source.kind === "include-tasks") {
    const name = String(evaluateValue(source.file, scope));
    const found = source.entries ? { ok: true as const, value: source.entries } : context.late.includeTasks(name, late);
    return found.ok ? { ok: true, value: { item, name, target: { entries: found.value } } } : found;
  }
  const name = String(evaluateValue(source.role, scope));
  const tasksFrom = source.tasksFrom ? String(evaluateValue(source.tasksFrom, scope)) : null;
  const found = context.late.includeRole(name, late);
  if (!found.ok) return found;
  const missing = missingTasks(found.value, tasksFrom, source);
  return missing
    ? { ok: false, diagnostics: [missing] }
    : { ok: true, value: { item, name, target: { role: found.value, tasksFrom } } };
}

/** An include that cannot be made sense of fails its host; one that hangs on what is not known yet is deferred. */
function complain(
  context: RunContext,
  play: RunningPlay,
  include: DynamicInclude,
  host: HostRun,
  held: Withheld,
): null {
  const module = include.source.kind === "include-tasks" ? "include_tasks" : "include_role";
  const outcome = hangingOn(withheld(play, held), causesOf(context, play, host, include));
  if (outcome.status === "deferred") leaveOpen(host, include);
  if (outcome.status === "failed") host.state = "failed";
  host.tally[outcome.status] += 1;
  const { id, parent, source } = include;
  context.emit({ type: "task", id, parent, name: module, module, kind: "task", position: source.place });
  const told = { id, context: include.context, module, place: source.place };
  context.emit(
    resultEvent(context, told, host.name, outcome, { name: module, kind: "task", ignored: false, durationMs: 0 }),
  );
  return null;
}
