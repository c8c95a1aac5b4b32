import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { FieldDiff } from "../plan/diff-fields.ts";
import type { Value } from "../value/value.ts";

/**
 * What a run tells: version 1 of the event format. Renderers subscribe to it; `--format jsonl` prints it, one object a
 * line, with `v`, `seq` and `time` in front. Readers ignore types and fields they do not know.
 */
export type RunEvent =
  | RunStarted
  | PlayStarted
  | TaskStarted
  | IncludeExpanded
  | BlockStarted
  | HostEvent
  | ResultEvent
  | StepEvent
  | TripEvent
  | ProgressEvent
  | NotifyEvent
  | WarningEvent
  | RecapEvent;

export type Status = "ok" | "changed" | "failed" | "skipped" | "unreachable" | "deferred";

export interface RunStarted {
  readonly type: "run";
  readonly id: string;
  readonly playbooks: readonly string[];
  readonly check: boolean;
  readonly hosts: readonly string[];
  /** With `--shard`: which one this is, from 1, of how many, and the hosts of all of them. */
  readonly shard?: { readonly index: number; readonly of: number; readonly hosts: readonly string[] };
}
export interface PlayStarted {
  readonly type: "play";
  readonly id: string;
  readonly name: string;
  /** Those of this batch. */
  readonly hosts: readonly string[];
  /** With `serial`: which batch this is, from 1, and of how many. */
  readonly batch?: { readonly number: number; readonly of: number };
  readonly position: Place;
}
export interface TaskStarted {
  readonly type: "task";
  readonly id: string;
  /** The play, block, include or role use that it belongs to. */
  readonly parent: string;
  readonly name: string;
  readonly module: string;
  readonly kind: "task" | "handler";
  readonly role?: string;
  readonly position: Place;
}
export interface IncludeExpanded {
  readonly type: "include";
  readonly id: string;
  readonly parent: string;
  readonly name: string;
  readonly host?: string;
  readonly position: Place;
}
/** A block begins on the hosts that come to it; with strategy free, on one. */
export interface BlockStarted {
  readonly type: "block";
  readonly id: string;
  /** The play, block or include that it stands in. */
  readonly parent: string;
  readonly name: string;
  readonly host?: string;
  readonly position: Place;
}
export interface HostEvent {
  readonly type: "host";
  readonly name: string;
  readonly machine?: string;
  readonly event: "added" | "unreachable" | "ended";
  readonly reason?: string;
  readonly hint?: string;
}
export interface ResultEvent {
  readonly type: "result";
  readonly id: string;
  readonly taskId: string;
  readonly host: string;
  /** The host that was acted on instead (`delegate_to`, `connection`). */
  readonly on?: string;
  readonly item?: Value;
  readonly index?: number;
  /** Which try it was, from 1: `until` and `retries`. */
  readonly attempt: number;
  readonly kind: "task" | "handler" | "item";
  readonly name: string;
  readonly module: string;
  readonly role?: string;
  readonly status: Status;
  /** Check mode only. Certain: the run will do exactly this. */
  readonly certainty?: "certain" | "assumed";
  /** The earlier tasks that an assumed or deferred result hangs on. */
  readonly because?: readonly string[];
  readonly reason?: string;
  readonly hint?: string;
  readonly rescued?: boolean;
  readonly ignored?: boolean;
  readonly changed: boolean;
  readonly before?: Value;
  readonly after?: Value;
  readonly diff?: readonly FieldDiff[];
  /** The task's own `diff: true`: it is shown in full also where nobody asked for diffs. */
  readonly showDiff?: boolean;
  /** What was sent or would be sent, a line each, secrets redacted. */
  readonly steps?: readonly string[];
  /** Fields that the change was to set and that have another value now. */
  readonly mismatch?: readonly { readonly path: string; readonly wanted: Value; readonly got: Value }[];
  readonly result?: Value;
  readonly warnings: readonly string[];
  readonly durationMs: number;
  readonly position: Place;
}
export interface StepEvent {
  readonly type: "step";
  readonly taskId: string;
  readonly host: string;
  readonly state: "intent" | "done" | "failed" | "unknown";
  readonly step: string;
}
/** A batch that went to a host and came back; told with `-vv` alone, and never in the journal. */
export interface TripEvent {
  readonly type: "trip";
  readonly host: string;
  readonly kind: "look" | "apply";
  /** What was asked for or done, as whom, and what came back: an exit code, `done`, why it failed. */
  readonly operations: readonly { readonly as?: string; readonly text: string; readonly answer: string }[];
  /** The lines of the script that were made for it. */
  readonly script: string;
  readonly durationMs: number;
  readonly forks: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}
export interface ProgressEvent {
  readonly type: "progress";
  readonly taskId: string;
  readonly host: string;
  readonly text: string;
  /** 0 to 1, where it is known. */
  readonly fraction?: number;
  /** A try that did not come to what was waited for (`until`, `retries`): which one, and of how many. */
  readonly attempt?: { readonly number: number; readonly of: number };
}
export interface NotifyEvent {
  readonly type: "notify";
  readonly handler: string;
  readonly host: string;
  readonly state: "recorded" | "fired" | "cleared";
  /** The earlier run that has left it. */
  readonly from?: string;
}
export interface WarningEvent {
  readonly type: "warning";
  readonly diagnostic: Diagnostic;
}
export interface HostRecap {
  readonly ok: number;
  readonly changed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly unreachable: number;
  readonly deferred: number;
  /** Check mode: how many of the results are assumed. */
  readonly assumed: number;
  readonly rescued: number;
  readonly ignored: number;
  readonly roundTrips: number;
  /** How many of these are counted with another host of the same machine, too, with whose looks its own have travelled. */
  readonly shared?: number;
  /** Trips that only asked how far a job is; they are not among the round trips. */
  readonly polls?: number;
  /** Channels that were opened to keep a machine's lock; they are not among the round trips either. */
  readonly locks?: number;
  readonly operations: number;
  readonly forks: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}
export interface RecapEvent {
  readonly type: "recap";
  readonly hosts: Readonly<Record<string, HostRecap>>;
  readonly durationMs: number;
  readonly exitCode: number;
}
export type { FieldDiff };
export type Emit = (event: RunEvent) => void;
