import { evaluating, wordOf, writtenName } from "../../plan/bind-task.ts";
import { checkEntries } from "../../plan/check-site.ts";
import { expandInclude, type IncludeTarget } from "../../plan/expand.ts";
import { missingTasks } from "../../plan/missing-tasks.ts";
import { type DynamicInclude, flattened, type Handler, type PlannedEntry } from "../../plan/task.ts";
import type { LatePlace } from "../../site/load-late.ts";
import type { Parsed } from "../../value/expression.ts";
import type { Scope } from "../../value/scope.ts";
import type { Value } from "../../value/value.ts";
import { evaluateValue } from "../../vars/compile-value.ts";
import { type Item, itemScope, occurrencesOf, type Withheld } from "../bind/bind-items.ts";
import { flagOf } from "../bind/flag-of.ts";
import { withheld } from "../bind/withheld.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import type { RunningPlay } from "../context/running-play.ts";
import { taskScope } from "../context/scope-of.ts";
import type { Frame, Upcoming, Walk } from "../context/walk.ts";
import { assumptionsOf } from "../doubt/assumptions.ts";
import { causesOf, hangingOn } from "../doubt/causes-of.ts";
import { leaveOpen } from "../doubt/leave-unknown.ts";
import { neverKnown } from "../doubt/never-known.ts";
import { factsOwedTo, gatherFacts } from "../look/gather-facts.ts";
import type { Outcome } from "../outcome/outcome.ts";
import { noteFailure } from "../task/note-failure.ts";
import { resultEvent } from "../task/result-event.ts";
import { endTogether } from "./end-together.ts";
import { mergeRounds } from "./merge-rounds.ts";

/** What an include or a looping block comes to on a host, once. */
interface Round {
  readonly item: Item | null;
  readonly name: string;
  readonly target: IncludeTarget;
}

/** Runs what is expanded while the play runs: an include, or a block that loops, round by round. */
export async function runInclude(
  walk: Walk,
  include: DynamicInclude,
  hosts: readonly HostRun[],
  frame: Frame,
  after: Upcoming,
): Promise<void> {
  const { context, play } = walk;
  const rounds = new Map<HostRun, readonly Round[]>();
  for (const host of hosts) {
    const lost = await factsOwedTo(context, play, host, include);
    rounds.set(host, lost ? tell(walk, include, host, lost, frame) : roundsOf(walk, include, host, frame));
  }
  endTogether(context, play, include, hosts, frame);
  const counting = include.source.keywords.loopControl.indexVar !== undefined;
  const merged = [
    ...mergeRounds(rounds, ({ item, name }) => [item?.value ?? null, counting ? item?.index : null, name]),
  ];
  for (const [index, { round, hosts: taking }] of merged.entries()) {
    if (context.interrupted()) return;
    const active = taking.filter(({ state }) => state === "active");
    if (active.length === 0) continue;
    // What comes after this round is another one, of which nobody knows yet; only the last one is followed by the rest.
    const behind: Upcoming = index === merged.length - 1 ? after : () => [];
    await runRound(walk, include, { round, index, hosts: active }, frame, behind);
  }
}

async function runRound(
  walk: Walk,
  include: DynamicInclude,
  { round, index, hosts }: { readonly round: Round; readonly index: number; readonly hosts: readonly HostRun[] },
  frame: Frame,
  after: Upcoming,
): Promise<void> {
  const { context, play } = walk;
  const { loopControl } = include.source.keywords;
  const extra = new Map<string, Value>();
  if (round.item) {
    extra.set(loopControl.loopVar, round.item.value);
    if (loopControl.indexVar !== undefined) extra.set(loopControl.indexVar, round.item.index);
  }
  // With strategy free each host counts its rounds by itself: which host comes first is nobody's to say.
  const mark = play.free && hosts[0] ? `@${hosts[0].name}` : "";
  const marked = { ...include, id: `${include.id}${mark}` };
  const expanded = expandInclude(context.site, marked, round.target, extra, index, context.options.selection);
  if (include.source.kind !== "block") {
    context.emit({
      type: "include",
      id: `${marked.id}#${index + 1}`,
      parent: include.parent,
      name: round.name,
      position: include.source.place,
    });
  }
  addHandlers(play, expanded.handlers);
  const found: readonly PlannedEntry[] = [...expanded.entries, ...expanded.handlers];
  // What is wrong with a file that is known only now is told before its first task, all of it.
  const wrong = checkEntries([...flattened(found)], play.handlers, context).filter(
    ({ severity }) => severity !== "warning",
  );
  if (wrong.length > 0) {
    for (const host of hosts) complain(walk, include, host, { kind: "invalid", diagnostics: wrong }, frame);
    endTogether(context, play, include, hosts, frame);
    return;
  }
  await gatherFacts(context, play, hosts, found);
  const guarded = include.source.kind === "block" && include.source.keywords.guard === true;
  await walk.entries(expanded.entries, hosts, frame, guarded ? () => [] : after);
}

