import type { MapEntry, MapNode } from "../value/node.ts";
import { reportUnknownKeyword } from "./check-keys.ts";
import type { Keywords } from "./keywords.ts";
import type { LoadContext } from "./load-context.ts";

/** The entries beside an include that go with it. A module beside it has most likely lost its dash. */
export function includeKeywords(
  map: MapNode,
  known: Keywords,
  where: string,
  context: LoadContext,
): readonly MapEntry[] {
  return map.entries.filter((entry) => {
    if (known.has(entry.key)) return true;
    if (context.moduleNames.has(entry.key)) {
      context.report({
        code: "two-modules",
        message: `${where} stands alone: \`${entry.key}\` needs an entry of its own`,
        place: entry.keyPlace,
        hint: "begin a new entry with `- `",
      });
    } else reportUnknownKeyword(entry, where, known.keys(), context.report);
    return false;
  });
}
