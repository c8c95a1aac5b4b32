import { randomBytes } from "node:crypto";
import type { Payload } from "../ops/compiled.ts";
import { type Channel, Dropped, type Exit, writeTo } from "./channel.ts";
import { chained, packableBytes, packed, packsWell, unpacks, unpackText } from "./pack-content.ts";
import type { Line } from "./start-channel.ts";
import { startChannel } from "./start-channel.ts";

export interface PayloadSent {
  readonly sent: number;
  readonly received: number;
  /** Why it did not arrive whole; the script finds it missing and says what that means. */
  readonly failure: string | null;
}

/** Streams one large content over a channel of its own. `limitMs`: how long the host may then take to check and keep it. */
export async function sendPayload(line: Line, payload: Payload, limitMs: number): Promise<PayloadSent> {
  // Not before the far end reads: with sudo in front, what is sent too early would be taken for the password.
  const ready = `lab-ready-${randomBytes(8).toString("hex")}`;
  let pieces = slices(payload);
  const first = sizeOf(payload) < packableBytes ? null : await firstOf(pieces);
  if (first?.kind === "failed") return { sent: 0, received: 0, failure: first.why };
  if (first !== null) pieces = first.all;
  const packable = first !== null && (await packsWell(first.piece));
  const text = packable ? unpackText(ready) : `echo ${ready} >&2; exec "$@"`;
  const command = `sh -c '${text}' lab ${payload.command}`;
  const { channel, conversation, sent } = await startChannel(line, payload.user, command, ready);
  let bytes = sent;
  let failure: string | null = null;
  const stall = watchForStall(channel, () => bytes - channel.stdin.writableLength, line.stallMs);
  if (packable && conversation.said().includes(unpacks)) pieces = packed(pieces);
  try {
    await writeTo(
      channel,
      counted(pieces, (size) => (bytes += size)),
    );
  } catch (error) {
    // The content could not be read here: cut, so that the far end sees a short one and throws it away.
    channel.cut();
    failure = error instanceof Error ? error.message : String(error);
  }
  if (failure === null) await finished(channel);
  if (stall.end()) failure = `for ${line.stallMs / 1000} s nothing of it was taken`;
  const exit: Exit | "late" | "flood" = await conversation.end(limitMs);
  if (failure === null) {
    if (exit === "late") failure = `the host did not keep it within ${limitMs / 1000} s`;
    else if (exit === "flood") failure = "the host answered without end";
    else if (exit.code === null && exit.signal === null)
      throw new Dropped(`the connection to ${line.target.name} dropped`);
    else if (conversation.stdout().toString().trim() !== "ok") failure = conversation.stderr().toString().trim();
  }
  return { sent: bytes, received: conversation.received, failure };
}

/** Until the last byte has gone out, which is no longer ours to wait for without an end; or the channel has ended. */
async function finished(channel: Channel): Promise<void> {
  const flushed = new Promise<void>((resolve) => channel.stdin.end(resolve));
  await Promise.race([flushed, channel.exit]);
}

/** A large file over a slow line may take hours; what ends it is that nothing of it gets through any more. */
function watchForStall(channel: Channel, passed: () => number, stallMs: number): { end(): boolean } {
  let seen = -1;
  let stalled = false;
  const timer = setInterval(() => {
    const now = passed();
    if (now === seen) {
      stalled = true;
      channel.cut();
    }
    seen = now;
  }, stallMs);
  return {
    end() {
      clearInterval(timer);
      return stalled;
    },
  };
}

type First =
  | { readonly kind: "there"; readonly piece: Uint8Array; readonly all: AsyncGenerator<Uint8Array> }
  | { readonly kind: "failed"; readonly why: string };

/** The beginning of a content, and all of it. */
async function firstOf(pieces: AsyncGenerator<Uint8Array>): Promise<First> {
  try {
    const { value = new Uint8Array() } = await pieces.next();
    return { kind: "there", piece: value, all: chained(value, pieces) };
  } catch (error) {
    return { kind: "failed", why: error instanceof Error ? error.message : String(error) };
  }
}

function sizeOf({ content }: Payload): number {
  return content instanceof Uint8Array ? content.length : content.size;
}

// As large as an SSH window likes them; one slice is what a slow link makes us hold.
const sliceBytes = 256 * 1024;

async function* slices({ content }: Payload): AsyncGenerator<Uint8Array> {
  for await (const piece of content instanceof Uint8Array ? [content] : content.open())
    for (let at = 0; at < piece.length; at += sliceBytes) yield piece.subarray(at, at + sliceBytes);
}

async function* counted(chunks: AsyncIterable<Uint8Array>, add: (size: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    add(chunk.length);
    yield chunk;
  }
}
