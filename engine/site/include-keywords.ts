import type { MapEntry, MapNode } from "../value/node.ts";
import { reportLater, reportUnknownKeyword } from "./check-keys.ts";
import type { Keywords } from "./keywords.ts";
import type { LoadContext } from "./load-context.ts";

/** The entries beside an include that go with it. A module beside it has most likely lost its dash. */
export function includeKeywords(
  map: MapNode,
  known: Keywords,
  where: string,
  context: LoadContext,
): readonly MapEntry[] {
  const names = [...known.values()].filter((keyword) => keyword.since === undefined).map((keyword) => keyword.name);
  return map.entries.filter((entry) => {
    const keyword = known.get(entry.key);
    if (keyword?.since === "later") reportLater(entry, context.report);
    else if (keyword === undefined && context.moduleNames.has(entry.key)) {
      context.report({
        code: "two-modules",
        message: `${where} stands alone: \`${entry.key}\` needs an entry of its own`,
        place: entry.keyPlace,
        hint: "begin a new entry with `- `",
      });
    } else if (keyword === undefined) reportUnknownKeyword(entry, where, names, context.report);
    return keyword !== undefined && keyword.since === undefined;
  });
}
