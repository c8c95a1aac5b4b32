import type { StreamedContent } from "./ir.ts";

/** A large content that travels before the script, on a channel of its own. */
export interface Payload {
  /** The command for its channel, in a form that every login shell passes on: reads the content on stdin up to its end, answers `ok` on stdout when length and hash are right; else says why on stderr, and keeps nothing. */
  readonly command: string;
  readonly content: Uint8Array | StreamedContent;
  /** The user it must be stored as; null: the user of the connection. */
  readonly user: string | null;
}

/**
 * A batch as it travels. The channel runs `command`, which drops lines of its stdin until `marker` and then becomes a
 * shell; the connection sends `marker`, a newline and `script`, and closes stdin.
 */
export interface CompiledBatch {
  /** The command for the channel, in a form that every login shell (also fish and csh) passes on unchanged. */
  readonly command: string;
  /** The user that the channel runs as; null: the user of the connection. When not null the connection wraps `command` in sudo. */
  readonly user: string | null;
  readonly marker: string;
  /** Written by the bootstrap to stderr as a line of its own when it is ready to read. */
  readonly ready: string;
  readonly script: Uint8Array;
  readonly payloads: readonly Payload[];
  /** Processes that the script starts at most, apart from what the watchdog starts each further second; the reply counts all of them. */
  readonly forks: number;
  readonly operations: number;
  /** What `decodeReply` needs to find its way through the answer. */
  readonly frame: Frame;
}

export interface Frame {
  readonly nonce: string;
  /** Output of one stream that is still an answer, unless an operation says otherwise. Bytes. */
  readonly maxBytes: number;
  /** Sections that were entered from the script: neighbours with the same words together, as one answer inside the answer. */
  readonly nested: readonly {
    readonly section: number;
    readonly name: string;
    readonly nonce: string;
    readonly entering: string;
    /** It was not only another user's shell, but another environment. */
    readonly within: boolean;
  }[];
}
