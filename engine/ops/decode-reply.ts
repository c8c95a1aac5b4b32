import { Buffer } from "node:buffer";
import type { CompiledBatch } from "./compiled.ts";
import type { Batch, OpReply, Section } from "./ir.ts";
import { decodeOperation, type Opened, openFrame } from "./reply/decode-operation.ts";
import { parseFrame } from "./reply/parse-frame.ts";

/** How the channel ended. Both null: it broke off, and what runs on the host is not known. */
export interface ChannelEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface DecodedReply {
  /** `replies[s][o]` belongs to operation `o` of section `s`. */
  readonly replies: readonly (readonly OpReply[])[];
  readonly forks: number;
  /** The script found that its run no longer has the lock, and did nothing. */
  readonly unlocked?: true;
}

/**
 * From a channel's output to one reply for each operation. Never throws for what a host sends: an answer that is cut short
 * becomes `unknown` where an operation may have run.
 */
export function decodeReply(
  batch: Batch,
  compiled: CompiledBatch,
  stdout: Uint8Array,
  stderr: Uint8Array,
  exit: ChannelEnd,
): DecodedReply {
  const { frame } = compiled;
  const ended = exit.code !== null || exit.signal !== null;
  const outer = openFrame(parseFrame(Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength), frame.nonce), {
    nonce: frame.nonce,
    maxBytes: frame.maxBytes,
    ended,
    notBegun: ended ? "refused" : "unknown",
    entering: "",
    within: false,
    printed: printed(Buffer.from(stderr).toString("utf8"), compiled.ready),
  });
  if (outer.frame.notes.has("lock")) {
    const replies = batch.sections.map(({ operations }) => operations.map((): OpReply => ({ kind: "not-run" })));
    return { replies, forks: outer.frame.forks, unlocked: true };
  }
  let forks = outer.frame.forks;
  // Sections that were entered together share one answer.
  const entered = new Map<string, Opened>();
  let id = 0;
  const replies = batch.sections.map((section: Section, index) => {
    const nested = frame.nested.find((entry) => entry.section === index);
    let opened = outer;
    if (nested !== undefined) {
      const known = entered.get(nested.name);
      opened = known ?? openNested(outer, nested, frame.maxBytes);
      if (known === undefined) forks += opened.frame.forks;
      entered.set(nested.name, opened);
    }
    return section.operations.map((operation) => decodeOperation(operation, String(id++), opened));
  });
  return { replies, forks };
}

function openNested(outer: Opened, nested: CompiledBatch["frame"]["nested"][number], maxBytes: number): Opened {
  const { name, nonce, entering, within } = nested;
  const notes = outer.frame.notes.get(name);
  const output = outer.frame.parts.get(`${name}.o`);
  const frame = parseFrame(output ?? Buffer.alloc(0), nonce);
  if (!outer.frame.begun) return { ...outer, frame };
  // Its output comes with the last group: without that an entered shell may have done anything, or run still.
  const arrived = output !== undefined && notes !== undefined;
  const untouched = notes === undefined && outer.ended;
  return openFrame(frame, {
    nonce,
    maxBytes,
    ended: arrived,
    notBegun: arrived ? "refused" : untouched ? "not-run" : "unknown",
    entering,
    within,
    printed: printed(
      // docker says on stdout why it did not let anybody in.
      (outer.frame.parts.get(`${name}.e`) ?? Buffer.alloc(0)).toString("utf8") +
        (frame.begun ? "" : (output ?? "").toString()),
      `lab-ready-${nonce}`,
    ),
  });
}

function printed(stderr: string, ready: string): string {
  return stderr
    .split("\n")
    .filter((line) => line.trim() !== ready)
    .join("\n")
    .trim();
}
