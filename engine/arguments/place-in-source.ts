import type { Place } from "../errors/diagnostic.ts";
import type { ValueSource } from "../value/expression.ts";

/** Where a part of a value stands, or the key of it; undefined where it is not written out. */
export function placeInSource(
  source: ValueSource,
  path: readonly (string | number)[],
  atKey = false,
): Place | undefined {
  let current = source;
  for (const [index, step] of path.entries()) {
    if (current.kind === "map") {
      const entry = current.entries.find(({ key }) => key === step);
      if (!entry) return undefined;
      if (atKey && index === path.length - 1) return entry.keyPlace;
      current = entry.value;
    } else if (current.kind === "list") {
      const item = current.items[Number(step)];
      if (!item) return undefined;
      current = item;
    } else return current.place;
  }
  return current.place;
}
