import { createHash } from "node:crypto";

export type ShaCryptKind = "sha256" | "sha512";

const defaultRounds = 5_000;

/**
 * A password as /etc/shadow keeps it: `$6$salt$…` (SHA-512) or `$5$salt$…` (SHA-256), by the algorithm that glibc, musl
 * and libxcrypt share (https://www.akkadia.org/drepper/SHA-crypt.txt). Only rounds that are not the default are written.
 */
export function shaCrypt(kind: ShaCryptKind, password: string, salt: string, rounds?: number): string {
  const key = Buffer.from(password, "utf8");
  const grain = Buffer.from(salt, "utf8").subarray(0, 16);
  const digest = (...parts: readonly Buffer[]): Buffer => {
    const hash = createHash(kind);
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const bytes = kind === "sha512" ? 64 : 32;
  const stretched = (block: Buffer, length: number): Buffer => Buffer.alloc(length, block);

  const inner = digest(key, grain, key);
  const first: Buffer[] = [key, grain, stretched(inner, key.length)];
  // The bits of the password's length, from the lowest up, choose what is mixed in.
  for (let left = key.length; left > 0; left >>= 1) first.push(left & 1 ? inner : key);
  let state = digest(...first);

  const ofKey = stretched(digest(...Array.from({ length: key.length }, () => key)), key.length);
  const times = 16 + (state[0] ?? 0);
  const ofSalt = stretched(digest(...Array.from({ length: times }, () => grain)), grain.length);

  const count = rounds ?? defaultRounds;
  for (let round = 0; round < count; round += 1) {
    const parts: Buffer[] = [round & 1 ? ofKey : state];
    if (round % 3 !== 0) parts.push(ofSalt);
    if (round % 7 !== 0) parts.push(ofKey);
    parts.push(round & 1 ? state : ofKey);
    state = digest(...parts);
  }
  const prefix = kind === "sha512" ? "$6$" : "$5$";
  const said = rounds === undefined ? "" : `rounds=${rounds}$`;
  return `${prefix}${said}${grain.toString("utf8")}$${encoded(state, bytes)}`;
}

/** What a salt may be made of. */
export const shaCryptSalt = /^[./0-9A-Za-z]{1,16}$/;

const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Three bytes make four characters, the lowest bits first. The bytes come from three columns that turn with each row. */
function encoded(state: Buffer, bytes: number): string {
  const third = Math.floor(bytes / 3);
  let text = "";
  const add = (value: number, length: number): void => {
    for (let index = 0; index < length; index += 1) text += alphabet[(value >> (6 * index)) & 63] ?? "";
  };
  const at = (index: number): number => state[index] ?? 0;
  for (let row = 0; row < third; row += 1) {
    const columns = [row, row + third, row + 2 * third];
    // SHA-512 turns the columns one way, SHA-256 the other.
    const turn = bytes === 64 ? row % 3 : (3 - (row % 3)) % 3;
    const [high = 0, middle = 0, low = 0] = [...columns.slice(turn), ...columns.slice(0, turn)];
    add((at(high) << 16) | (at(middle) << 8) | at(low), 4);
  }
  if (bytes === 64) add(at(63), 2);
  else add((at(31) << 8) | at(30), 3);
  return text;
}
