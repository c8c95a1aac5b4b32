import { readFile, stat } from "node:fs/promises";
import type { ParsedKey } from "ssh2";
import type { Secret } from "../../value/secret.ts";
import { parseKey } from "./parsed-key.ts";

/** A private key from a file, or why there is none. */
export type LoadedKey =
  | { readonly kind: "key"; readonly key: ParsedKey }
  | { readonly kind: "missing" }
  | { readonly kind: "unusable"; readonly why: string };

/** Where passphrases come from: the inventory's, then somebody to ask. */
export interface Passphrases {
  readonly known: Secret | undefined;
  readonly ask: ((question: string) => Promise<Secret | null>) | undefined;
}

const mostQuestions = 3;

export async function loadKey(path: string, passphrases: Passphrases): Promise<LoadedKey> {
  let text: Buffer;
  try {
    // OpenSSH ignores a private key that others can read; a key that it would not take shall not work here alone.
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) {
      return { kind: "unusable", why: `others may read it (mode ${(mode & 0o777).toString(8)}): chmod 600 ${path}` };
    }
    text = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "missing" };
    return {
      kind: "unusable",
      why: code === "EACCES" ? "it may not be read by us" : `it cannot be read: ${String(code)}`,
    };
  }
  const plain = parse(text);
  if (!(plain instanceof Error)) return { kind: "key", key: plain };
  if (!/encrypted/i.test(plain.message))
    return { kind: "unusable", why: `it is no private key that we can read: ${plain.message}` };
  return unlock(path, text, passphrases);
}

async function unlock(path: string, text: Buffer, { known, ask }: Passphrases): Promise<LoadedKey> {
  if (known !== undefined) {
    const key = parse(text, known.reveal());
    if (!(key instanceof Error)) return { kind: "key", key };
  }
  for (let question = 0; ask !== undefined && question < mostQuestions; question += 1) {
    const answer = await ask(`Passphrase for ${path}: `);
    if (answer === null) break;
    const key = parse(text, answer.reveal());
    if (!(key instanceof Error)) return { kind: "key", key };
    if (question === mostQuestions - 1) return { kind: "unusable", why: "the passphrase is wrong" };
  }
  return {
    kind: "unusable",
    why:
      known === undefined
        ? "it needs a passphrase and none is known: load it into the agent (ssh-add)"
        : "the passphrase is wrong",
  };
}

function parse(text: Buffer, passphrase?: string): ParsedKey | Error {
  const key = parseKey(text, passphrase);
  return key instanceof Error || key.isPrivateKey() ? key : new Error("it is a public key");
}

/** The public half of a key file where it lies beside it, to know a key without its passphrase. */
export async function publicKeyBeside(path: string): Promise<ParsedKey | null> {
  const text = await readFile(`${path}.pub`).catch(() => null);
  if (text === null) return null;
  const key = parseKey(text);
  return key instanceof Error ? null : key;
}
