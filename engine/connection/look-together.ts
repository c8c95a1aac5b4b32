import { randomBytes } from "node:crypto";
import { compileShell } from "../ops/compile-shell.ts";
import type { BatchReply, ReadBatch } from "../ops/ir.ts";
import { assertReads } from "./reader-of.ts";
import type { Rider } from "./run-together.ts";
import { joinReplies, noCounters } from "./split-by-user.ts";

/** What a connection does with looks for several hosts. */
interface Ways {
  readonly loginUser: string;
  /** Some cannot travel with others. */
  alone(batch: ReadBatch): boolean;
  look(batch: ReadBatch): Promise<BatchReply>;
  carry(user: string | null, riders: readonly Rider[]): Promise<void>;
}

/** More than this in scripts is not put into one. Bytes. */
const mostBytes = 1024 * 1024;

/**
 * The looks of several hosts, those together whose channel is the same user's. One that needs a channel beside it for a large
 * content goes alone; and so does one that was not carried, where the machine has no place for what it answers.
 */
export function lookTogether(ways: Ways, batches: readonly ReadBatch[]): readonly Promise<BatchReply>[] {
  const groups: Group[] = [];
  // Whose look is none, or cannot be compiled, is told so by itself: the others have asked for nothing wrong.
  const answers = batches.map(async (batch): Promise<BatchReply> => {
    assertReads(batch);
    if (batches.length === 1 || ways.alone(batch)) return ways.look(batch);
    const compiled = compileShell(batch, { ids: () => randomBytes(16).toString("hex"), loginUser: ways.loginUser });
    if (compiled.payloads.length > 0) return ways.look(batch);
    return new Promise<BatchReply>((resolve, reject) => {
      const answer: Rider["answer"] = (reply, counters) => {
        const part = { replies: [], counters };
        resolve(
          reply ? { ...reply, counters } : ways.look(batch).then((whole): BatchReply => joinReplies(part, whole)),
        );
      };
      const rider = { batch, compiled, answer, reject };
      const size = compiled.script.length;
      const group = groups.find(({ user, bytes }) => user === compiled.user && bytes + size <= mostBytes);
      if (group) {
        group.riders.push(rider);
        group.bytes += size;
      } else groups.push({ user: compiled.user, bytes: size, riders: [rider] });
    });
  });
  for (const { user, riders } of groups) {
    const [only] = riders;
    if (only && riders.length === 1) {
      only.answer(null, noCounters);
      continue;
    }
    ways.carry(user, riders).catch((error: unknown) => {
      for (const { reject } of riders) reject(error);
    });
  }
  return answers;
}

interface Group {
  readonly user: string | null;
  bytes: number;
  readonly riders: (Rider & { reject(error: unknown): void })[];
}
