import { createHash } from "node:crypto";
import { read, write } from "../../ops/build.ts";
import type { OpReply, ReadOp, WriteOp } from "../../ops/ir.ts";
import { writtenName } from "../../plan/bind-task.ts";
import type { Handler } from "../../plan/task.ts";

/** A notification as it lies on a host until its handler has succeeded. */
export interface PendingNote {
  /** What it is known by: of its handler the file, the role and the name, and the host that it is for. No line number: lines move. */
  readonly id: string;
  readonly handler: string;
  readonly role: string | null;
  /** Of the handler, as the site shows it. */
  readonly file: string;
  /** For whom the handler runs; the note may lie on another host, which has acted for it. */
  readonly host: string;
  /** The run that has recorded it, and the task. */
  readonly run: string;
  readonly task: string;
}

export function noteOf(handler: Handler, host: string, run: string, task: string): PendingNote {
  const [name, role] = [writtenName(handler), handler.context.role?.name ?? null];
  const { file } = handler.source.place;
  return { id: idOf(handler, host), handler: name, role, file, host, run, task };
}

export function idOf(handler: Handler, host: string): string {
  const identity = [handler.source.place.file, handler.context.role?.name ?? null, writtenName(handler), host];
  return createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 16);
}

export const pendingName = "pending-look";
export const pendingProbe: ReadOp = read.script(pendingName, []);

/** Records them, and is a change of nothing that any look of a module would see. */
export function recordNotes(notes: readonly PendingNote[]): WriteOp {
  const lines = notes.map(({ id, ...note }) => `${id} ${JSON.stringify({ v: 1, id, ...note })}\n`);
  return write.script("pending-note", [], { stdin: lines.join(""), touches: ["pending:notes"] });
}

export function dropNotes(ids: readonly string[]): WriteOp {
  return write.script("pending-drop", ids, { touches: ["pending:notes"] });
}

/** What a host answers to `pendingProbe`. `roots`: only root may remove it. What is no note is passed over. */
export function readNotes(reply: OpReply): readonly { readonly note: PendingNote; readonly roots: boolean }[] {
  if (reply.kind !== "done") return [];
  const { answer } = reply;
  if (typeof answer !== "object" || answer === null || !("stdout" in answer)) return [];
  return String(answer.stdout)
    .split("\n")
    .flatMap((line) => {
      const at = line.indexOf(" ");
      const note = at < 0 ? null : readNote(line.slice(at + 1));
      return note === null ? [] : [{ note, roots: line.startsWith("root ") }];
    });
}

function readNote(text: string): PendingNote | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const { id, handler, role = null, file, host, run, task } = fields;
  if (typeof id !== "string" || !/^[0-9a-f]{16}$/.test(id)) return null;
  if (typeof handler !== "string" || typeof file !== "string" || typeof host !== "string") return null;
  if (role !== null && typeof role !== "string") return null;
  return { id, handler, role, file, host, run: String(run ?? ""), task: String(task ?? "") };
}
