import type { ValueSource } from "../value/expression.ts";
import { Unknown } from "../value/unknown.ts";
import type { Value } from "../value/value.ts";

/** The value as far as it is written out; what templates will make is unknown. */
export function literalValue(source: ValueSource): Value {
  if (source.combine !== undefined) return new Unknown("it is joined with what lower levels say");
  switch (source.kind) {
    case "literal":
      return source.value;
    case "expression":
      return new Unknown("a template makes it");
    case "list":
      return source.items.map(literalValue);
    case "map":
      return Object.fromEntries(source.entries.map(({ key, value }) => [key, literalValue(value)]));
  }
}
