import { nearest } from "../text/nearest.ts";
import type { MapEntry, MapNode } from "../value/node.ts";
import { expectText } from "./expect.ts";
import { includeKeywords } from "./include-keywords.ts";
import type { Keywords } from "./keywords.ts";
import type { LoadContext } from "./load-context.ts";
import { idOf } from "./load-include-role.ts";
import { loadKeywords } from "./load-keywords.ts";
import { isMetaOrder, metaOrders, otherOrders } from "./meta-orders.ts";
import type { MetaSource } from "./site.ts";

/** `meta: ORDER`. Which order it is must be known before the run: the plan is made around it. */
export function loadMeta(map: MapNode, meta: MapEntry, known: Keywords, context: LoadContext): MetaSource | undefined {
  const { report } = context;
  const loaded = loadKeywords(
    includeKeywords(map, known, "`meta`", context).filter((entry) => entry !== meta),
    report,
  );
  const order = expectText(meta.value, "meta", report);
  if (order === undefined) return undefined;
  if (!isMetaOrder(order)) {
    const orders = Object.keys(metaOrders);
    const guess = nearest(order, orders);
    const hint =
      otherOrders.get(order) ?? (guess === undefined ? `known are ${orders.join(", ")}` : `did you mean \`${guess}\`?`);
    report({ code: "unknown-order", message: `\`meta\` knows no \`${order}\``, place: meta.value.place, hint });
    return undefined;
  }
  const { name, keywords, listen } = loaded;
  return { kind: "meta", id: idOf(map.place), name, place: map.place, order, keywords, listen };
}
