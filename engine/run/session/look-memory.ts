import { Bug } from "../../errors/bug.ts";
import type { OpReply } from "../../ops/ir.ts";
import { type Ahead, type Clocks, type Memory, momentOf, type PlacedProbe, type ReplyTo } from "./host-session.ts";
import { keyOf } from "./probe-sections.ts";

interface Seen {
  readonly reply: OpReply;
  readonly at: number;
}

/** What was seen of a host, and when: it counts until something is written that may change it. */
export interface LookMemory extends Memory {
  /** The looks that have to be made, each once, those of one user together. */
  missing(placed: readonly PlacedProbe[], useMemory: boolean): readonly PlacedProbe[];
  remember(placed: readonly PlacedProbe[], replies: readonly OpReply[], at: number): void;
  /** Of a look that was made, whatever was written since. */
  readonly replyTo: ReplyTo;
  /** The host has looked or written at this moment: where it is another one by now, somebody else has written. */
  leave(at: number): void;
  /** Looks of later tasks. Of a trip that writes nothing of what was seen before it counts any more. */
  ridingOn(ahead: Ahead, writes: boolean): readonly PlacedProbe[];
}

/** `remembers`: false where each task looks for itself. */
export function lookMemory(host: string, clocks: Clocks, remembers: boolean): LookMemory {
  const seen = new Map<string, Seen>();
  let left = momentOf(clocks);
  const fresh = (key: string): Seen | undefined => {
    const found = seen.get(key);
    // A look that failed is only not seen: in its turn it is made again, in a trip of its own.
    return remembers && found && found.at === momentOf(clocks) && found.reply.kind === "done" ? found : undefined;
  };
  const known: Memory["known"] = (placed) => fresh(keyOf(placed))?.reply ?? null;
  const remembered: Memory["remembered"] = (placed) => seen.get(keyOf(placed))?.reply ?? null;
  return {
    known,
    remembered,
    missing(placed, useMemory) {
      const byKey = new Map(placed.map((each) => [keyOf(each), each]));
      const wanted = [...byKey].filter(([key]) => !useMemory || !fresh(key)).map(([, each]) => each);
      return wanted.sort((a, b) => (a.user ?? "").localeCompare(b.user ?? ""));
    },
    remember(placed, replies, at) {
      placed.forEach((each, index) => {
        const reply = replies[index];
        if (!reply) throw new Bug(`a connection to ${host} left a look unanswered`);
        seen.set(keyOf(each), { reply, at });
      });
    },
    replyTo(placed) {
      const found = seen.get(keyOf(placed));
      if (!found) throw new Bug(`nothing was seen of ${placed.probe.kind} on ${host}`);
      return found.reply;
    },
    leave(at) {
      left = at;
    },
    ridingOn(ahead, writes) {
      if (!remembers) return [];
      const memory: Memory = { known: writes ? () => null : known, remembered };
      return ahead({ memory, writes, disturbed: left !== momentOf(clocks) });
    },
  };
}
