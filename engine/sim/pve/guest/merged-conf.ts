import type { ConfPart, HeldConf } from "./guest-conf.ts";
import { pendingKeys, pendingRemovals, settingOf } from "./pending.ts";

/**
 * A configuration as it will be after the next restart. A key that is to go is still there while its value is 0 or
 * empty: the real tool looks at the value where it means to look for the key.
 */
export function mergedPart(conf: HeldConf): ConfPart {
  const values = new Map(conf.values);
  const merged: ConfPart = { ...conf, values };
  for (const key of pendingKeys(conf)) values.set(key, conf.pending.values.get(key) ?? "");
  for (const key of pendingRemovals(conf)) {
    const value = conf.values.get(key);
    if (value !== undefined && value !== "" && value !== "0" && !conf.pending.values.has(key)) values.delete(key);
  }
  return merged;
}

/** One key with what it has and will have. */
export interface PendingEntry {
  readonly key: string;
  readonly value?: string;
  readonly pending?: string;
  readonly removed: boolean;
}

/** Every key that is set or pending, sorted. */
export function pendingView(conf: HeldConf): readonly PendingEntry[] {
  const removals = new Set(pendingRemovals(conf));
  const keys = new Set([...conf.values.keys(), ...pendingKeys(conf), ...(conf.description ? ["description"] : [])]);
  return [...keys].sort().map((key) => {
    const value = settingOf(conf, key);
    const pending = conf.pending.values.get(key);
    return {
      key,
      ...(value === undefined ? {} : { value }),
      ...(pending === undefined ? {} : { pending }),
      removed: removals.has(key),
    };
  });
}
