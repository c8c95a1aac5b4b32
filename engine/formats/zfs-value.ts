import { nearest } from "../text/nearest.ts";
import { isUserProperty, type ZfsForm, zfsProperty, zfsPropertyNames } from "./zfs-properties.ts";
import { parseZfsSize, printZfsSize } from "./zfs-size.ts";

/** A value as zfs shall have it: the word that is set, and how it is shown. */
export type WantedZfsValue = { readonly set: string; readonly shown: string } | { readonly error: string };

/** What `xattr=on` stands for: `sa` since OpenZFS 2.3, `dir` before. */
export type XattrOn = "sa" | "dir";

const LONGEST_USER_VALUE = 8191;
/** How 2.1 says that there is no limit of a count. */
const NO_COUNT = "18446744073709551615";

/** A value of a playbook, in the one spelling that zfs takes: `500GiB`, `true`, 1048576 are all well. */
export function wantedZfsValue(name: string, value: string | number | boolean): WantedZfsValue {
  const property = zfsProperty(name);
  if (property === undefined) return { error: unknownProperty(name) };
  if (isUserProperty(name)) return userValue(String(value));
  const { form } = property;
  const word = typeof value === "boolean" && form.kind !== "limit" ? (value ? "on" : "off") : String(value);
  switch (form.kind) {
    case "limit":
      return name === "refreservation" && word === "auto" ? as(word) : limit(word);
    case "power":
      return power(word, form);
    case "count":
      return number(word);
    case "words":
      return form.words.includes(word) || Object.hasOwn(form.aliases, word)
        ? as(word)
        : { error: notAmong(word, [...form.words, ...Object.keys(form.aliases)], typeof value === "boolean") };
    case "path":
      return mountpoint(word);
    case "text":
      return word === "" || /[\0-\x1f\x7f]/.test(word) ? { error: "expected one line of text" } : as(word);
  }
}

/** Whether what `zfs get -p` answers means what is wanted. */
export function meansSame(name: string, wanted: string, read: string, xattrOn: XattrOn): boolean {
  if (isUserProperty(name)) return wanted === read;
  const form = zfsProperty(name)?.form;
  switch (form?.kind) {
    case "limit":
      return limitOf(wanted) === limitOf(read);
    case "power":
      return parseZfsSize(wanted) === parseZfsSize(read);
    case "count":
      return countOf(wanted) === countOf(read);
    case "words": {
      const canonical = (word: string) => (name === "xattr" && word === "on" ? xattrOn : (form.aliases[word] ?? word));
      return canonical(wanted) === canonical(read);
    }
    case "path":
      return plainPath(wanted) === plainPath(read);
    default:
      return wanted === read;
  }
}

/** An answer of `zfs get -p` in the words of a playbook: `500G` and not 536870912000. */
export function shownZfsValue(name: string, read: string): string {
  const kind = isUserProperty(name) ? "text" : zfsProperty(name)?.form.kind;
  if (kind === "limit") return limitOf(read) === 0 ? "none" : size(read);
  if (kind === "power") return size(read);
  if (kind === "count") return countOf(read) === null ? "none" : read;
  return read;
}

export function unknownProperty(name: string): string {
  const like = nearest(name, zfsPropertyNames);
  return `zfs has no property "${name}" that could be set${like === undefined ? "" : `: did you mean ${like}?`} (a name of your own has a colon in it, such as lab:owner)`;
}

function userValue(value: string): WantedZfsValue {
  if (value.includes("\0")) return { error: "a value cannot hold a NUL character" };
  if (Buffer.byteLength(value) > LONGEST_USER_VALUE)
    return { error: `a value has at most ${LONGEST_USER_VALUE} bytes` };
  return as(value);
}
function limit(word: string): WantedZfsValue {
  if (word === "none") return as("none");
  const bytes = parseZfsSize(word);
  if (bytes === null) return { error: `"${word}" is no size: write 500G, a number of bytes, or none` };
  // Zero reads back as none is read, but `zfs set quota=0` is refused.
  return as(bytes === 0 ? "none" : printZfsSize(bytes));
}
function power(word: string, { least, most, zero }: ZfsForm & { kind: "power" }): WantedZfsValue {
  const bytes = parseZfsSize(word);
  const fits = bytes !== null && bytes >= least && bytes <= most && Number.isInteger(Math.log2(bytes));
  if (bytes !== null && (fits || (zero && bytes === 0))) return as(printZfsSize(bytes));
  const or = zero ? ", or 0" : "";
  return { error: `expected a power of two from ${least} to ${printZfsSize(most)} bytes, such as 128K${or}` };
}
function number(word: string): WantedZfsValue {
  if (word === "none") return as("none");
  const things = /b/i.test(word) ? null : parseZfsSize(word);
  return things === null ? { error: `"${word}" is no number of things: write 1000, or none` } : as(String(things));
}
function mountpoint(word: string): WantedZfsValue {
  if (word === "none" || word === "legacy") return as(word);
  if (!word.startsWith("/") || /[\0-\x1f\x7f]/.test(word))
    return { error: "expected an absolute path, none or legacy" };
  if (word.split("/").includes("..")) return { error: "a path must not hold `..`: say where it leads" };
  return word.length > 1023 ? { error: "a mountpoint has at most 1023 characters" } : as(plainPath(word));
}

function as(word: string): WantedZfsValue {
  return { set: word, shown: word };
}
function notAmong(word: string, words: readonly string[], boolean: boolean): string {
  const like = nearest(word, words);
  const known = words.length > 20 ? `${words.slice(0, 12).join(", ")} and more` : words.join(", ");
  const why = boolean ? "it is not on or off" : `"${word}" is none of its values`;
  return `${why}: ${known}${like === undefined ? "" : `. Did you mean ${like}?`}`;
}
function limitOf(word: string): number | string {
  return word === "none" || word === "-" ? 0 : (parseZfsSize(word) ?? word);
}
function countOf(word: string): number | null {
  return word === "none" || word === NO_COUNT || word === "-" ? null : parseZfsSize(word);
}
function size(read: string): string {
  const bytes = parseZfsSize(read);
  return bytes === null ? read : printZfsSize(bytes);
}
/** The kernel mounts at the plain path however it is spelled. */
function plainPath(path: string): string {
  if (!path.startsWith("/")) return path;
  return `/${path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/")}`;
}
