import { type Tries, triesOf } from "../../plan/bind-amounts.ts";
import { evaluating } from "../../plan/bind-task.ts";
import type { Task } from "../../plan/task.ts";
import type { Scope } from "../../value/scope.ts";
import { evaluateValue } from "../../vars/compile-value.ts";
import { type Acting, actingFor, actsElsewhere } from "../bind/acting.ts";
import { bindItem, heldByItem, type Item, itemScope, type Withheld } from "../bind/bind-items.ts";
import { withheld } from "../bind/withheld.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import { type PlayRun, taskScope, withLoaded, withRuntime } from "../context/scope-of.ts";
import type { Upcoming } from "../context/walk.ts";
import { hangingOn } from "../doubt/causes-of.ts";
import { leaveUnknown } from "../doubt/leave-unknown.ts";
import { aheadProbes } from "../look/look-ahead.ts";
import { judgeOutcome } from "../outcome/judge-outcome.ts";
import type { Outcome } from "../outcome/outcome.ts";
import { perform } from "../perform/perform.ts";
import type { Ahead } from "../session/host-session.ts";
import { grow } from "./grow.ts";
import { noteContribution } from "./note-contribution.ts";
import { tryAgain } from "./try-again.ts";

/** The task itself, or one item of its loop. */
interface Occurrence {
  readonly task: Task;
  readonly item: Item | null;
  readonly itemsLeft: readonly Item[];
  readonly upcoming: Upcoming;
  /** Check mode: what it hangs on. */
  readonly causes: readonly string[];
}

/** Runs one occurrence of a task on a host; again, where it says until when. */
export async function runOccurrence(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  { task, item, itemsLeft, upcoming, causes }: Occurrence,
): Promise<Outcome> {
  const own = taskScope(context, play, host, task);
  const scope = item ? itemScope(own, task.source.keywords, item) : own;
  let acting: Acting | null = null;
  const hold = (held: Withheld): Outcome => {
    const outcome = { ...hangingOn(withheld(play, host, held), causes), ...onOf(acting) };
    leaveUnknown(context, host, task, outcome, acting?.host);
    return outcome;
  };
  const elsewhere = actsElsewhere(task);
  const held = elsewhere ? heldByItem(context, play, host, task, item) : null;
  if (held) return hold(held);
  const found = elsewhere
    ? actingFor(context, play, host, task, scope, own)
    : ({ kind: "acting", acting: { host, scope: own } } as const);
  if (found.kind !== "acting") return hold(found);
  const who = found.acting;
  acting = who;
  // Once for all tries: what changes between them is the host, not what is asked of it.
  const bind = bindItem(context, play, host, task, item, who);
  if (bind.kind !== "bound") return hold(bind);
  const { bound } = bind;
  for (const secret of bind.secrets) context.hide(secret);
  const tries = evaluating(() => triesOf(task, scope));
  if (tries.kind !== "value") return hold(tries);
  // Looks of later tasks are looks at their own hosts.
  const ahead: Ahead = (ride) =>
    who.host === host ? aheadProbes(context, play, host, { task, itemsLeft }, upcoming(), ride) : [];
  const once = async (attempt: number, of: Tries | null): Promise<Outcome> => {
    const performed = hangingOn(await perform(context, host, who, bound, ahead, scope), causes);
    const outcome = grow(context, host, { ...performed, ...onOf(who), ...(of && { attempt }) }, task.source.place);
    if (outcome.set || outcome.load) setVariables(task, host, who, scope, outcome);
    leaveUnknown(context, host, task, outcome, who.host);
    return judgeOutcome(task, scope, outcome);
  };
  const outcome = await tryAgain(context, host, { task, acting: who, scope, tries: tries.value }, once);
  noteContribution(context, host, task, outcome, item?.index ?? 0);
  return outcome;
}

function onOf(acting: Acting | null): Pick<Outcome, "on"> {
  return acting?.on === undefined ? {} : { on: acting.on };
}

/** `delegate_facts`: what it sets is the other host's. */
function setVariables(task: Task, host: HostRun, acting: Acting, scope: Scope, outcome: Outcome): void {
  const { delegateFacts } = task.context;
  const theirs = delegateFacts !== undefined && acting.on !== undefined && evaluateValue(delegateFacts, scope) === true;
  const owner = theirs ? acting.host : host;
  const { set = {}, load = [] } = outcome;
  withRuntime(owner, set, task.source.place);
  if (load.length > 0) withLoaded(owner, load);
  if (owner === host || outcome.because.length === 0) return;
  for (const name of [...Object.keys(set), ...load.map((each) => each.name)]) owner.hanging.set(name, outcome.because);
}
