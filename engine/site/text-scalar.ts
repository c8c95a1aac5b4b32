import type { Place } from "../errors/diagnostic.ts";
import type { ScalarNode } from "../value/node.ts";
import { offsetsOf } from "./scalar-offsets.ts";

export type PlaceOf = (offset: number, length?: number) => Place;

export type ScalarStyle = "PLAIN" | "QUOTE_SINGLE" | "QUOTE_DOUBLE" | "BLOCK_LITERAL" | "BLOCK_FOLDED";

export interface Source {
  readonly text: string;
  readonly placeOf: PlaceOf;
}

/** Where a scalar or a collection in brackets stands: its first line is marked. */
export function placeOfRange({ text, placeOf }: Source, start: number, end: number): Place {
  return placeOf(start, text.slice(start, end).trimEnd().split("\n", 1)[0]?.length);
}

/**
 * The function `placeAt` of a scalar between two offsets: worked out when it is asked for, since most scalars hold no
 * expression, and few expressions are wrong.
 */
export function placesIn(
  { text, placeOf }: Source,
  [start, end]: readonly [number, number],
  place: Place,
  value: ScalarNode["value"],
  style: string,
): ScalarNode["placeAt"] {
  let offsets: ((offset: number) => number) | undefined;
  return (offset, length) => {
    if (typeof value !== "string") return place;
    offsets ??= offsetsOf(text.slice(start, end), value, style);
    const found = offsets(offset);
    return found < 0 ? place : placeOf(start + found, length);
  };
}
