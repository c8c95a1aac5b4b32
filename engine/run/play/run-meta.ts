import { unreachable } from "../../errors/bug.ts";
import { growInventory } from "../../inventory/grow-inventory.ts";
import { writtenName } from "../../plan/bind-task.ts";
import type { PlannedMeta } from "../../plan/task.ts";
import type { MetaOrder } from "../../site/meta-orders.ts";
import { occurrencesOf } from "../bind/bind-items.ts";
import { withheld } from "../bind/withheld.ts";
import type { HostRun } from "../context/host-run.ts";
import { taskScope } from "../context/scope-of.ts";
import type { Frame, Walk } from "../context/walk.ts";
import { assumptionsOf } from "../doubt/assumptions.ts";
import { causesOf, hangingOn } from "../doubt/causes-of.ts";
import { neverKnown } from "../doubt/never-known.ts";
import { forgetFacts } from "../look/gather-facts.ts";
import { deferred, type Outcome, ok } from "../outcome/outcome.ts";
import { reaching } from "../perform/perform.ts";
import { replaceInventory } from "../task/grow.ts";
import { noteFailure } from "../task/note-failure.ts";
import { resultEvent } from "../task/result-event.ts";
import { flushHandlers } from "./handlers.ts";

/**
 * Orders for the whole batch: the first host decides whether they hold. With strategy free there is no first one, and how far the
 * others have come is nobody's to say: each obeys for itself.
 */
const forAll: ReadonlySet<MetaOrder> = new Set(["end_play", "end_batch", "clear_facts", "refresh_inventory"]);

/** An order to the run. It is told like a task, but it is none of the tasks that the recap counts. */
export async function runMeta(walk: Walk, meta: PlannedMeta, hosts: readonly HostRun[], frame: Frame): Promise<void> {
  const { context, play } = walk;
  const { order } = meta.source;
  const [first] = hosts;
  if (!first) return;
  context.emit({
    type: "task",
    id: meta.id,
    parent: meta.parent,
    name: nameOf(meta),
    module: "meta",
    kind: meta.handler ? "handler" : "task",
    ...(meta.context.role && { role: meta.context.role.name }),
    position: meta.source.place,
  });
  const asked = forAll.has(order) ? [first] : hosts;
  const obeying = asked.filter((host) => decide(walk, meta, host, frame));
  if (obeying.length === 0) return;
  const all = play.free ? obeying : play.batch;
  switch (order) {
    case "flush_handlers":
      return flushHandlers(walk, obeying, frame);
    case "end_host":
      return end(walk, obeying, "`meta: end_host` has ended the play for it");
    case "end_batch":
      return end(walk, all, "`meta: end_batch` has ended the batch");
    case "end_play":
      play.over = true;
      return end(walk, all, "`meta: end_play` has ended the play");
    case "end_role":
      for (const host of obeying) host.endedRoles.add(meta.context.roleUses.at(-1) ?? "");
      return;
    case "clear_facts":
      for (const host of all) await clearFacts(walk, meta, host);
      return;
    case "refresh_inventory":
      return refresh(walk, first);
    case "reset_connection":
      for (const host of obeying) await host.session.reset();
      return;
    default:
      return unreachable(order);
  }
}

/** Hosts that are new take part in the plays after this one; what tasks have added stays. */
async function refresh({ context }: Walk, { shared }: HostRun): Promise<void> {
  const read = await context.readInventory?.();
  if (read === undefined) return;
  for (const diagnostic of read.ok ? read.warnings : read.diagnostics) {
    context.emit({ type: "warning", diagnostic: { severity: "warning", ...diagnostic } });
  }
  // A source that does not answer now has answered before: what is known goes on to hold.
  if (!read.ok) return;
  const known = context.inventory.hosts;
  const inventory = context.additions.reduce(growInventory, read.inventory);
  for (const name of inventory.hosts.keys()) {
    if (!known.has(name)) context.emit({ type: "host", name, event: "added" });
  }
  replaceInventory(context, shared.hosts, inventory);
}

function nameOf(meta: PlannedMeta): string {
  return meta.source.name ? writtenName(meta) : meta.source.order;
}

/** Whether the order holds for the host; tells what has become of it. */
function decide({ context, play }: Walk, meta: PlannedMeta, host: HostRun, frame: Frame): boolean {
  const { outcome, obeyed } = answerOf({ context, play }, meta, host);
  const doubts = [...outcome.because, ...(outcome.status === "deferred" ? [meta.id] : [])];
  // Whether the play goes on for it behind this order is not certain, then.
  if (context.options.check && doubts.length > 0 && meta.source.order.startsWith("end_")) {
    const unsure = forAll.has(meta.source.order) && !play.free ? play.batch : [host];
    for (const each of unsure) each.perhapsOver = [...new Set([...each.perhapsOver, ...doubts])];
    if (meta.source.order === "end_play") play.perhapsOver = [...new Set([...play.perhapsOver, ...doubts])];
  }
  const rescued = outcome.status === "failed" && frame.rescued;
  const name = nameOf(meta);
  if (outcome.status === "failed") {
    host.tally[rescued ? "rescued" : "failed"] += 1;
    noteFailure(host, { ...meta, name, module: "meta", place: meta.source.place }, outcome, rescued);
  }
  const told = { id: meta.id, context: meta.context, module: "meta", place: meta.source.place };
  const kind = meta.handler ? "handler" : "task";
  context.emit(resultEvent(context, told, host.name, outcome, { name, kind, ignored: false, rescued, durationMs: 0 }));
  return obeyed;
}

function answerOf(
  { context, play }: Pick<Walk, "context" | "play">,
  meta: PlannedMeta,
  host: HostRun,
): { readonly outcome: Outcome; readonly obeyed: boolean } {
  const { held } = host;
  if (held) return { outcome: deferred(held.reason, held.because), obeyed: false };
  const causes = [...new Set([...causesOf(context, play, host, meta), ...assumptionsOf(host)])];
  const answer = occurrencesOf(context, play, host, meta);
  if (answer.kind === "occurrences") return { outcome: hangingOn(ok({}), causes), obeyed: true };
  return { outcome: neverKnown(context, meta, hangingOn(withheld(play, host, answer), causes)), obeyed: false };
}

/** Facts are gathered anew once somebody reads them: what was seen of the host for them so far does not count, either. */
async function clearFacts({ context, play }: Walk, meta: PlannedMeta, host: HostRun): Promise<void> {
  const gathered = Object.keys(host.facts).length > 0;
  forgetFacts(host);
  if (!gathered || host.awaits) return;
  await reaching(context, host, async () => {
    const session = await host.session.looking(taskScope(context, play, host, meta));
    session.forget();
    return null;
  });
}

/** The play is over for these hosts, and they have not failed: they take part in the next one. */
function end({ context }: Walk, hosts: readonly HostRun[], reason: string): void {
  for (const host of hosts) {
    if (host.state !== "active") continue;
    host.state = "ended";
    context.emit({ type: "host", name: host.name, event: "ended", reason });
  }
}
