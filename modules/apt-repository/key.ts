import { readKeyFile } from "../../engine/formats/gpg-keys.ts";
import { type LocalFile, type Refusal, refuse } from "../../engine/module/index.ts";
import type { Params } from "./params.ts";
import { KEYRINGS, type Seen } from "./seen.ts";

export interface Key {
  readonly path: string;
  /** Null: it is there. */
  readonly write: Uint8Array | null;
  readonly fingerprints: readonly string[];
  /** What is there now. */
  readonly is: Uint8Array | null;
}

/** The key, verified; null where a keyring of the host is used. */
export function keyFor(given: Params, seen: Seen): Key | null | Refusal {
  const { name, key, key_file, key_url, signed_by, fingerprint = [] } = given;
  if (signed_by !== undefined) return null;
  const there = keyAsWanted(given, seen);
  const is = there === null ? (seen.asc ?? seen.gpg) : there.bytes;
  if (key_url !== undefined && there !== null) return { path: there.path, write: null, fingerprints: fingerprint, is };
  const from = key_url ?? key_file?.name ?? "key";
  if (key_file !== undefined && key_file.text === undefined)
    return refuse(`${from} is no armoured key`, "`gpg --enarmor` or `gpg --export --armor` makes a text of it");
  const answer = seen.fetched;
  if (key_url !== undefined && answer?.code === 127)
    return refuse("there is no curl on the host", "install the package curl, or give the key as a text");
  if (key_url !== undefined && answer?.code !== 0)
    return refuse(`the key cannot be fetched: ${answer?.stderr.trim() ?? ""}`, "is the address right?");
  const bytes = key_url === undefined ? Buffer.from(key ?? textOf(key_file)) : (answer?.bytes ?? new Uint8Array());
  const keys = readKeyFile(bytes);
  if (keys === null) return refuse(`${from} holds no public key`, "expected a key of OpenPGP, armoured or not");
  const strange = keys.fingerprints.filter((each) => !fingerprint.includes(each));
  const missing = fingerprint.filter((each) => !keys.fingerprints.includes(each));
  if (strange.length > 0 || missing.length > 0) {
    const has = `${from} holds ${keys.fingerprints.join(", ")}`;
    return missing.length > 0
      ? refuse(`the key is another one: ${has}, not ${missing.join(", ")}`, "do not trust it before you know why")
      : refuse(`there are more keys than were named: ${has}`, "name all of them in fingerprint, if you trust them all");
  }
  const path = `${KEYRINGS}/${name}.${keys.armoured ? "asc" : "gpg"}`;
  const old = keys.armoured ? seen.asc : seen.gpg;
  const same = old !== null && Buffer.from(old).equals(bytes);
  return { path, write: same ? null : bytes, fingerprints: fingerprint, is: old };
}

/** The key file of ours that holds the wanted keys and no other; null if there is none. */
export function keyAsWanted(
  { name, fingerprint = [] }: Params,
  { asc, gpg }: Pick<Seen, "asc" | "gpg">,
): { readonly path: string; readonly bytes: Uint8Array } | null {
  const fits = (bytes: Uint8Array | null): bytes is Uint8Array => {
    const prints = bytes === null ? [] : printsOf(bytes);
    return prints.length === fingerprint.length && prints.every((each) => fingerprint.includes(each));
  };
  if (fits(asc)) return { path: `${KEYRINGS}/${name}.asc`, bytes: asc };
  return fits(gpg) ? { path: `${KEYRINGS}/${name}.gpg`, bytes: gpg } : null;
}
export function printsOf(bytes: Uint8Array | null): readonly string[] {
  return bytes === null ? [] : (readKeyFile(bytes)?.fingerprints ?? []);
}
function textOf(file: LocalFile | undefined): string {
  return file?.text ?? "";
}
