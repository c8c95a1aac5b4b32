import { compileShell } from "../ops/compile-shell.ts";
import { describeOperation } from "../ops/describe-operation.ts";
import type { Batch, BatchReply, OpReply, Section } from "../ops/ir.ts";
import { Secret } from "../value/secret.ts";
import { arrived } from "./arrived.ts";
import type { Connection, OpenConnection } from "./connection.ts";

/** One batch that went to a host and came back, in words. */
export interface Trip {
  readonly host: string;
  readonly kind: "look" | "apply";
  readonly operations: readonly TripOperation[];
  /** The lines of the script that were made for it; the functions that they call are the same in every script. */
  readonly script: string;
  readonly durationMs: number;
  readonly forks: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}
export interface TripOperation {
  /** As whom, and through what it was entered, where that is not the connection's own user. */
  readonly as?: string;
  readonly text: string;
  /** `0`, `failed: …`, `not run`. */
  readonly answer: string;
}

/** Tells of every batch that is sent, when it has come back. Contents that are secret are taken out before anything is made of them. */
export function traceConnections(open: OpenConnection, now: () => number, tell: (trip: Trip) => void): OpenConnection {
  return async (target) => {
    const connection = await open(target);
    const traced = async (kind: Trip["kind"], batch: Batch, send: () => Promise<BatchReply>): Promise<BatchReply> => {
      const started = now();
      const reply = await send();
      const { forks, bytesSent, bytesReceived } = reply.counters;
      const operations = batch.sections.flatMap((section, index) => operationsOf(section, reply.replies[index] ?? []));
      const durationMs = now() - started;
      tell({
        host: target.name,
        kind,
        operations,
        script: scriptOf(batch),
        durationMs,
        forks,
        bytesSent,
        bytesReceived,
      });
      return reply;
    };
    return {
      target,
      look: (batch) => traced("look", batch, () => connection.look(batch)),
      send: (batch) => traced("apply", batch, () => connection.send(batch)),
      pause: (milliseconds) => connection.pause(milliseconds),
      ...(connection.hold && { hold: connection.hold }),
      ...(connection.reset && { reset: connection.reset }),
      close: () => connection.close(),
    } satisfies Connection;
  };
}

function operationsOf({ user, within, operations }: Section, replies: readonly OpReply[]): readonly TripOperation[] {
  const as = [...(within.length > 0 ? [within.join(" ")] : []), ...(user === null ? [] : [user])].join(" ");
  return operations.map((operation, index) => ({
    ...(as !== "" && { as }),
    text: describeOperation(operation),
    answer: answerOf(replies[index]),
  }));
}

function answerOf(reply: OpReply | undefined): string {
  switch (reply?.kind) {
    case "done": {
      const { answer } = reply;
      if (typeof answer === "object" && answer !== null && "code" in answer) return String(answer.code);
      if (typeof answer === "object" && answer !== null && "status" in answer) return String(answer.status);
      return answer === null ? "not there" : "done";
    }
    case "failed":
      return `failed (${reply.error.code}): ${reply.error.message}`;
    case "unknown":
      return "unknown: the connection was lost";
    default:
      return "not run";
  }
}

/** What was compiled for the operations themselves, between the functions that every script has. */
function scriptOf(batch: Batch): string {
  let count = 0;
  const ids = (): string => {
    count += 1;
    return String(count).padStart(16, "0");
  };
  // Where it went is known, to the controller or to a host: the compiler knows of no place.
  const { sections } = arrived(batch);
  const { script } = compileShell({ ...batch, sections: sections.map(withoutSecrets) }, { ids });
  const blocks = new TextDecoder().decode(script).match(/^if begin \d+ [\s\S]*?(?=^finish )/gm) ?? [];
  return blocks.join("\n");
}

/** A script carries the contents of small files in it, secret ones too. */
function withoutSecrets<T>(value: T): T {
  const without = (each: unknown): unknown => {
    if (each instanceof Secret) return new Secret("***");
    if (Array.isArray(each)) return each.map(without);
    const plain = typeof each === "object" && each !== null && Object.getPrototypeOf(each) === Object.prototype;
    return plain ? Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, without(inner)])) : each;
  };
  // The shape stays: of a Secret there is a Secret again.
  return without(value) as T;
}
