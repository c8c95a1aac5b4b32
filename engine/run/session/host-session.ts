import type { Reader } from "../../connection/connection.ts";
import type { Counters, OpReply, ReadOp, Step, WriteOp } from "../../ops/ir.ts";
import type { NotePlace } from "./pending-book.ts";
import type { PendingNote } from "./pending-note.ts";

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
  /** Where a machine may turn out to be another one, too: what each trip asks for that, and whether it has been answered. */
  readonly identity: {
    readonly looks: readonly PlacedProbe[];
    heard(answers: Recall): void;
    known(): boolean;
  } | null;
}
/** Both only grow, so their sum is the same exactly when nothing was written. */
export function momentOf({ host, everywhere }: Pick<Clocks, "host" | "everywhere">): number {
  return host.writes + everywhere.writes;
}

/**
 * A host during a run: its connections, what was seen of it, and what it cost. In check mode it can only look. `withinMs`:
 * the task's time is up then, and no operation of the trip may take longer.
 */
export interface LookingSession {
  readonly host: string;
  /** Replies to the wanted looks. What was seen since the last write is not looked at again; `ahead` may add looks that later tasks will want, when a trip is made at all. */
  look(wanted: readonly PlacedProbe[], ahead?: Ahead, withinMs?: number): Promise<ReplyTo>;
  /** The same without the memory: for waiting. Counted apart. */
  lookAgain(wanted: readonly PlacedProbe[], withinMs?: number): Promise<ReplyTo>;
  /** The same for following a job: its trips are counted as `polls`, for their number says how long it took and no more. */
  poll(wanted: readonly PlacedProbe[], withinMs?: number): Promise<ReplyTo>;
  readonly memory: Memory;
  pause(milliseconds: number): Promise<void>;
  /** What was seen so far no longer counts. */
  forget(): void;
  counters(): Counters;
}
export interface WritingSession extends LookingSession {
  /** What goes along with the applies of a task, until it is told to end. */
  beside(what: Beside | null): () => void;
  /** The next apply is the last one of its task: if it succeeds its handler has done what it was called for. */
  conclude(): void;
  /**
   * Takes the locks of the machines that these steps write to, if they are not ours yet. `overtaken`: another run has written since we
   * looked, so look again. Throws MachineBusy.
   */
  hold(steps: readonly Step[]): Promise<"ours" | "overtaken">;
  /** Sends the steps in order until one fails, and looks afterwards in the same trip, whether one failed or not. */
  apply(
    steps: readonly WriteOp[],
    user: string | null,
    then: readonly PlacedProbe[],
    ahead?: Ahead,
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

/** What a host has answered so far. */
export interface Memory {
  /** What still counts; null: it would have to be looked at. */
  readonly known: Recall;
  /** As it was when it was last seen, whatever was written since: what to expect, never what is. */
  readonly remembered: Recall;
}

/** The trip that looks of later tasks may ride on. */
export interface Ride {
  /** What still counts once it is made: nothing where it writes. */
  readonly memory: Memory;
  readonly writes: boolean;
  /** Somebody else has made worthless what this host saw on its last trip. */
  readonly disturbed: boolean;
}
export type Ahead = (ride: Ride) => readonly PlacedProbe[];

/** The connections that a session needs. The controller's is opened when an operation asks for it. */
export interface Hands<C extends Reader> {
  readonly host: C;
  controller(): Promise<C>;
}