/** The handlers of a role that an include has brought along can be notified from now on. */
function addHandlers({ handlers }: RunningPlay, brought: readonly Handler[]): void {
  for (const handler of brought) {
    const known = handlers.some(
      ({ source, context }) => source.place === handler.source.place && context.role === handler.context.role,
    );
    if (!known) handlers.push(handler);
  }
}

/** None: the host takes no part in it, and has been told why. */
function roundsOf(walk: Walk, include: DynamicInclude, host: HostRun, frame: Frame): readonly Round[] {
  const { context, play } = walk;
  const occurrences = occurrencesOf(context, play, host, include);
  if (occurrences.kind === "skipped") return [];
  if (occurrences.kind !== "occurrences") return complain(walk, include, host, occurrences, frame);
  const scope = taskScope(context, play, host, include);
  const rounds: Round[] = [];
  for (const item of occurrences.items ?? [null]) {
    const own = item ? itemScope(scope, include.source.keywords, item) : scope;
    const resolved = evaluating(() => resolveRound(context, include, item, own));
    if (resolved.kind !== "value") return complain(walk, include, host, resolved, frame);
    if (!resolved.value.ok) {
      return complain(walk, include, host, { kind: "invalid", diagnostics: resolved.value.diagnostics }, frame);
    }
    rounds.push(resolved.value.value);
  }
  return rounds;
}

/** What one round of an include names. */
function resolveRound(context: RunContext, include: DynamicInclude, item: Item | null, scope: Scope): Parsed<Round> {
  const { source, context: own } = include;
  if (source.kind === "block")
    return { ok: true, value: { item, name: writtenName(include), target: { block: source } } };
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
  { context, play }: Walk,
  include: DynamicInclude,
  host: HostRun,
  held: Withheld,
  frame: Frame,
): readonly Round[] {
  const causes = [...causesOf(context, play, host, include), ...assumptionsOf(host), ...(host.held?.because ?? [])];
  const outcome = neverKnown(context, include, hangingOn(withheld(play, host, held), causes));
  return tell({ context, play }, include, host, outcome, frame);
}

/** What has become of the include itself. */
function tell(
  { context, play }: Pick<Walk, "context" | "play">,
  include: DynamicInclude,
  host: HostRun,
  outcome: Outcome,
  frame: Frame,
): readonly Round[] {
  const module = wordOf(include.source);
  const { id, parent, source, handler } = include;
  const told = { id, context: include.context, module, place: source.place };
  const ignored =
    (outcome.status === "failed" && flagOf(context, play, host, include, "ignore_errors")) ||
    (outcome.status === "unreachable" && flagOf(context, play, host, include, "ignore_unreachable"));
  const rescued = outcome.status === "failed" && !ignored && frame.rescued;
  if (outcome.status === "deferred") {
    leaveOpen(host, include);
    if (context.options.check) host.shared.doubts.add(id);
    if (context.options.check && frame.pending) host.assuming = [...host.assuming, id];
  }
  if (outcome.status === "unreachable" && !ignored) host.state = "unreachable";
  if (outcome.status === "failed" && !ignored) noteFailure(host, { ...told, name: module }, outcome, rescued);
  host.tally[ignored ? "ignored" : rescued ? "rescued" : outcome.status] += 1;
  const kind = handler ? "handler" : "task";
  context.emit({ type: "task", id, parent, name: module, module, kind, position: source.place });
  context.emit(resultEvent(context, told, host.name, outcome, { name: module, kind, ignored, rescued, durationMs: 0 }));
  return [];
}
