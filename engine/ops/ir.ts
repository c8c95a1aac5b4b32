// Over 300 lines: one union and its parts; the compiler and the embedded lab have to agree on all of it.
import type { Secret } from "../value/secret.ts";
import type { Holder } from "./lock/holder-text.ts";

/**
 * The operations: the only way to touch a host. They are plain data; the shell compiler turns batches of them into one
 * script, the embedded lab interprets them. `effect` is part of the type: a connection that can only look takes no write.
 */

/** A word of an argv. A secret never is one: it travels in a 0600 file that exists only while the command runs, whose path becomes the word. */
export type Arg = string | SecretFile;
export interface SecretFile {
  readonly kind: "secret-file";
  readonly content: Secret;
  /** Put in front of the path in the same word: `--config=`. */
  readonly prefix: string;
}
export type Argv = readonly Arg[];

/** Content that is opened only when it is sent. Size in bytes; sha256 in lower-case hex. */
export interface StreamedContent {
  readonly kind: "streamed";
  readonly size: number;
  readonly sha256: string;
  open(): AsyncIterable<Uint8Array>;
}
/** What goes into a stdin or a file. A string is sent as UTF-8. */
export type Content = string | Uint8Array | Secret;

/** What a write expects to replace: the SHA-256 of the file the plan was made from, or that there was none. */
export type Expectation = { readonly sha256: string } | "absent";

interface Common {
  /** Where the operation runs: the task's host unless said otherwise. */
  readonly at?: "controller";
  /** Time limit of this operation, in milliseconds. */
  readonly limitMs?: number;
}

export interface ExecSpec extends Common {
  readonly kind: "exec";
  readonly argv: Argv;
  readonly stdin?: Content;
  readonly env?: Readonly<Record<string, string>>;
  /** Variables that the command must not see, whoever set them. */
  readonly unset?: readonly string[];
  /** Working directory, absolute. */
  readonly cwd?: string;
  /** A look: what it looks at, paths or units, so that a check knows which pending changes it would see. Unsaid: everything. */
  readonly looksAt?: readonly string[];
  /** Exit codes that are an answer and not a failure. Reads: every code unless given. Writes: 0 unless given. */
  readonly okCodes?: readonly number[];
  /** More output than this is an error, never a short answer. Bytes, stdout and stderr each. */
  readonly maxBytes?: number;
}
export interface FileSpec extends Common {
  readonly kind: "file";
  readonly path: string;
  readonly as: "text" | "bytes";
  readonly maxBytes?: number;
}
export interface StatSpec extends Common {
  readonly kind: "stat";
  readonly path: string;
  readonly follow: boolean;
  /** Also hash the content, if it is a regular file. */
  readonly sha256: boolean;
}
export interface ListSpec extends Common {
  readonly kind: "list";
  readonly path: string;
}
export interface HttpSpec extends Common {
  readonly kind: "http";
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string | Secret>>;
  readonly body?: Content;
  readonly insecure?: boolean;
  /** How often it is tried again where the server is not ready (429, 500, 502, 503, 504), with growing pauses or as long as it asks. */
  readonly retries?: number;
  /** That nobody answers there (refused, no such name, too slow) is an answer too, of status 0. */
  readonly orUnanswered?: true;
  /** How long it is asked again while nobody listens there: for a daemon that has just been started, or listens anew. */
  readonly patienceMs?: number;
  /** A change: statuses with which it is done; with another one it has failed, and no later step is sent. Unsaid: every status is an answer. */
  readonly okStatuses?: readonly number[];
  /** A look: what it looks at, so that a check knows which pending changes it would see (`internet:…` lies outside of all hosts). Unsaid: everything. */
  readonly looksAt?: readonly string[];
}
/** A named script: a constant text in ops/scripts, its data only through argv and stdin. */
export interface ScriptSpec extends Common {
  readonly kind: "script";
  readonly name: string;
  readonly argv: readonly string[];
  readonly stdin?: Content;
}

/** Of a file or folder. Unsaid: as that which it replaces, else as the system makes it (files 0644). */
export interface Ownership {
  /** Octal, `0644`. */
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
}

