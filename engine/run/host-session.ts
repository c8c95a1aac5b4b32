import type { Connection, Reader } from "../connection/connection.ts";
import { Bug } from "../errors/bug.ts";
import type { BatchReply, Counters, Operation, OpReply, ReadOp, Section, WriteOp } from "../ops/ir.ts";
import { limitMsOf } from "../ops/limits.ts";
import { canonical } from "./canonical.ts";
import { type MachineLocks, overtakenBy, type Taken } from "./machine-lock.ts";
import type { NotePlace, NoteWriter, PendingBook } from "./pending-book.ts";
import { dropNotes, type PendingNote, pendingName, pendingProbe, readNotes, recordNotes } from "./pending-note.ts";

/** A look with the user that it is made as; null is the user of the connection. */
export interface PlacedProbe {
  readonly probe: ReadOp;
  readonly user: string | null;
}

/** Counts what was sent since a moment: an observation is used only if nothing was. Shared by hosts that can affect each other. */
export interface WriteClock {
  writes: number;
}
export interface Clocks {
  readonly host: WriteClock;
  /** Of writes on the controller and through APIs. */
  readonly everywhere: WriteClock;
}
/** Both only grow, so their sum is the same exactly when nothing was written. */
function momentOf({ host, everywhere }: Clocks): number {
  return host.writes + everywhere.writes;
}

/**
 * A host during a run: its connections, what was seen of it, and what it cost. In check mode it can only look. `withinMs`:
 * the task's time is up then, and no operation of the trip may take longer.
 */
export interface LookingSession {
  readonly host: string;
  /** Replies to the wanted looks. What was seen since the last write is not looked at again; `ahead` may add looks that later tasks will want, when a trip is made at all. */
  look(wanted: readonly PlacedProbe[], ahead?: () => readonly PlacedProbe[], withinMs?: number): Promise<ReplyTo>;
  /** The same without the memory: for waiting. Counted apart. */
  lookAgain(wanted: readonly PlacedProbe[], withinMs?: number): Promise<ReplyTo>;
  /** The same for following a job: its trips are counted as `polls`, for their number says how long it took and no more. */
  poll(wanted: readonly PlacedProbe[], withinMs?: number): Promise<ReplyTo>;
  /** What is known of a look and still counts; null: it would have to be made. */
  recall: Recall;
  pause(milliseconds: number): Promise<void>;
  /** What was seen so far no longer counts. */
  forget(): void;
  counters(): Counters;
}
export interface WritingSession extends LookingSession {
  /** What goes along with the next applies of a task; null: nothing any more. */
  beside(what: Beside | null): void;
  /** The next apply is the last one of its task: if it succeeds its handler has done what it was called for. */
  conclude(): void;
  /** Takes the machine's lock, if it is not ours yet. `overtaken`: another run has written since we looked, so look again. Throws MachineBusy. */
  hold(): Promise<"ours" | "overtaken">;
  /** Sends the steps in order until one fails, and looks afterwards in the same trip, whether one failed or not. */
  apply(
    steps: readonly WriteOp[],
    user: string | null,
    then: readonly PlacedProbe[],
    ahead?: () => readonly PlacedProbe[],
    withinMs?: number,
  ): Promise<Applied>;
}
/** Notifications that go along with what a task sends. */
export interface Beside {
  /** What is to be recorded before its first step. Asked then: its own look may find that it lies there. */
  notes(): readonly PendingNote[];
  /** Ids of those that are removed behind its last one, where that went well. */
  drop(place: NotePlace): readonly string[];
  /** There is no place for them. */
  unrecorded(why: string): void;
}
export interface Applied {
  readonly replies: readonly OpReply[];
  readonly replyTo: ReplyTo;
  /** Why the answer did not come whole; null if it did. */
  readonly lost: string | null;
}
export type ReplyTo = (placed: PlacedProbe) => OpReply;
export type Recall = (placed: PlacedProbe) => OpReply | null;

/** The connections that a session needs. The controller's is opened when an operation asks for it. */
export interface Hands<C extends Reader> {
  readonly host: C;
  controller(): Promise<C>;
}

