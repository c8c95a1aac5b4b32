import type { Diagnostic } from "../errors/diagnostic.ts";
import { nearest } from "../text/nearest.ts";
import { writtenName } from "./bind-task.ts";
import type { ExpandedPlay } from "./expand.ts";
import { flattened, type PlainEntry, type PlannedEntry } from "./task.ts";

/** Plays without the tasks before the one that `--start-at-task` names. */
export interface Start {
  readonly diagnostics: readonly Diagnostic[];
  /** Of a play in its place in the run, whatever tags leave of it. */
  trim(play: ExpandedPlay): ExpandedPlay;
}

/**
 * The first task whose name, or `ROLE : NAME`, is that text or matches it as a pattern (`*`, `?`, `[…]`). What stands in an include
 * that is expanded in the run alone cannot be found. `plays` are whole, so that a task is found which tags leave out.
 */
export function startAt(pattern: string, plays: readonly ExpandedPlay[]): Start {
  const kept = new Set<string>();
  const names: string[] = [];
  const matches = matcher(pattern);
  let found = false;
  for (const entry of plays.flatMap(({ sections }) => [...flattened(sections.flat())])) {
    const own = namesOf(entry);
    names.push(...own);
    found ||= own.some(matches);
    if (found) kept.add(entry.id);
  }
  const trimmed = (entries: readonly PlannedEntry[]): readonly PlannedEntry[] =>
    entries.flatMap((entry): readonly PlannedEntry[] => {
      if (entry.kind !== "block") return kept.has(entry.id) ? [entry] : [];
      const body = trimmed(entry.body);
      // A block that is over does not come to its rescue or its end.
      if (body.length === 0 && entry.body.length > 0) return [];
      return [{ ...entry, body }];
    });
  return {
    diagnostics: found ? [] : [notFound(pattern, names)],
    trim: (play) => ({ ...play, sections: play.sections.map(trimmed) }),
  };
}

function namesOf(entry: PlainEntry): readonly string[] {
  if (entry.kind !== "task" || entry.source.name === null) return [];
  const name = writtenName(entry);
  const role = entry.context.role?.name;
  // In brackets it stands in what a run tells, and is copied from there.
  return role === undefined ? [name] : [name, `${role} : ${name}`, `[${role}] ${name}`];
}

function matcher(pattern: string): (name: string) => boolean {
  const source = pattern.replace(/\[(!?)([^\]]+)\]|[\s\S]/g, (part, not?: string, set?: string) => {
    if (set !== undefined) return `[${not === "!" ? "^" : ""}${set.replace(/[\\^]/g, "\\$&")}]`;
    if (part === "*") return "[\\s\\S]*";
    return part === "?" ? "[\\s\\S]" : part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  });
  let expression: RegExp | null = null;
  try {
    expression = new RegExp(`^${source}$`, "u");
  } catch {
    // A set such as `[z-a]` is none: then only the very text is meant.
  }
  return (name) => name === pattern || (expression?.test(name) ?? false);
}

function notFound(pattern: string, names: readonly string[]): Diagnostic {
  const near = nearest(pattern, names);
  return {
    code: "unknown-task",
    message: `--start-at-task: no task is called \`${pattern}\``,
    hint: near
      ? `did you mean \`${near}\`?`
      : "lab play … --list-tasks shows their names; `*` stands for any part of one. A task of an include whose name has a template is known in the run alone",
  };
}
