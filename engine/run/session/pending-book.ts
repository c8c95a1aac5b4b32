import type { Diagnostic } from "../../errors/diagnostic.ts";
import type { WriteOp } from "../../ops/ir.ts";
import { writtenName } from "../../plan/bind-task.ts";
import type { Handler } from "../../plan/task.ts";
import type { Emit } from "../events.ts";
import { idOf, noteOf, type PendingNote } from "./pending-note.ts";

/** Where a note lies: on which host of the run, as whose, or on the controller on its behalf. */
export interface NotePlace {
  /** Of the host. Null in a check, which writes nothing. */
  readonly session: NoteWriter | null;
  /** Null: the user of the connection. */
  readonly user: string | null;
  readonly controller: boolean;
}
export interface NoteWriter {
  apply(steps: readonly WriteOp[], user: string | null, then: readonly []): Promise<unknown>;
}
/** What a look at what waits has found. `roots`: only root may remove it. */
interface Found {
  readonly note: PendingNote;
  readonly roots: boolean;
}

/**
 * The notifications of a run as they lie on hosts. One is recorded there before the first step that may call for it, and removed
 * when its handler has succeeded; what an earlier run has left is found with the first look at a host, and its handler is run.
 */
export interface PendingBook {
  /** Of the play that runs; more come in with dynamic includes. */
  readonly handlers: readonly Handler[];
  begin(handlers: readonly Handler[]): void;
  /** Whether it is worth a look what waits on hosts: a play without handlers could not do anything about it. */
  readonly wanted: boolean;
  found(notes: readonly Found[], place: NotePlace): void;
  /** Handlers of the play for which an earlier run has left something to this host, with that run; each is told once. */
  leftTo(host: string): readonly { readonly handler: Handler; readonly run: string }[];
  /** What is to be recorded before a task of this host changes something: those of these handlers that do not lie there yet. */
  notesFor(handlers: readonly Handler[], host: string, task: string): readonly PendingNote[];
  /** They lie there now, or may do. */
  recorded(notes: readonly PendingNote[], place: NotePlace): void;
  /** The handler has succeeded: what lies there for it is to be removed. */
  done(handler: Handler, host: string): void;
  /** It is not called for: its task has changed nothing after all. What an earlier run has left stays. */
  uncalled(handler: Handler, host: string): void;
  /** It was called for and has not succeeded: what lies there stays for the next run. */
  kept(handler: Handler, host: string): void;
  /** It has failed: what was removed together with its last step is to be recorded once more. */
  undone(handler: Handler, host: string): void;
  /** What may be removed with the handler's last step, if that is sent to this place. */
  idsOf(handler: Handler, host: string, place: NotePlace): readonly string[];
  removed(ids: readonly string[], place: NotePlace): void;
  /** What is to be removed and recorded now of the notes for these hosts, by place; whoever asks does it. */
  takeLeft(isFor: (host: string) => boolean): readonly Left[];
  /** What nobody will ever do: a file of this run has no such handler any more. */
  orphans(isRead: (file: string) => boolean): readonly Diagnostic[];
}
export interface Left {
  readonly place: NotePlace;
  readonly drop: readonly string[];
  readonly note: readonly PendingNote[];
}

interface Lying {
  readonly note: PendingNote;
  readonly place: NotePlace;
  /** By an earlier run. */
  readonly earlier: boolean;
  readonly state: "lying" | "told" | "done" | "again";
}

