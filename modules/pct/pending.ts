import type { Edit } from "./aspect.ts";
import type { ConfView } from "./conf-view.ts";

/** Keys that a running container takes over at its next start only. */
const AT_START = /^(arch|ostype|nameserver|searchdomain|timezone|tty|console|cmode|debug|features|rootfs)$/;

/** Keys that wait for the next start now. */
export function pendingKeys({ pending, pendingDeletes }: ConfView): readonly string[] {
  return [...new Set([...pending.keys(), ...pendingDeletes])].sort();
}

/** What will wait once these edits of a running container are written, beside raw lines. */
export function pendingAfter(view: ConfView, edits: readonly Edit[]): readonly string[] {
  const waiting = new Set(pendingKeys(view));
  const quiet: string[] = [];
  for (const edit of edits) {
    if (edit.asCurrent === true || (edit.value === null && !view.current.has(edit.key))) waiting.delete(edit.key);
    else if (comesAtStart(edit, view)) waiting.add(edit.key);
    else {
      waiting.delete(edit.key);
      if (edit.quiet !== undefined) quiet.push(edit.quiet);
    }
  }
  return [...[...waiting].sort(), ...quiet];
}

function comesAtStart({ key, value }: Edit, { current }: ConfView): boolean {
  if (AT_START.test(key) || /^dev\d+$/.test(key)) return true;
  // A new mount is mounted at once; one that is there is not touched while it runs.
  if (/^mp\d+$/.test(key)) return current.has(key);
  // Of the networks the first ten alone can be unplugged.
  return value === null && /^net\d{2}$/.test(key);
}
