import { Unreachable } from "../../connection/connection.ts";
import { Bug, unreachable } from "../../errors/bug.ts";
import type { Batch, BatchReply, OpError, Operation, OpReply, Section } from "../../ops/ir.ts";
import { folderThere } from "../../ops/reply/host-error.ts";
import { Secret } from "../../value/secret.ts";
import { FileError } from "../files/file-tree.ts";
import { findUser, type User } from "../host/accounts.ts";
import { replicate } from "../pve/cluster/replicate.ts";
import { runScheduler } from "../pve/run-scheduler.ts";
import { LookWouldWrite, openSession } from "../session.ts";
import { NotImitated } from "../tool.ts";
import type { Host, Internet } from "../world.ts";
import { type Entered, enterSection } from "./enter-section.ts";
import { interpretExec } from "./interpret-exec.ts";
import { interpretHttp } from "./interpret-http.ts";
import { fileReply, listReply, statReply } from "./interpret-reads.ts";
import { interpretScript } from "./interpret-script.ts";
import { interpretWrite } from "./interpret-writes.ts";
import { advanceJobs } from "./jobs.ts";
import type { Uploads } from "./uploads.ts";

export type { Uploads } from "./uploads.ts";

export interface Interpretation {
  readonly reply: BatchReply;
  /** Whether anything but the clock is different now. */
  readonly changed: boolean;
  /** The other hosts that are different now, by name. */
  readonly neighbours: ReadonlySet<string>;
}

/** Carries out one batch on a host of the lab and answers as a real one would. `user`: who the connection logs in as. */
export function interpret(
  host: Host,
  user: string,
  batch: Batch,
  uploads: Uploads = new Map(),
  internet: Internet = {},
  network: Readonly<Record<string, Host>> = {},
): Interpretation {
  if (host.upAt !== undefined && host.clockMs < host.upAt) {
    // Trying costs time as well.
    host.clockMs += 1000;
    throw new Unreachable(`${host.hostname} does not answer: connect: no route to host`, "it is restarting");
  }
  let changed = false;
  const neighbours = new Set<string>();
  let operations = 0;
  let forks = BATCH_FORKS;
  host.clockMs += BATCH_MS;
  if (runScheduler(host)) changed = true;
  if (advanceJobs(host)) changed = true;
  let stopped = false;
  const replies = batch.sections.map((section) => {
    if (section.continues !== true) stopped = false;
    const place = entered(host, user, section);
    if (section.within.length > 0) {
      forks += ENTER_FORKS;
      host.clockMs += ENTER_MS;
    }
    return section.operations.map((operation): OpReply => {
      if (stopped && operation.effect === "write") return { kind: "not-run" };
      operations += 1;
      if (operation.kind === "exec" || operation.kind === "script") forks += 1;
      host.clockMs += OPERATION_MS;
      if (place.kind === "failed") {
        if (section.stopAtFailure) stopped = true;
        return place;
      }
      const reply = guarded(operation, () => {
        const note = (neighbour?: string) => {
          changed = true;
          if (neighbour !== undefined) neighbours.add(neighbour);
        };
        const outer = openSession(host, place.user, operation.effect, note, internet, network);
        const session = place.kind === "inside" ? place.open(outer) : outer;
        // An operation before it has stopped what it runs in: a real shell would have been killed with it.
        return session === undefined ? { kind: "unknown" } : perform(session, operation, batch.runId, uploads);
      });
      if (reply.kind === "failed" && section.stopAtFailure) stopped = true;
      return reply;
    });
  });
  if (changed) for (const name of replicate(host, network)) neighbours.add(name);
  const counters = { roundTrips: 1, operations, forks, bytesSent: sizeOf(batch), bytesReceived: sizeOf(replies) };
  return { reply: { replies, counters }, changed, neighbours };
}

/** What a batch costs beside its operations: the shell, its scratch folder, the framing. Simulated time in milliseconds. */
const BATCH_FORKS = 3;
const BATCH_MS = 20;
const OPERATION_MS = 2;
const ENTER_MS = 10;
const ENTER_FORKS = 4;

type Place =
  | (Exclude<Entered, { readonly kind: "failed" }> & { readonly user: User })
  | (OpReply & { readonly kind: "failed" });

function entered(host: Host, user: string, section: Section): Place {
  const as = sectionUser(host, user, section);
  if (as.kind === "failed") return as;
  try {
    const place = enterSection(
      openSession(host, as.user, "read", () => {}),
      section,
    );
    return place.kind === "failed" ? place : { ...place, user: as.user };
  } catch (error) {
    if (!(error instanceof NotImitated)) throw error;
    return notImitated(error);
  }
}

type Session = ReturnType<typeof openSession>;
function perform(session: Session, operation: Operation, runId: string, uploads: Uploads): OpReply {
  switch (operation.kind) {
    case "exec":
      return interpretExec(session, operation, runId);
    case "file":
      return fileReply(session, operation);
    case "stat":
      return statReply(session, operation);
    case "list":
      return listReply(session, operation);
    case "script":
      return interpretScript(session, operation);
    case "http":
      return interpretHttp(session, operation);
    case "upload":
    case "write-file":
    case "mkdir":
    case "remove":
    case "symlink":
    case "attributes":
      return interpretWrite(session, operation, runId, uploads);
    default:
      return unreachable(operation);
  }
}

function sectionUser(
  host: Host,
  user: string,
  section: Section,
): { readonly kind: "user"; readonly user: User } | (OpReply & { kind: "failed" }) {
  const name = section.user ?? user;
  const found = findUser(host, name);
  if (found === undefined) return failed({ code: "failed", message: `${host.hostname} has no user "${name}"` });
  return { kind: "user", user: found };
}

/** Turns what a file operation or a tool throws into the operation's error. */
function guarded(operation: Operation, run: () => OpReply): OpReply {
  try {
    return run();
  } catch (error) {
    if (error instanceof FileError) return failed(errorOf(operation, error));
    if (error instanceof NotImitated) return notImitated(error);
    if (error instanceof LookWouldWrite) {
      const what = operation.kind === "exec" ? "this command changes the host" : "this operation changes the host";
      return failed({ code: "failed", message: `${what}, but was sent as a look; nothing was changed` });
    }
    throw error instanceof Bug ? error : new Bug("the embedded lab failed", { cause: error });
  }
}

function errorOf(operation: Operation, { code, message }: FileError): OpError {
  return operation.kind === "file" && code === "is-directory" ? folderThere(operation.path) : { code, message };
}

function notImitated({ message }: NotImitated): OpReply & { kind: "failed" } {
  const way = "declare an answer for it in the inventory (answers in the host's lab_sandbox, see docs/sandbox.md)";
  return failed({ code: "not-imitated", message: `${message}; ${way}, or run this task on a real host` });
}

function failed(error: OpError): OpReply & { kind: "failed" } {
  return { kind: "failed", error };
}

// By hand and not by JSON.stringify: that turns bytes into a list of numbers first, which took seconds for ten megabytes.
// Secrets count with their mask: a counter must not tell their length.
function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value === "string") return value.length;
  if (value instanceof Secret) return 3;
  if (typeof value !== "object" || value === null) return 4;
  return Object.entries(value).reduce((sum, [key, each]) => sum + key.length + 4 + sizeOf(each), 2);
}
