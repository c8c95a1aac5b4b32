import { randomBytes } from "node:crypto";
import type { Payload } from "../ops/compiled.ts";
import { Dropped, type Exit, writeTo } from "./channel.ts";
import type { Line } from "./start-channel.ts";
import { startChannel } from "./start-channel.ts";

export interface PayloadSent {
  readonly sent: number;
  readonly received: number;
  /** Why it did not arrive whole; the script finds it missing and says what that means. */
  readonly failure: string | null;
}

/** Streams one large content over a channel of its own. */
export async function sendPayload(line: Line, payload: Payload, limitMs: number): Promise<PayloadSent> {
  // Not before the far end reads: with sudo in front, what is sent too early would be taken for the password.
  const ready = `lab-ready-${randomBytes(8).toString("hex")}`;
  const command = `sh -c 'echo ${ready} >&2; exec "$@"' lab ${payload.command}`;
  const { channel, conversation, sent } = await startChannel(line, payload.user, command, ready);
  let bytes = sent;
  let failure: string | null = null;
  const ended = conversation.end(limitMs);
  try {
    await writeTo(
      channel,
      counted(slices(payload), (size) => (bytes += size)),
    );
    channel.stdin.end();
  } catch (error) {
    // The content could not be read here: cut, so that the far end sees a short one and throws it away.
    channel.cut();
    failure = error instanceof Error ? error.message : String(error);
  }
  const exit: Exit | "late" | "flood" = await ended;
  if (failure === null) {
    if (exit === "late") failure = `it did not arrive within ${limitMs / 1000} s`;
    else if (exit === "flood") failure = "the host answered without end";
    else if (exit.code === null && exit.signal === null)
      throw new Dropped(`the connection to ${line.target.name} dropped`);
    else if (conversation.stdout().toString().trim() !== "ok") failure = conversation.stderr().toString().trim();
  }
  return { sent: bytes, received: conversation.received, failure };
}

// As large as an SSH window likes them; one slice is what a slow link makes us hold.
const sliceBytes = 256 * 1024;

async function* slices(payload: Payload): AsyncGenerator<Uint8Array> {
  const { content } = payload;
  if (!(content instanceof Uint8Array)) {
    yield* content.open();
    return;
  }
  for (let at = 0; at < content.length; at += sliceBytes) yield content.subarray(at, at + sliceBytes);
}

async function* counted(chunks: AsyncIterable<Uint8Array>, add: (size: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    add(chunk.length);
    yield chunk;
  }
}
