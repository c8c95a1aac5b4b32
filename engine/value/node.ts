import type { Place } from "../errors/diagnostic.ts";
import type { Unsealer } from "./sealed.ts";

/** A piece of YAML with its place. `tag` is what the author wrote: `!raw`, `!expr`, `!secret`, `!merge`, `!append`. */
export type Node = ScalarNode | ListNode | MapNode;

interface Placed {
  readonly place: Place;
  readonly tag?: string;
  /** It was wrong, and has been told: what stands here is not known, and nobody is to complain of it once more. */
  readonly broken?: true;
}
export interface ScalarNode extends Placed {
  readonly kind: "scalar";
  readonly value: null | boolean | number | string;
  /** The place of the character at `offset` of a string value: exact in plain and simple quoted scalars and block literals, else the scalar's start. */
  placeAt(offset: number, length?: number): Place;
  /** What opens a text that is tagged `!secret`. */
  readonly unsealer?: Unsealer;
  /** It stands in a file that is encrypted as a whole: a text of it is a secret. */
  readonly secret?: true;
}
export interface ListNode extends Placed {
  readonly kind: "list";
  readonly items: readonly Node[];
}
export interface MapNode extends Placed {
  readonly kind: "map";
  readonly entries: readonly MapEntry[];
  /** An encrypted file that a check without a key did not open: what its keys are is not known. */
  readonly closed?: true;
}
export interface MapEntry {
  readonly key: string;
  readonly keyPlace: Place;
  readonly value: Node;
}

export function entryOf(map: MapNode, key: string): MapEntry | undefined {
  return map.entries.find((entry) => entry.key === key);
}
