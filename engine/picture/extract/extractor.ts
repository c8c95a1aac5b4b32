import type { Fields } from "../fields.ts";
import type { Origin } from "../picture.ts";
import type { Sketch } from "../sketch.ts";

/** Puts into the sketch what the parameters of a module say. */
export type Extractor = (spoken: Spoken) => void;

export interface Spoken {
  readonly sketch: Sketch;
  /** Id of the thing that the task's host is. */
  readonly host: string;
  readonly fields: Fields;
  readonly origin: Origin;
  /** Id of the thing that a guest of this host is. */
  guest(vmid: string): string;
}