export interface WriteFileSpec extends Common, Ownership {
  readonly kind: "write-file";
  readonly path: string;
  readonly content: Content;
  /** Filled in by the engine from what the plan has read. */
  readonly expect?: Expectation;
  /** A path to hold with flock while comparing and replacing. */
  readonly lock?: string;
  /** A command that must accept the new file before it replaces the old one; the word `{}` becomes its path. */
  readonly validate?: readonly string[];
}
export interface UploadSpec extends Common, Ownership {
  readonly kind: "upload";
  readonly path: string;
  readonly content: StreamedContent;
  readonly expect?: Expectation;
}
export interface MkdirSpec extends Common, Ownership {
  readonly kind: "mkdir";
  readonly path: string;
  /** Make missing parents too (0755, of the executing user). */
  readonly parents: boolean;
}
export interface RemoveSpec extends Common {
  readonly kind: "remove";
  readonly path: string;
  readonly recursive: boolean;
  readonly expect?: Expectation;
}
export interface SymlinkSpec extends Common {
  readonly kind: "symlink";
  readonly path: string;
  readonly target: string;
}
export interface AttributesSpec extends Common, Ownership {
  readonly kind: "attributes";
  readonly path: string;
}

export type ReadSpec = ExecSpec | FileSpec | StatSpec | ListSpec | HttpSpec | ScriptSpec;
export type WriteSpec =
  | ExecSpec
  | WriteFileSpec
  | UploadSpec
  | MkdirSpec
  | RemoveSpec
  | SymlinkSpec
  | AttributesSpec
  | HttpSpec
  | ScriptSpec;

declare const answer: unique symbol;
/** A look. `A` is the type of its answer; it exists for the compiler only. */
export type ReadOp<A = unknown> = ReadSpec & { readonly effect: "read"; readonly [answer]?: A };
/** A change. */
export type WriteOp = WriteSpec & {
  readonly effect: "write";
  /** What the step can change, for the certainty of later checks: paths, units, containers. Unsaid: everything. */
  readonly touches?: readonly string[];
  /** Long work: runs detached from the connection, is followed to its end, and found again by whoever sends the same step. Commands only. */
  readonly job?: Job;
  /** The connection may be lost while it runs, by what it does (a reboot): the step is done all the same. */
  readonly mayDrop?: true;
};
/** How long work goes on. */
export interface Job {
  /** Then its whole process group is ended, wherever the controller is. */
  readonly limitMs: number;
  /** How often it is looked at. Unsaid: often at first, then less and less. */
  readonly pollMs?: number;
  /** How far it is, from a look that is made now and then while it runs. */
  readonly progress?: { readonly probe: ReadOp; of(answer: never): JobProgress | null };
}
export interface JobProgress {
  readonly done: number;
  /** Unsaid: nobody knows. */
  readonly total?: number;
  readonly unit: "bytes" | "items" | "percent";
  /** In the user's words: "pass 2, 3 bad areas". */
  readonly note?: string;
}
export type Operation = ReadOp | WriteOp;
export type AnswerOf<Op> = Op extends ReadOp<infer A> ? A : never;

/** Between steps: the engine looks until `holds`, at most `forMs`, with growing pauses. */
export interface WaitUntil<A = unknown> {
  readonly kind: "wait-until";
  readonly probe: ReadOp<A>;
  holds(answer: A): boolean;
  readonly why: string;
  readonly forMs: number;
  /** Why it will not come about any more; the wait ends at once. */
  hopeless?(answer: A): string | null;
  /** Where it did not come about: what to look at (a log), and what that tells the user. */
  explain?(answer: A): Explanation | null;
}
export interface Explanation {
  readonly probe: ReadOp<ExecAnswer>;
  tell(answer: ExecAnswer): string;
}
export type Step = WriteOp | WaitUntil<never>;

// ---- answers ----

export interface ExecAnswer {
  readonly code: number;
  /** Decoded as UTF-8 with replacement; the bytes as they came are in `bytes`. */
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Uint8Array;
}
export type FileType = "file" | "directory" | "symlink" | "block" | "char" | "fifo" | "socket";
export interface Stat {
  readonly type: FileType;
  /** Four octal digits: `0644`, `2770`. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** Name, or the number as text where the system has no name for it. */
  readonly owner: string;
  readonly group: string;
  readonly size: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  /** Where a symlink points (only with `follow: false`). */
  readonly target?: string;
  readonly sha256?: string;
}
export interface HttpAnswer {
  /** 0: nobody answered, see `unanswered`. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Why nobody answered; only where that was asked for (`orUnanswered`). */
  readonly unanswered?: string;
}
export interface WriteAnswer {
  /** The file could not be replaced by a rename and was written in place. */
  readonly inPlace?: boolean;
}

