import { sshPublicKeyProblem } from "./ssh-public-key.ts";
import { joinLines, splitLines, usualEnd } from "./text-lines.ts";

/** A line of authorized_keys that holds a key. */
export interface AuthorizedKey {
  /** As they stand before the key: `from="192.0.2.0/24",no-pty`; empty if there are none. */
  readonly options: string;
  readonly type: string;
  readonly blob: string;
  readonly comment: string;
}

/** Null for a comment, a blank line, or what sshd would not take for a key. */
export function parseAuthorizedKey(line: string): AuthorizedKey | null {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return null;
  const plain = parseKey(text);
  if (plain !== null) return { options: "", ...plain };
  // Options end at the first blank that is not in quotes; a quote inside of them is written \".
  const options = /^(?:"(?:[^"\\]|\\.)*"|[^\s"])+/.exec(text)?.[0] ?? "";
  const key = options === "" ? null : parseKey(text.slice(options.length).trim());
  return key === null ? null : { options, ...key };
}
function parseKey(text: string): Omit<AuthorizedKey, "options"> | null {
  const match = /^((?:ssh|ecdsa|sk)-[\w@.-]+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t]+(.*))?$/.exec(text);
  const [, type = "", blob = "", comment = ""] = match ?? [];
  return match === null || sshPublicKeyProblem(`${type} ${blob}`) !== null ? null : { type, blob, comment };
}

export function keyLine({ options, type, blob, comment }: AuthorizedKey): string {
  return [options, type, blob, comment].filter((part) => part !== "").join(" ");
}
export function sameKey(one: AuthorizedKey, other: AuthorizedKey): boolean {
  return one.type === other.type && one.blob === other.blob;
}

/** Every key in a file, with the index of its line. */
export function keysIn(text: string): readonly { readonly line: number; readonly key: AuthorizedKey }[] {
  return splitLines(text).flatMap((line, index) => {
    const key = parseAuthorizedKey(line.text);
    return key === null ? [] : [{ line: index, key }];
  });
}

/** The text with these keys, one line each: at their place where they are there already, else at the end. */
export function withKeys(text: string, wanted: readonly AuthorizedKey[], exclusive: boolean): string {
  const there = keysIn(text);
  const lines = splitLines(text);
  const end = usualEnd(lines);
  const kept = lines.flatMap((line, index) => {
    const found = there.find((each) => each.line === index);
    if (found === undefined) {
      // With `exclusive` only comments and blank lines stay beside the keys: of what else stands there no one knows who it lets in.
      return exclusive && !/^\s*(#|$)/.test(line.text) ? [] : [line];
    }
    const key = wanted.find((each) => sameKey(each, found.key));
    if (key === undefined) return exclusive ? [] : [line];
    const first = there.find((each) => sameKey(each.key, key))?.line === index;
    if (!first) return [];
    return keyLine(key) === keyLine(found.key) ? [line] : [{ ...line, text: keyLine(key) }];
  });
  const missing = wanted.filter((key) => !there.some((each) => sameKey(each.key, key)));
  const whole = kept.map((line) => (line.end === "" && missing.length > 0 ? { ...line, end } : line));
  return joinLines([...whole, ...missing.map((key) => ({ text: keyLine(key), end }))]);
}
export function withoutKeys(text: string, unwanted: readonly AuthorizedKey[]): string {
  const gone = new Set(
    keysIn(text).flatMap(({ line, key }) => (unwanted.some((each) => sameKey(each, key)) ? [line] : [])),
  );
  return joinLines(splitLines(text).filter((_, index) => !gone.has(index)));
}
