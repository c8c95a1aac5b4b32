import { FileError } from "../files/file-tree.ts";
import type { Session } from "../session.ts";
import { generate, instanceOf } from "../syncthing/instance.ts";
import type { Unit } from "./systemd.ts";

/** What a service leaves in its files when it is started for the first time. */
export function firstStart(session: Session, unit: Unit): void {
  const syncthing = /syncthing/.test(unit.name) ? instanceOf(session, unit.name) : undefined;
  if (syncthing === undefined) return;
  try {
    generate(syncthing, true);
  } catch (error) {
    // Where it may not write it starts all the same, and dies.
    if (!(error instanceof FileError)) throw error;
  }
}
