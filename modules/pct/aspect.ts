import type { Refusal, Value } from "../../engine/module/index.ts";

/** A change of one key of the configuration. */
export interface Edit {
  readonly key: string;
  /** Null: the key goes. */
  readonly value: string | null;
  /** What is in force is what is wanted already, and only something pending is in the way of it. */
  readonly asCurrent?: boolean;
  /** Written at once, but in force from the next start only, without a trace of it in the configuration. */
  readonly quiet?: string;
}
/** A disk that is to grow. */
export interface Resize {
  readonly key: string;
  readonly size: string;
}

/** One parameter, compared with how the container is: what it is, what it shall be, and what changes that. */
export interface Aspect {
  readonly field: string;
  readonly before: Value;
  readonly after: Value;
  readonly edits: readonly Edit[];
  readonly resizes?: readonly Resize[];
  /** The configuration does not say how large a volume is: Proxmox VE has to look. */
  readonly rescan?: boolean;
  readonly refusal?: Refusal | undefined;
  readonly warnings?: readonly string[];
}

/** A list as a map from what its items are found by, so that a diff tells of each by its name and says what differs in it. */
export function byIdentity(items: readonly { readonly [option: string]: Value }[], identity: string): Value {
  const map: Record<string, Value> = {};
  for (const { [identity]: id, ...rest } of items) {
    let key = String(id);
    // By hand two entries can be given one name.
    for (let count = 2; Object.hasOwn(map, key); count += 1) key = `${String(id)} (${count})`;
    map[key] = Object.keys(rest).length === 0 ? true : rest;
  }
  return map;
}
