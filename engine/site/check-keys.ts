import { nearest } from "../text/nearest.ts";
import type { MapEntry, MapNode } from "../value/node.ts";
import type { Report } from "./expect.ts";
import { ansibleHint, type Keywords, keywords } from "./keywords.ts";

/** `instead`: what to write, where the place knows better than the word alone. */
export function reportUnknownKeyword(
  entry: MapEntry,
  where: string,
  known: Iterable<string>,
  report: Report,
  instead?: string,
): void {
  const names = [...known];
  const guess = nearest(entry.key, names);
  const said = instead ?? ansibleHint(entry.key);
  const hint = said ?? (guess === undefined ? (elsewhere(entry.key) ?? listing(names)) : `did you mean \`${guess}\`?`);
  report({ code: "unknown-keyword", message: `${where} has no keyword \`${entry.key}\``, place: entry.keyPlace, hint });
}

/** Keywords that stand at another place. */
function elsewhere(key: string): string | undefined {
  if (keywords.task.has(key)) return "it is a keyword of tasks: write it at the task that it is for";
  return keywords.play.has(key) ? "it is a keyword of plays: write it beside `hosts`" : undefined;
}

/** A list of forty words helps nobody. */
function listing(names: readonly string[]): string {
  return names.length > 15 ? "it is neither a keyword nor a module of this version" : `known are ${names.join(", ")}`;
}

/** The entries of a map that this version understands; the others are reported. */
export function knownEntries(map: MapNode, where: string, known: Keywords, report: Report): readonly MapEntry[] {
  return map.entries.filter((entry) => {
    if (!known.has(entry.key)) reportUnknownKeyword(entry, where, known.keys(), report);
    return known.has(entry.key);
  });
}
