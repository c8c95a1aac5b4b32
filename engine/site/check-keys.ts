import { nearest } from "../text/nearest.ts";
import type { MapEntry, MapNode } from "../value/node.ts";
import type { Report } from "./expect.ts";
import { ansibleHint, type Keywords } from "./keywords.ts";
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

export function reportUnknownKeyword(entry: MapEntry, where: string, known: Iterable<string>, report: Report): void {
  const names = [...known];
  const guess = nearest(entry.key, names);
  const hint = ansibleHint(entry.key) ?? (guess === undefined ? listing(names) : `did you mean \`${guess}\`?`);
  report({ code: "unknown-keyword", message: `${where} has no keyword \`${entry.key}\``, place: entry.keyPlace, hint });
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