interface Seen {
  readonly reply: OpReply;
  readonly at: number;
}

const noCounters: Counters = { roundTrips: 0, operations: 0, forks: 0, bytesSent: 0, bytesReceived: 0 };

export function lookingSession(
  host: string,
  hands: Hands<Reader>,
  runId: string,
  clocks: Clocks,
  book: PendingBook | null,
): LookingSession {
  return createSession(host, hands, runId, clocks, book).looking;
}

export function writingSession(
  host: string,
  hands: Hands<Connection>,
  runId: string,
  clocks: Clocks,
  locks: MachineLocks | null,
  book: PendingBook | null,
): WritingSession {
  const session = createSession(host, hands, runId, clocks, book);
  let beside: Beside | null = null;
  let concluding = false;
  const take = async (connection: Connection): Promise<Taken> => {
    const taken = locks === null ? withoutLock : await locks.take(connection);
    if (taken.opened) session.countLock();
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
    const wanted = session.missing(session.joined(then, ahead(), [user]).filter(here), false);
    const looks = session.withNotes(wanted, { user, onController });
    const place = session.placeOf(user, onController);
    const notes = beside?.notes() ?? [];
    const drop = concluding ? (beside?.drop(place) ?? []) : [];
    const riding = beside;
    concluding = false;
    const at = onController ? { at: "controller" as const } : {};
    // A write invalidates what was seen before it even if it fails: it may have done something. It is counted at its
    // start and at its end, so that what another host saw while it was under way does not count either.
    const touched = onController || steps.some(changesOthers) ? clocks.everywhere : clocks.host;
    touched.writes += 1;
    const started = momentOf(clocks);
    const operations = steps.map((step) => noLongerThan(step, withinMs));
    const common = { user, within: [] };
    const before: Section<Operation>[] =
      notes.length > 0 ? [{ ...common, stopAtFailure: false, operations: [{ ...recordNotes(notes), ...at }] }] : [];
    const behind: Section<Operation>[] =
      drop.length > 0
        ? [{ ...common, continues: true, stopAtFailure: true, operations: [{ ...dropNotes(drop), ...at }] }]
        : [];
    const sections: Section<Operation>[] = [
      ...before,
      { ...common, stopAtFailure: true, operations },
      ...behind,
      ...sectionsOf(looks, withinMs),
    ];
    // Requests of APIs are made on the controller and change nothing of it.
    const locked = !onController || steps.some(({ kind }) => kind !== "http");
    const send = async (): Promise<BatchReply> => {
      const { holder, overtaken } = locked ? await take(connection) : withoutLock;
      if (overtaken) throw overtakenBy(host);
      return connection.send({ runId, sections, ...(holder && { lock: holder }) });
    };
    let reply = await send();
    if (reply.unlocked && isUntouched(reply)) {
      // The channel that keeps the lock was lost, and nobody here knew yet. Nothing has run.
      session.count(reply);
      reply = await send();
    }
    session.entered(sections);
    const alone = momentOf(clocks) === started;
    touched.writes += 1;
    session.count(reply);
    const ofSteps = reply.replies[before.length] ?? [];
    const [recorded] = before.length > 0 ? (reply.replies[0] ?? []) : [];
    const [dropped] = behind.length > 0 ? (reply.replies[before.length + 1] ?? []) : [];
    if (recorded?.kind === "failed") riding?.unrecorded(recorded.error.message);
    else if (recorded !== undefined && recorded.kind !== "not-run") book?.recorded(notes, place);
    if (dropped?.kind === "done") book?.removed(drop, place);
    const ofLooks = reply.replies.slice(before.length + 1 + behind.length).flat();
    session.remember(looks, ofLooks, alone ? momentOf(clocks) : started);
    session.hear(looks);
    const rest = then.filter((each) => !here(each));
    const lost = ofSteps.some(({ kind }) => kind === "unknown");
    const replyTo = rest.length > 0 && !lost ? await session.looking.lookAgain(rest) : session.replyTo;
    return { replies: ofSteps, replyTo, lost: reply.lost ?? null };
  };
  const hold = async (): Promise<"ours" | "overtaken"> => ((await take(hands.host)).overtaken ? "overtaken" : "ours");
  const writing: WritingSession = {
    ...session.looking,
    apply,
    hold,
    beside(what) {
      beside = what;
      concluding = false;
    },
    conclude() {
      concluding = true;
    },
  };
  session.isWrittenBy(writing);
  return writing;
}