export type OpErrorCode =
  | "exit" // a command ended with a code that is not ok
  | "denied"
  | "is-directory"
  | "not-directory"
  | "not-text"
  | "too-large" // more output or content than allowed
  | "timeout"
  | "expectation" // the file is no longer what the plan has read: nothing was written
  | "conflict" // a server holds something else than what the plan was made from (412): nothing was written
  | "validate" // the validating command did not accept the new file: nothing was written
  | "raced" // a file changed while it was looked at
  | "payload" // a large content did not arrive: nothing was written
  | "not-found" // a command or a path that must exist does not
  | "no-entry" // a section's `within` was not entered: nothing of the section has run
  | "not-imitated" // the embedded lab does not know this tool or argument
  | "failed";
export interface OpError {
  readonly code: OpErrorCode;
  readonly message: string;
  /** For `exit`: the answer all the same. */
  readonly answer?: ExecAnswer;
}
/** What became of one operation. `digest` is that of a file that was read or hashed. */
export type OpReply =
  | { readonly kind: "done"; readonly answer: unknown; readonly digest?: Expectation }
  | { readonly kind: "failed"; readonly error: OpError }
  | { readonly kind: "not-run" } // an earlier step of its section failed
  | { readonly kind: "unknown" }; // the script was not read to its end: it may or may not have run

// ---- batches ----

/** Who operations run as inside of what a section's `within` enters, and what must be there before they do. */
export interface Inside {
  /** Null: whom entering makes, root of a container. */
  readonly user: string | null;
  /** What entering waits for. It fails at once where that is not so yet; asking again is the connection's part. */
  readonly once: "entered" | "up" | "networked";
}

/** Operations that run as one user in one environment, in order. */
export interface Section<Op extends Operation = Operation> {
  /** Null: the user of the connection. */
  readonly user: string | null;
  /** Words in front of the shell that enter another environment, a chain of them one after the other: `lxc-attach --clear-env -n 101 --`. `user` is who enters. */
  readonly within: readonly string[];
  /** Only with `within`. Unsaid: the bare environment as it is entered. */
  readonly inside?: Inside;
  /**
   * HTTP requests alone: they are made by this machine's curl in the network of a container on it, for which nothing has
   * to be in there. Commands that print the number of its first process, each as counted inside of the one before.
   */
  readonly network?: readonly (readonly string[])[];
  /** It goes on where the section before it ended: what has stopped that one has stopped it, too. */
  readonly continues?: true;
  /** After a failed operation the rest of the section does not run. Reads run all the same. */
  readonly stopAtFailure: boolean;
  readonly operations: readonly Op[];
}
/** What travels in one round trip. */
export interface Batch<Op extends Operation = Operation> {
  /** Names the run's scratch files on the host: letters, digits and dashes. */
  readonly runId: string;
  readonly sections: readonly Section<Op>[];
  /** Of a batch that writes: it runs only while this process on the machine lives, which keeps its lock for the run. */
  readonly lock?: Holder;
}
export type ReadBatch = Batch<ReadOp>;

export interface Counters {
  readonly roundTrips: number;
  /** How many of these are counted with another host, too, whose looks went with it. Unsaid: none. */
  readonly shared?: number;
  /** Trips that only asked how far a job is. Unsaid: none. */
  readonly polls?: number;
  /** Channels that were opened to keep a machine's lock. Unsaid: none. */
  readonly locks?: number;
  readonly operations: number;
  /** Processes that were started on the host. */
  readonly forks: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}
/** `replies[s][o]` belongs to operation `o` of section `s`. */
export interface BatchReply {
  readonly replies: readonly (readonly OpReply[])[];
  readonly counters: Counters;
  /** Why replies are `unknown`, in a user's words, where the connection knows it. */
  readonly lost?: string;
  /** The lock of the machine was no longer the run's: operations that are `not-run` have not run for that reason. */
  readonly unlocked?: true;
}
