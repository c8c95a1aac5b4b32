import { nearest } from "../text/nearest.ts";
import type { MapEntry, MapNode } from "../value/node.ts";
import type { Report } from "./expect.ts";
import { ansibleHint, type Keywords, keywords } from "./keywords.ts";
import { release } from "./release.ts";

/** Refused words of the language: this version says so instead of doing something else. */
export function reportLater(entry: MapEntry, report: Report): void {
  report({
    code: "not-supported",
    message: `\`${entry.key}\` is not supported in ${release}`,
    place: entry.keyPlace,
    hint: "it is part of the language and comes with a later version",
  });
}

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
  const names = [...known.values()].filter((keyword) => keyword.since === undefined).map((keyword) => keyword.name);
  return map.entries.filter((entry) => {
    const keyword = known.get(entry.key);
    if (keyword === undefined) reportUnknownKeyword(entry, where, names, report);
    else if (keyword.since === "later") reportLater(entry, report);
    return keyword !== undefined && keyword.since === undefined;
  });
}