/** `forget`: what earlier runs have left is removed, and no handler is run for it. */
export function createPendingBook({
  runId,
  emit,
  forget,
}: {
  readonly runId: string;
  readonly emit: Emit;
  readonly forget: boolean;
}): PendingBook {
  let lying: readonly Lying[] = [];
  /** Where that lay which was removed. */
  const places = new Map<string, NotePlace>();
  const everDefined = new Set<string>();
  let handlers: readonly Handler[] = [];
  /** Of one handler and host; in several places where several users have recorded it. */
  const of = (id: string): readonly Lying[] => lying.filter(({ note }) => note.id === id);
  const change = (id: string, state: Lying["state"]): void => {
    lying = lying.map((each) => (each.note.id === id ? { ...each, state } : each));
  };
  const remove = (which: (each: Lying) => boolean): void => {
    for (const { note, place } of lying.filter(which)) places.set(note.id, place);
    lying = lying.filter((each) => !which(each));
  };
  const add = (more: Lying): void => {
    lying = [...lying.filter((each) => each.note.id !== more.note.id || !isSame(each.place, more.place)), more];
  };

  return {
    get handlers() {
      return handlers;
    },
    begin(ofPlay) {
      handlers = ofPlay;
    },
    get wanted() {
      return forget || handlers.length > 0;
    },
    found(notes, place) {
      for (const { note, roots } of notes) {
        const where = roots ? { ...place, user: "root" } : place;
        if (note.run === runId || of(note.id).some((each) => isSame(each.place, where))) continue;
        const [known] = of(note.id);
        add({ note, place: where, earlier: true, state: forget ? "done" : (known?.state ?? "lying") });
        if (forget) emit({ type: "notify", handler: note.handler, host: note.host, state: "cleared", from: note.run });
      }
    },
    leftTo(host) {
      for (const handler of handlers) everDefined.add(identityOf(handler));
      return handlers.flatMap((handler) => {
        const id = idOf(handler, host);
        const left = of(id).find(({ earlier, state }) => earlier && state === "lying");
        if (left === undefined) return [];
        change(id, "told");
        return [{ handler, run: left.note.run }];
      });
    },
    notesFor(wanted, host, task) {
      const notes = new Map(wanted.map((handler) => [idOf(handler, host), noteOf(handler, host, runId, task)]));
      return [...notes.values()].filter(({ id }) => of(id).every(({ state }) => state === "done"));
    },
    recorded(notes, place) {
      for (const note of notes) add({ note, place, earlier: false, state: "lying" });
    },
    done: (handler, host) => change(idOf(handler, host), "done"),
    uncalled(handler, host) {
      const id = idOf(handler, host);
      if (of(id).every(({ state, earlier }) => state === "lying" && !earlier)) change(id, "done");
    },
    kept: (handler, host) => change(idOf(handler, host), "told"),
    undone(handler, host) {
      const note = noteOf(handler, host, runId, writtenName(handler));
      const place = places.get(note.id);
      if (place && of(note.id).length === 0) add({ note, place, earlier: false, state: "again" });
    },
    idsOf(handler, host, place) {
      const left = of(idOf(handler, host)).filter(({ state }) => state !== "done");
      return left.filter((each) => isSame(each.place, place)).map(({ note }) => note.id);
    },
    removed(ids, place) {
      remove((each) => ids.includes(each.note.id) && isSame(each.place, place));
    },
    takeLeft(isFor) {
      const left: { place: NotePlace; drop: string[]; note: PendingNote[] }[] = [];
      for (const { place, note, state } of lying) {
        if (place.session === null || !isFor(note.host) || (state !== "done" && state !== "again")) continue;
        let there = left.find((each) => isSame(each.place, place));
        if (!there) {
          there = { place, drop: [], note: [] };
          left.push(there);
        }
        if (state === "again") there.note.push(note);
        else there.drop.push(note.id);
      }
      remove(({ state, place, note }) => state === "done" && place.session !== null && isFor(note.host));
      lying = lying.map((each) =>
        each.state === "again" && isFor(each.note.host) ? { ...each, state: "told" } : each,
      );
      return left;
    },
    orphans: (isRead) =>
      lying.flatMap(({ note, earlier, state }) => {
        const { file, role, handler } = note;
        const defined = everDefined.has(JSON.stringify([file, role, handler]));
        return earlier && state === "lying" && !defined && isRead(file) ? [orphaned(note)] : [];
      }),
  };
}

function identityOf(handler: Handler): string {
  return JSON.stringify([handler.source.place.file, handler.context.role?.name ?? null, writtenName(handler)]);
}

function isSame(one: NotePlace, other: NotePlace): boolean {
  return one.session === other.session && one.user === other.user && one.controller === other.controller;
}

function orphaned({ handler, role, file, host, run }: PendingNote): Diagnostic {
  const whose = role === null ? file : `the role ${role}`;
  return {
    code: "pending-handler",
    severity: "warning",
    message: `${host}: the handler \`${handler}\` of ${whose} has to be run since run ${run}, and is not there any more`,
    hint: "do by hand what it would have done, then drop the note: lab play … --forget-pending",
  };
}
