import { nearest } from "../text/nearest.ts";
import type { MapEntry, MapNode } from "../value/node.ts";
import { ansibleModule } from "./ansible-modules.ts";
import { reportUnknownKeyword } from "./check-keys.ts";
import type { Report } from "./expect.ts";
import { ansibleHint, type Keywords } from "./keywords.ts";

export interface ChosenModule {
  readonly module: string;
  readonly entry: MapEntry;
}

/**
 * Which key of a task is its module: the only one that is no keyword. With several, one that is a known module wins and
 * the others are mistyped keywords. Whether a single unknown word is a module or a keyword is decided by what it is near to.
 */
export function chooseModule(
  map: MapNode,
  others: readonly MapEntry[],
  known: Keywords,
  where: string,
  modules: ReadonlySet<string>,
  report: Report,
  silent: boolean,
): ChosenModule | undefined {
  const names = [...known.keys(), ...modules];
  const found: ChosenModule[] = [];
  const unknown: MapEntry[] = [];
  let explained = silent;
  for (const entry of others) {
    const short = /^[a-z0-9_]+\.[a-z0-9_]+\.([a-z0-9_]+)$/.exec(entry.key)?.[1];
    if (modules.has(entry.key)) found.push({ module: entry.key, entry });
    else if (short !== undefined) {
      const hint = modules.has(short)
        ? `write \`${short}\``
        : (ansibleModule(short) ?? "modules have short names here: see docs/modules/README.md");
      report({ code: "unknown-module", message: `there is no module \`${entry.key}\``, place: entry.keyPlace, hint });
      explained = true;
      if (modules.has(short)) found.push({ module: short, entry });
    } else unknown.push(entry);
  }
  // An unknown word that is nothing like a keyword is taken for the module, if there is no other; whether it exists is
  // checked where the modules are known in full.
  const candidate =
    found.length > 0 ? undefined : unknown.find((entry) => looksLikeModule(entry.key, [...known.keys()], modules));
  for (const entry of unknown) if (entry !== candidate) reportUnknownKeyword(entry, where, names, report);
  if (candidate) return { module: candidate.key, entry: candidate };
  const [first, ...rest] = found;
  for (const { entry } of rest) {
    report({
      code: "two-modules",
      message: `${where} has one module, and this is a second one: \`${entry.key}\``,
      place: entry.keyPlace,
      hint: "begin a new entry with `- `",
      ...(first === undefined ? {} : { related: [{ message: "the first one", place: first.entry.keyPlace }] }),
    });
  }
  if (first === undefined && unknown.length === 0 && !explained) {
    const hint = "name what is to be done, such as `copy: { src: a, dest: /b }`";
    report({ code: "no-module", message: `${where} needs a module`, place: map.place, hint });
  }
  return first;
}

function looksLikeModule(word: string, keywords: readonly string[], modules: ReadonlySet<string>): boolean {
  if (ansibleHint(word) !== undefined) return false;
  const guess = nearest(word, [...modules, ...keywords]);
  return guess === undefined || modules.has(guess);
}
