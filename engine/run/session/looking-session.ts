import type { Reader } from "../../connection/connection.ts";
import { Bug } from "../../errors/bug.ts";
import type { BatchReply, Counters, OpReply, Section } from "../../ops/ir.ts";
import {
  type Ahead,
  type Clocks,
  type Hands,
  type LookingSession,
  type Memory,
  momentOf,
  type PlacedProbe,
  type ReplyTo,
} from "./host-session.ts";
import type { NotePlace, NoteWriter, PendingBook } from "./pending-book.ts";
import { pendingName, pendingProbe, readNotes } from "./pending-note.ts";
import { keyOf, sectionsOf } from "./probe-sections.ts";

interface Seen {
  readonly reply: OpReply;
  readonly at: number;
}

const noCounters: Counters = { roundTrips: 0, operations: 0, forks: 0, bytesSent: 0, bytesReceived: 0 };

/** What a session is made from, beside its connections. */
export interface SessionOf {
  readonly host: string;
  readonly runId: string;
  readonly clocks: Clocks;
  readonly book: PendingBook | null;
  /** False: each task looks for itself, and what others have seen is not used (`--no-lookahead`). */
  readonly remembers: boolean;
}

export function lookingSession(of: SessionOf, hands: Hands<Reader>): LookingSession {
  return createSession(of, hands).looking;
}

/** With what a session needs that writes as well: both remember the same looks and count into the same counters. */
export function createSession({ host, runId, clocks, book, remembers }: SessionOf, hands: Hands<Reader>) {
  let counters = noCounters;
  const seen = new Map<string, Seen>();
  /** The moment at which this host last looked or wrote itself: where it is another one by now, somebody else has written. */
  let left = momentOf(clocks);
  const leave = (at: number): void => {
    left = at;
  };

  let shared = 0;
  let polls = 0;
  let locks = 0;
  const count = ({ counters: more }: BatchReply): void => {
    shared += more.shared ?? 0;
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
    return remembers && known && known.at === momentOf(clocks) && known.reply.kind === "done" ? known : undefined;
  };
  const remembered: Memory["remembered"] = (placed) => seen.get(keyOf(placed))?.reply ?? null;
  const memory: Memory = { known: (placed) => fresh(keyOf(placed))?.reply ?? null, remembered };
  /** Of a trip that writes nothing of what was seen before it counts any more. */
  const ridingOn = (ahead: Ahead, writes: boolean): readonly PlacedProbe[] =>
    remembers
      ? ahead({
          memory: writes ? { known: () => null, remembered } : memory,
          writes,
          disturbed: left !== momentOf(clocks),
        })
      : [];
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
  const withIdentity = (looks: readonly PlacedProbe[]): readonly PlacedProbe[] => [
    ...looks,
    ...(clocks.identity?.looks ?? []),
  ];
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
  /** Questions that nobody has put yet may be all that a trip is needed for: the looks were made in a play without handlers. */
  const put = new Set<string>();
  const unasked = (wanted: readonly PlacedProbe[]): readonly PlacedProbe[] =>
    withNotes(wanted).filter((each) => !wanted.includes(each) && !put.has(keyOf(each)));
  /** What waits here, if that was asked. */
  const hear = (looks: readonly PlacedProbe[]): void => {
    for (const each of looks) {
      const { probe, user } = each;
      if (probe.kind !== "script" || probe.name !== pendingName) continue;
      put.add(keyOf(each));
      const reply = seen.get(keyOf(each))?.reply;
      if (reply?.kind !== "done") continue;
      asked.add(keyOf(each));
      book?.found(readNotes(reply), placeOf(user, probe.at === "controller"));
    }
  };
  const send = async (wanted: readonly PlacedProbe[], withinMs?: number, polling = false): Promise<void> => {
    const looks = withNotes(wanted);
    const there = looks.filter(({ probe }) => probe.at !== "controller");
    const onHost = there.length === 0 ? there : withIdentity(there);
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
      if (part === onHost) clocks.identity?.heard(remembered);
      hear(part);
      leave(at);
    }
  };

  const looking: LookingSession = {
    host,
    async look(wanted, ahead = () => [], withinMs) {
      const asking = unasked(wanted);
      if (missing(wanted, true).length > 0 || asking.length > 0) {
        await send([...asking, ...missing(joined(wanted, ridingOn(ahead, false), []), true)], withinMs);
      }
      return replyTo;
    },
    memory,
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
      leave(momentOf(clocks));
    },
    forget: () => {
      clocks.host.writes += 1;
      leave(momentOf(clocks));
    },
    counters: () => ({
      ...counters,
      ...(shared > 0 && { shared }),
      ...(polls > 0 && { polls }),
      ...(locks > 0 && { locks }),
    }),
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
    ridingOn,
    leave,
    withIdentity,
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
