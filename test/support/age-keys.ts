import { armor, Encrypter } from "age-encryption";
import { newIdentity, recipientOf, sealed } from "../../engine/secrets/age.ts";
import { createKeyring, type IdentitySource, type Keyring } from "../../engine/secrets/keyring.ts";
import type { Secret } from "../../engine/value/secret.ts";

/** A key and what it takes to use it, in memory. */
export interface TestKey {
  readonly identity: string;
  readonly recipient: string;
  seal(value: string | Uint8Array): Promise<string>;
  /** As YAML: behind `name: `. */
  tagged(value: string): Promise<string>;
  /** A keyring of this key; the texts that it has opened are put into `hidden`. */
  keyring(options?: { readonly checkOnly?: boolean; readonly hidden?: string[]; hide?(secret: Secret): void }): Keyring;
}

export async function testKey(): Promise<TestKey> {
  const identity = await newIdentity();
  const recipient = await recipientOf(identity);
  const seal = (value: string | Uint8Array) => sealed(value, { kind: "recipients", recipients: [recipient] });
  return {
    identity,
    recipient,
    seal,
    tagged: async (value) => `!secret ${JSON.stringify(await seal(value))}`,
    keyring: ({ checkOnly = false, hidden = [], hide = (secret: Secret) => void hidden.push(secret.reveal()) } = {}) =>
      createKeyring({
        wanted: checkOnly ? "names" : "everything",
        identity: () => identityFile(identity),
        passphrase: () => undefined,
        hide,
      }),
  };
}

export function identityFile(text: string): IdentitySource {
  return { kind: "found", file: "/keys.txt", bytes: Buffer.from(text) };
}

/** Encrypted with a passphrase that costs little to try: what protects a real one from being guessed takes seconds. */
export async function sealedLightly(content: string, passphrase: string): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(10);
  return armor.encode(await encrypter.encrypt(content));
}
