import type { Refusal, Value } from "../../engine/module/index.ts";

/** A change of one key of the configuration. */
export interface Edit {
  readonly key: string;
  /** Null: the key goes. */
  readonly value: string | null;
  /** What is in force is what is wanted already, and only something pending is in the way of it. */
  readonly asCurrent?: boolean;
  /** Sent as a file: the tool takes the name of one. */
  readonly file?: string;
}
/** A disk that is to grow. */
export interface Resize {
  readonly key: string;
  readonly size: string;
}

/** One parameter, compared with how the machine is: what it is, what it shall be, and what changes that. */
export interface Aspect {
  readonly field: string;
  readonly before: Value;
  readonly after: Value;
  readonly edits: readonly Edit[];
  readonly resizes?: readonly Resize[];
  /** The configuration does not say how large a disk is: Proxmox VE has to look. */
  readonly rescan?: boolean;
  /** It is to be set, and never read back. */
  readonly password?: true;
  readonly refusal?: Refusal | undefined;
}

/** These are plain values whose maps have their keys in one order. */
export function equal(a: Value, b: Value): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
