import type { Connection } from "../../connection/connection.ts";
import { Bug } from "../../errors/bug.ts";
import type { BatchReply, Operation, Section, WriteOp } from "../../ops/ir.ts";
import { type Beside, type Hands, momentOf, type PlacedProbe, type WritingSession } from "./host-session.ts";
import { createSession, type SessionOf } from "./looking-session.ts";
import { type MachineLocks, overtakenBy, type Taken } from "./machine-lock.ts";
import { dropNotes, recordNotes } from "./pending-note.ts";
import { noLongerThan, sectionsOf } from "./probe-sections.ts";

/** What stands in front of a write. */
interface BeforeWrites {
  /** Unsaid: nobody else can write there. */
  readonly locks?: MachineLocks;
  /** As `RunContext` has it. */
  kept?(): Promise<void>;
}

export function writingSession(of: SessionOf, hands: Hands<Connection>, before: BeforeWrites): WritingSession {
  const { locks } = before;
  const { host, runId, clocks, book } = of;
  const session = createSession(of, hands);
  let beside: Beside | null = null;
  let concluding = false;
  const take = async (connection: Connection): Promise<Taken> => {
    const taken = locks === undefined ? withoutLock : await locks.take(connection);
    if (taken.opened) session.counts.lock();
    // What was seen of the machine by any of its hosts does not count any more.
    if (taken.overtaken) clocks.host.writes += 1;
    return taken;
  };
  const apply: WritingSession["apply"] = async (steps, user, then, ahead = () => [], withinMs) => {
    const local = steps.filter((step) => step.at === "controller");
    if (local.length > 0 && local.length < steps.length) {
      throw new Bug("steps on the host and on the controller travel in batches of their own");
    }
    const onController = local.length > 0;
    const connection = onController ? await hands.controller() : hands.host;
    // Looks ride along only where they go to the same place; those at the other end are a trip of their own.
    const here = ({ probe }: PlacedProbe): boolean => (probe.at === "controller") === onController;
    const wanted = session.seen.missing(
      session.joined(then, session.seen.ridingOn(ahead, true), [user]).filter(here),
      false,
    );
    const asking = session.notes.among(wanted, { user, onController });
    // Asked also where nothing else is looked at: what was written is perhaps that of another name of this machine.
    const looks = onController ? asking : session.withIdentity(asking);
    const place = session.notes.placeOf(user, onController);
    const notes = beside?.notes() ?? [];
    const drop = concluding ? (beside?.drop(place) ?? []) : [];
    const riding = beside;
    concluding = false;
    const where = onController ? { at: "controller" as const } : {};
    // A write invalidates what was seen before it even if it fails: it may have done something. It is counted at its
    // start and at its end, so that what another host saw while it was under way does not count either.
    // One that is written to before it was ever looked at has not said who it is: it may be the machine of any host.
    const anywhere = onController || clocks.identity?.known() === false || steps.some(changesOthers);
    const touched = anywhere ? clocks.everywhere : clocks.host;
    touched.writes += 1;
    const started = momentOf(clocks);
    const operations = steps.map((step) => noLongerThan(step, withinMs));
    const common = { user, within: [] };
    const noting: Section<Operation>[] =
      notes.length > 0 ? [{ ...common, stopAtFailure: false, operations: [{ ...recordNotes(notes), ...where }] }] : [];
    const behind: Section<Operation>[] =
      drop.length > 0
        ? [{ ...common, continues: true, stopAtFailure: true, operations: [{ ...dropNotes(drop), ...where }] }]
        : [];
    const sections: Section<Operation>[] = [
      ...noting,
      { ...common, stopAtFailure: true, operations },
      ...behind,
      ...sectionsOf(looks, withinMs),
    ];
    const locked = !onController || steps.some(changesController);
    const send = async (): Promise<BatchReply> => {
      const { holder, overtaken } = locked ? await take(connection) : withoutLock;
      if (overtaken) throw overtakenBy(host);
      // Here, and not where the intent was told: from there to the count of writes above nobody else may come in between.
      await before.kept?.();
      return connection.send({ runId, sections, ...(holder && { lock: holder }) });
    };
    let reply = await send();
    if (reply.unlocked && isUntouched(reply)) {
      // The channel that keeps the lock was lost, and nobody here knew yet. Nothing has run.
      session.counts.trip(reply);
      reply = await send();
    }
    session.entered(sections);
    const alone = momentOf(clocks) === started;
    touched.writes += 1;
    session.counts.trip(reply);
    const ofSteps = reply.replies[noting.length] ?? [];
    const [recorded] = noting.length > 0 ? (reply.replies[0] ?? []) : [];
    const [dropped] = behind.length > 0 ? (reply.replies[noting.length + 1] ?? []) : [];
    if (recorded?.kind === "failed") riding?.unrecorded(recorded.error.message);
    else if (recorded !== undefined && recorded.kind !== "not-run") book?.recorded(notes, place);
    if (dropped?.kind === "done") book?.removed(drop, place);
    const ofLooks = reply.replies.slice(noting.length + 1 + behind.length).flat();
    const at = alone ? momentOf(clocks) : started;
    session.seen.remember(looks, ofLooks, at);
    session.seen.leave(at);
    session.notes.hear(looks);
    if (!onController) clocks.identity?.heard(session.seen.remembered);
    const rest = then.filter((each) => !here(each));
    const lost = ofSteps.some(({ kind }) => kind === "unknown");
    const replyTo = rest.length > 0 && !lost ? await session.looking.lookAgain(rest) : session.seen.replyTo;
    return { replies: ofSteps, replyTo, lost: reply.lost ?? null };
  };
  const hold: WritingSession["hold"] = async (steps) => {
    const writes = steps.flatMap((step) => (step.kind === "wait-until" ? [] : [step]));
    const there = writes.some(({ at }) => at !== "controller") ? [hands.host] : [];
    const here = writes.some(changesController) ? [await hands.controller()] : [];
    let answer: "ours" | "overtaken" = "ours";
    for (const connection of [...there, ...here]) if ((await take(connection)).overtaken) answer = "overtaken";
    return answer;
  };
  const writing: WritingSession = {
    ...session.looking,
    apply,
    hold,
    beside(what) {
      beside = what;
      concluding = false;
      return () => {
        // A task that ran out of time may end when the next one has begun.
        if (beside === what) beside = null;
      };
    },
    conclude() {
      concluding = true;
    },
  };
  session.notes.isWrittenBy(writing);
  return writing;
}

const withoutLock: Taken = { holder: null, overtaken: false, opened: false };

function isUntouched({ replies }: BatchReply): boolean {
  return replies.every((each) => each.every(({ kind }) => kind === "not-run"));
}

/** Requests of APIs are made on the controller and change nothing of it. */
function changesController({ kind, at }: WriteOp): boolean {
  return at === "controller" && kind !== "http";
}

/** Through an API, or as a step says of itself: what it changes lies outside of its host. */
function changesOthers({ kind, touches }: WriteOp): boolean {
  return kind === "http" || (touches?.some((thing) => /^(internet|cluster):/.test(thing)) ?? false);
}
