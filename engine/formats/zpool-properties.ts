import { nearest } from "../text/nearest.ts";

const SWITCHES = ["autoexpand", "autoreplace", "autotrim", "delegation", "listsnapshots", "multihost"];
const TEXTS = ["bootfs", "cachefile", "comment", "compatibility"];
const FAILMODES = ["wait", "continue", "panic"];

/** A value of a pool's property in the one spelling that zpool takes, or what is wrong with it. */
export function wantedPoolValue(
  name: string,
  value: string | number | boolean,
): { readonly set: string } | { readonly error: string } {
  const word = typeof value === "boolean" ? (value ? "on" : "off") : String(value);
  if (/[\0-\x1f\x7f]/.test(word)) return { error: "a value is one line of text" };
  if (name === "ashift") return { error: "ashift is a parameter of its own: it counts when disks are added" };
  if (SWITCHES.includes(name)) return among(word, ["on", "off"]);
  if (name === "failmode") return among(word, FAILMODES);
  if (name === "comment" && word.length > 32) return { error: "a comment has at most 32 characters" };
  if (name === "cachefile" && word !== "none" && word !== "" && !word.startsWith("/"))
    return { error: "expected an absolute path, or none" };
  if (TEXTS.includes(name) || /^[a-z0-9_.-]*:[a-z0-9_.:-]*$/.test(name)) return { set: word };
  if (/^feature@[a-z_]+$/.test(name))
    return word === "enabled" ? { set: word } : { error: "a feature can only become enabled once the pool is there" };
  const like = nearest(name, [...SWITCHES, ...TEXTS, "failmode"]);
  return {
    error: `a pool has no property "${name}" that could be set${like === undefined ? "" : `: did you mean ${like}?`} (properties of its datasets go under filesystem, or to the module zfs)`,
  };
}

/** Whether what `zpool get -p` answers means what is wanted. */
export function meansSameOfPool(name: string, wanted: string, read: string): boolean {
  // A feature in use stays enabled; what was never set reads as a dash.
  if (name.startsWith("feature@")) return read === "enabled" || read === "active";
  return wanted === read || (wanted === "" && read === "-");
}

function among(word: string, words: readonly string[]): { readonly set: string } | { readonly error: string } {
  return words.includes(word) ? { set: word } : { error: `"${word}" is none of its values: ${words.join(", ")}` };
}
