import type { Reader } from "../../connection/connection.ts";
import type { Section } from "../../ops/ir.ts";
import { countTrips } from "./count-trips.ts";
import { type Clocks, type Hands, type LookingSession, momentOf, type PlacedProbe } from "./host-session.ts";
import { lookMemory } from "./look-memory.ts";
import { noteQuestions } from "./note-questions.ts";
import type { PendingBook } from "./pending-book.ts";
import { sectionsOf } from "./probe-sections.ts";

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
  const counts = countTrips();
  const seen = lookMemory(host, clocks, remembers);
  const notes = noteQuestions(book, seen.remembered);
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
  const withIdentity = (looks: readonly PlacedProbe[]): readonly PlacedProbe[] => [
    ...looks,
    ...(clocks.identity?.looks ?? []),
  ];
  const send = async (wanted: readonly PlacedProbe[], withinMs?: number, polling = false): Promise<void> => {
    const looks = notes.among(wanted);
    const there = looks.filter(({ probe }) => probe.at !== "controller");
    const onHost = there.length === 0 ? there : withIdentity(there);
    const onController = looks.filter(({ probe }) => probe.at === "controller");
    for (const part of [onHost, onController]) {
      if (part.length === 0) continue;
      const reader = part === onHost ? hands.host : await hands.controller();
      const at = momentOf(clocks);
      const sections = sectionsOf(part, withinMs);
      const reply = await reader.look({ runId, sections });
      if (polling) counts.poll(reply);
      else counts.trip(reply);
      entered(sections);
      seen.remember(part, reply.replies.flat(), at);
      if (part === onHost) clocks.identity?.heard(seen.remembered);
      notes.hear(part);
      seen.leave(at);
    }
  };

  const looking: LookingSession = {
    host,
    async look(wanted, ahead = () => [], withinMs) {
      const asking = notes.beside(wanted);
      if (seen.missing(wanted, true).length > 0 || asking.length > 0) {
        const riding = joined(wanted, seen.ridingOn(ahead, false), []);
        await send([...asking, ...seen.missing(riding, true)], withinMs);
      }
      return seen.replyTo;
    },
    memory: seen,
    async lookAgain(wanted, withinMs) {
      await send(seen.missing(wanted, false), withinMs);
      return seen.replyTo;
    },
    async poll(wanted, withinMs) {
      await send(seen.missing(wanted, false), withinMs, true);
      return seen.replyTo;
    },
    async pause(milliseconds) {
      // Who waits expects something to move: what anybody saw before, or sees meanwhile, no longer counts.
      clocks.host.writes += 1;
      await hands.host.pause(milliseconds);
      clocks.host.writes += 1;
      seen.leave(momentOf(clocks));
    },
    forget() {
      clocks.host.writes += 1;
      seen.leave(momentOf(clocks));
    },
    counters: counts.sum,
  };
  return { looking, counts, seen, notes, entered, joined, withIdentity };
}
