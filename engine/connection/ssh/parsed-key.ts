import type { ParsedKey } from "ssh2";
import ssh2 from "ssh2";

/** Reads a key of any format. The library's declared types leave out that it may answer a list. */
export function parseKey(data: Buffer, passphrase?: string): ParsedKey | Error {
  const found: unknown = ssh2.utils.parseKey(data, passphrase);
  const first: unknown = Array.isArray(found) ? found[0] : found;
  if (first instanceof Error) return first;
  return isParsedKey(first) ? first : new Error("there is no key in it");
}

export function isParsedKey(value: unknown): value is ParsedKey {
  return typeof value === "object" && value !== null && !(value instanceof Error) && "getPublicSSH" in value;
}

/** Two keys are the same if their public halves are. */
export function idOf(key: ParsedKey): string {
  return key.getPublicSSH().toString("base64");
}
