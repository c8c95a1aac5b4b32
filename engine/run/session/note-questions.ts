import type { PlacedProbe, Recall } from "./host-session.ts";
import type { NotePlace, NoteWriter, PendingBook } from "./pending-book.ts";
import { pendingName, pendingProbe, readNotes } from "./pending-note.ts";
import { keyOf } from "./probe-sections.ts";

/** Whom a batch of steps is sent as, and where. */
interface Applying {
  readonly user: string | null;
  readonly onController: boolean;
}

/** What notifications wait on a host: asked once for each user, with the first looks that are theirs. */
export interface NoteQuestions {
  /** The looks with the questions that go along. */
  among(looks: readonly PlacedProbe[], applying?: Applying): readonly PlacedProbe[];
  /** Questions that nobody has put yet may be all that a trip is needed for: the looks were made in a play without handlers. */
  beside(wanted: readonly PlacedProbe[]): readonly PlacedProbe[];
  /** Tells the book what waits, if these looks had asked. */
  hear(looks: readonly PlacedProbe[]): void;
  placeOf(user: string | null, controller: boolean): NotePlace;
  isWrittenBy(writer: NoteWriter): void;
}

export function noteQuestions(book: PendingBook | null, remembered: Recall): NoteQuestions {
  let writer: NoteWriter | null = null;
  /** Those that were answered, and those that were put at all. */
  const asked = new Set<string>();
  const put = new Set<string>();
  const placeOf: NoteQuestions["placeOf"] = (user, controller) => ({ session: writer, user, controller });
  const among: NoteQuestions["among"] = (looks, applying) => {
    if (!book?.wanted) return looks;
    const all = [...looks];
    const ask = (user: string | null, onController: boolean): void => {
      const probe = onController ? { ...pendingProbe, at: "controller" as const } : pendingProbe;
      const asking = { probe, user };
      if (asked.has(keyOf(asking)) || all.some((each) => keyOf(each) === keyOf(asking))) return;
      const first = all.findIndex((each) => each.user === user && (each.probe.at === "controller") === onController);
      all.splice(Math.max(0, first), 0, asking);
    };
    for (const { probe, user } of looks) ask(user, probe.at === "controller");
    if (applying) ask(applying.user, applying.onController);
    return all;
  };
  return {
    among,
    beside: (wanted) => among(wanted).filter((each) => !wanted.includes(each) && !put.has(keyOf(each))),
    hear(looks) {
      for (const each of looks) {
        const { probe, user } = each;
        if (probe.kind !== "script" || probe.name !== pendingName) continue;
        put.add(keyOf(each));
        const reply = remembered(each);
        if (reply?.kind !== "done") continue;
        asked.add(keyOf(each));
        book?.found(readNotes(reply), placeOf(user, probe.at === "controller"));
      }
    },
    placeOf,
    isWrittenBy(one) {
      writer = one;
    },
  };
}
