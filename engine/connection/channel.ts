import type { Readable, Writable } from "node:stream";

/** How a channel ended. Neither code nor signal: it was cut, what ran at the other end is not known. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it was cut, where that is known. */
  readonly reason?: string;
}

/** One command at the other end: a child process here, a session channel there. */
export interface Channel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles once both outputs were read to their end. Never rejects. */
  readonly exit: Promise<Exit>;
  /** Gives the channel up. */
  cut(): void;
}

/** Throws Dropped if the connection is gone, Refused if it carries no further channel now, Unreachable if it cannot be had at all. */
export type OpenChannel = (command: string) => Promise<Channel>;

/** The connection went away before anything was sent that could have changed the host: trying once more is safe. */
export class Dropped extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Dropped";
  }
}

/** The server opens no further channel beside those that are open (sshd's MaxSessions). */
export class Refused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Refused";
  }
}

/** Keeps the other side's pace: at most one chunk beyond the stream's own buffer is held. False if the channel ended first. */
export async function writeTo(
  channel: Channel,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<boolean> {
  let ended = false;
  const over = channel.exit.then(() => {
    ended = true;
  });
  for await (const chunk of chunks) {
    if (ended || !channel.stdin.writable) return false;
    if (channel.stdin.write(chunk)) continue;
    // A channel that closes never drains (nor calls back), so the wait must end with it.
    let drained: () => void = () => {};
    const drain = new Promise<void>((resolve) => {
      drained = resolve;
    });
    channel.stdin.once("drain", drained);
    await Promise.race([drain, over]);
    channel.stdin.off("drain", drained);
  }
  return !ended;
}
