// The one door to age-encryption; what decrypts in a thread of its own is in blocking-opener.ts.
import { armor, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import type { Secret } from "../value/secret.ts";

/** Who shall be able to open something: holders of keys, or who knows a passphrase. */
export type Sealing =
  | { readonly kind: "recipients"; readonly recipients: readonly string[] }
  | { readonly kind: "passphrase"; readonly passphrase: Secret };

/** Content → age file in armor. Every call gives another text: what did not change must not be encrypted anew. */
export async function sealed(content: string | Uint8Array, sealing: Sealing): Promise<string> {
  return armor.encode(await sealedBytes(content, sealing));
}

export async function sealedBytes(content: string | Uint8Array, sealing: Sealing): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  if (sealing.kind === "passphrase") encrypter.setPassphrase(sealing.passphrase.reveal());
  else for (const recipient of sealing.recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(content);
}

/** A new private key, `AGE-SECRET-KEY-1…`. */
export function newIdentity(): Promise<string> {
  return generateX25519Identity();
}

/** The public key of a private one, `age1…`. */
export function recipientOf(identity: string): Promise<string> {
  return identityToRecipient(identity);
}

/** Whether a text is a public key, by its form and check sum. */
export function isRecipient(text: string): boolean {
  try {
    new Encrypter().addRecipient(text);
    return true;
  } catch {
    return false;
  }
}