const withoutLock: Taken = { holder: null, overtaken: false, opened: false };

function isUntouched({ replies }: BatchReply): boolean {
  return replies.every((each) => each.every(({ kind }) => kind === "not-run"));
}

function createSession(host: string, hands: Hands<Reader>, runId: string, clocks: Clocks, book: PendingBook | null) {
  let counters = noCounters;
  const seen = new Map<string, Seen>();

  let polls = 0;
  let locks = 0;
  const count = ({ counters: more }: BatchReply): void => {
    counters = {
      roundTrips: counters.roundTrips + more.roundTrips,
      operations: counters.operations + more.operations,
      forks: counters.forks + more.forks,
      bytesSent: counters.bytesSent + more.bytesSent,
      bytesReceived: counters.bytesReceived + more.bytesReceived,
    };
  };
  const fresh = (key: string): Seen | undefined => {
    const known = seen.get(key);
    // A look that failed is only not seen: in its turn it is made again, in a trip of its own.
    return known && known.at === momentOf(clocks) && known.reply.kind === "done" ? known : undefined;
  };
  /** The looks that have to be made, each once, those of one user together. */
  const missing = (placed: readonly PlacedProbe[], useMemory: boolean): readonly PlacedProbe[] => {
    const byKey = new Map(placed.map((each) => [keyOf(each), each]));
    const wanted = [...byKey].filter(([key]) => !useMemory || !fresh(key)).map(([, each]) => each);
    return wanted.sort((a, b) => (a.user ?? "").localeCompare(b.user ?? ""));
  };
  // A batch is refused as a whole where one of its users cannot be become: only those looks may ride along whose user
  // was let in before, or is needed anyway. A later task's mistake must not fail this one.
  const users = new Set<string | null>([null]);
  const entered = (sections: readonly Section[]): void => {
    for (const { user } of sections) users.add(user);
  };
  const joined = (
    wanted: readonly PlacedProbe[],
    ahead: readonly PlacedProbe[],
    needed: readonly (string | null)[],
  ): readonly PlacedProbe[] => {
    const may = new Set([...users, ...needed, ...wanted.map(({ user }) => user)]);
    return [...wanted, ...ahead.filter(({ user }) => may.has(user))];
  };
  const remember = (placed: readonly PlacedProbe[], replies: readonly OpReply[], at: number): void => {
    placed.forEach((each, index) => {
      const reply = replies[index];
      if (!reply) throw new Bug(`a connection to ${host} left a look unanswered`);
      seen.set(keyOf(each), { reply, at });
    });
  };
  const replyTo: ReplyTo = (placed) => {
    const known = seen.get(keyOf(placed));
    if (!known) throw new Bug(`nothing was seen of ${placed.probe.kind} on ${host}`);
    return known.reply;
  };
  let writer: NoteWriter | null = null;
  const placeOf = (user: string | null, controller: boolean): NotePlace => ({ session: writer, user, controller });
  /** For whom it has been asked what notifications wait here: once for each user, with the first looks that are theirs. */
  const asked = new Set<string>();
  const withNotes = (
    looks: readonly PlacedProbe[],
    applying?: { readonly user: string | null; readonly onController: boolean },
  ): readonly PlacedProbe[] => {
    if (!book?.wanted) return looks;
    const all = [...looks];
    const ask = (user: string | null, onController: boolean): void => {
      const probe = onController ? { ...pendingProbe, at: "controller" as const } : pendingProbe;
      const asking = { probe, user };
      if (asked.has(keyOf(asking)) || all.some((each) => keyOf(each) === keyOf(asking))) return;
      const first = all.findIndex((each) => each.user === user && (each.probe.at === "controller") === onController);
      all.splice(Math.max(0, first), 0, asking);
    };
    for (const { probe, user } of looks) ask(user, probe.at === "controller");
    if (applying) ask(applying.user, applying.onController);
    return all;
  };
  /** What waits here, if that was asked. */
  const hear = (looks: readonly PlacedProbe[]): void => {
    for (const each of looks) {
      const { probe, user } = each;
      const reply = seen.get(keyOf(each))?.reply;
      if (probe.kind !== "script" || probe.name !== pendingName || reply?.kind !== "done") continue;
      asked.add(keyOf(each));
      book?.found(readNotes(reply), placeOf(user, probe.at === "controller"));
    }
  };
  const send = async (wanted: readonly PlacedProbe[], withinMs?: number, polling = false): Promise<void> => {
    const looks = withNotes(wanted);
    const onHost = looks.filter(({ probe }) => probe.at !== "controller");
    const onController = looks.filter(({ probe }) => probe.at === "controller");
    for (const part of [onHost, onController]) {
      if (part.length === 0) continue;
      const reader = part === onHost ? hands.host : await hands.controller();
      const at = momentOf(clocks);
      const sections = sectionsOf(part, withinMs);
      const reply = await reader.look({ runId, sections });
      if (polling) polls += reply.counters.roundTrips;
      else count(reply);
      entered(sections);
      remember(part, reply.replies.flat(), at);
      hear(part);
    }
  };

  const looking: LookingSession = {
    host,
    async look(wanted, ahead = () => [], withinMs) {
      if (missing(wanted, true).length > 0) await send(missing(joined(wanted, ahead(), []), true), withinMs);
      return replyTo;
    },
    recall: (placed) => fresh(keyOf(placed))?.reply ?? null,
    async lookAgain(wanted, withinMs) {
      await send(missing(wanted, false), withinMs);
      return replyTo;
    },
    async poll(wanted, withinMs) {
      await send(missing(wanted, false), withinMs, true);
      return replyTo;
    },
    async pause(milliseconds) {
      // Who waits expects something to move: what anybody saw before, or sees meanwhile, no longer counts.
      clocks.host.writes += 1;
      await hands.host.pause(milliseconds);
      clocks.host.writes += 1;
    },
    forget: () => {
      clocks.host.writes += 1;
    },
    counters: () => ({ ...counters, ...(polls > 0 && { polls }), ...(locks > 0 && { locks }) }),
  };
  const countLock = (): void => {
    locks += 1;
  };
  const isWrittenBy = (writing: NoteWriter): void => {
    writer = writing;
  };
  return {
    looking,
    missing,
    joined,
    entered,
    remember,
    replyTo,
    count,
    countLock,
    withNotes,
    placeOf,
    hear,
    isWrittenBy,
  };
}

/** Through an API, or as a step says of itself: what it changes lies outside of its host. */
function changesOthers({ kind, touches }: WriteOp): boolean {
  return kind === "http" || (touches?.some((thing) => thing.startsWith("internet:")) ?? false);
}

/** Neighbours of one user share a section. */
function sectionsOf(placed: readonly PlacedProbe[], withinMs: number | undefined): readonly Section<ReadOp>[] {
  const sections: { user: string | null; operations: ReadOp[] }[] = [];
  for (const { probe: whole, user } of placed) {
    const probe = noLongerThan(whole, withinMs);
    const last = sections.at(-1);
    if (last && last.user === user) last.operations.push(probe);
    else sections.push({ user, operations: [probe] });
  }
  return sections.map((section) => ({ ...section, within: [], stopAtFailure: false }));
}

/** What is seen is remembered by the look itself, however long the task that wanted it had. */
function noLongerThan<Op extends Operation>(operation: Op, withinMs: number | undefined): Op {
  if (withinMs === undefined || limitMsOf(operation) <= withinMs) return operation;
  return { ...operation, limitMs: withinMs };
}

function keyOf({ probe, user }: PlacedProbe): string {
  return `${user ?? ""} ${canonical(probe)}`;
}
