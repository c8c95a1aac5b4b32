import { splitList } from "../command/formats.ts";
import type { HeldConf } from "./guest-conf.ts";

/** The keys that the next restart takes away, in their order. `!` in front means that it is forced. */
export function pendingRemovals(conf: HeldConf): readonly string[] {
  return splitList(conf.pending.values.get("delete") ?? "").map((key) => key.replace(/^!/, ""));
}

export function addRemoval(conf: HeldConf, key: string): void {
  setRemovals(conf, [...new Set([...pendingRemovals(conf), key])]);
}

export function dropRemoval(conf: HeldConf, key: string): void {
  setRemovals(
    conf,
    pendingRemovals(conf).filter((each) => each !== key),
  );
}

function setRemovals(conf: HeldConf, keys: readonly string[]): void {
  if (keys.length === 0) conf.pending.values.delete("delete");
  else conf.pending.values.set("delete", [...keys].sort().join(","));
}

/** The pending keys with a value, sorted. */
export function pendingKeys(conf: HeldConf): readonly string[] {
  return [...conf.pending.values.keys()].filter((key) => key !== "delete").sort();
}

/** The value that a key of a part has; the description is one of them. */
export function settingOf(part: { readonly values: ReadonlyMap<string, string>; description?: string }, key: string) {
  return key === "description" ? part.description : part.values.get(key);
}

/** What would change nothing is not pending: the value that is in force, the removal of a key that is not set. */
export function cleanPending(conf: HeldConf): void {
  for (const key of pendingKeys(conf)) {
    if (settingOf(conf, key) === conf.pending.values.get(key)) conf.pending.values.delete(key);
  }
  for (const key of pendingRemovals(conf)) if (settingOf(conf, key) === undefined) dropRemoval(conf, key);
}

/** Moves a pending value into force, in the form `value`. */
export function takePending(conf: HeldConf, key: string, value: string): void {
  conf.pending.values.delete(key);
  if (key !== "description") conf.values.set(key, value);
  else if (value === "") delete conf.description;
  else conf.description = value.endsWith("\n") ? value : `${value}\n`;
}

/** Takes a key out of force. */
export function takeAway(conf: HeldConf, key: string): void {
  if (key === "description") delete conf.description;
  else conf.values.delete(key);
  dropRemoval(conf, key);
}
