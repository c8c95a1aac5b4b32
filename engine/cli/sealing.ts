import type { Diagnostic } from "../errors/diagnostic.ts";
import { SiteError } from "../errors/site-error.ts";
import { isRecipient, recipientOf, type Sealing } from "../secrets/age.ts";
import type { Keyring } from "../secrets/keyring.ts";
import { findRoot } from "../site/files.ts";
import type { Secret } from "../value/secret.ts";
import { askSecret } from "./ask-secret.ts";
import { diskFiles } from "./disk-files.ts";
import { openKeyring, passphraseFromFile, secretSettings } from "./open-keyring.ts";

export interface SealOptions {
  readonly recipient?: readonly string[];
  readonly passphrase?: boolean;
}

/** Who shall be able to read what is encrypted now: whom the call names, else whom lab.yml does. */
export async function sealingFor(options: SealOptions): Promise<Sealing> {
  if (options.passphrase) {
    if (options.recipient !== undefined) throw wrong("wrong-option", "--passphrase and --recipient exclude each other");
    return { kind: "passphrase", passphrase: await newPassphrase() };
  }
  const root = findRoot(diskFiles, process.cwd());
  const recipients = options.recipient ?? secretSettings(root).recipients.map(({ name }) => name);
  if (recipients.length === 0) {
    throw wrong(
      "no-recipients",
      "nobody is named who could read it",
      "write the public keys into lab.yml: `secrets: { recipients: [age1…] }`, or name one: -r age1… (lab secret keygen makes a key)",
    );
  }
  const bad = [...new Set(recipients)].filter((recipient) => !isRecipient(recipient));
  if (bad.length > 0) {
    throw new SiteError(
      bad.map((recipient): Diagnostic => {
        // A private key in the place of a public one must not be printed.
        const shown = recipient.startsWith("age1") ? recipient : "this text";
        const message = `${shown} is no public key of age`;
        return {
          code: "bad-recipient",
          message,
          hint: "one begins with age1, and a letter more or less makes another one",
        };
      }),
    );
  }
  return { kind: "recipients", recipients: [...new Set(recipients)] };
}

/** Asked for twice, unless a file has it. */
export async function newPassphrase(): Promise<Secret> {
  const given = passphraseFromFile();
  if (given) return given;
  const first = await askSecret("new passphrase");
  if (first === null) {
    throw wrong(
      "no-terminal",
      "cannot ask for the passphrase: there is no terminal",
      "put it into a file that only you can read and name that in LAB_SECRETS_PASSPHRASE_FILE",
    );
  }
  const second = await askSecret("the same once more");
  if (second?.reveal() !== first.reveal()) throw wrong("wrong-passphrase", "the two passphrases are not the same");
  if (first.reveal() === "") throw wrong("wrong-passphrase", "an empty passphrase protects nothing");
  return first;
}

export function ownKeys(): Keyring {
  return openKeyring({ root: findRoot(diskFiles, process.cwd()), wanted: "everything", hide: () => {} });
}

/** The keys of whoever calls, for commands that open something at once; the passphrase is asked for when it is needed. */
export async function withKeys<T>(work: (keyring: Keyring) => Promise<T>): Promise<T> {
  const keyring = ownKeys();
  try {
    return await work(keyring);
  } catch (error) {
    if (!keyring.lacksPassphrase()) throw error;
    const passphrase = await askSecret("passphrase of the secrets");
    if (passphrase === null) throw error;
    keyring.givePassphrase(passphrase);
    return work(keyring);
  }
}

/** Whether whoever calls has keys, and none of them opens what is encrypted so. Of a key that is locked nothing is known. */
export async function locksOut(sealing: Sealing, keyring: Keyring): Promise<boolean> {
  if (sealing.kind === "passphrase") return false;
  const own = await Promise.all(keyring.identities().map(recipientOf));
  return own.length > 0 && !own.some((recipient) => sealing.recipients.includes(recipient));
}

export function wrong(code: string, message: string, hint?: string): SiteError {
  return new SiteError([{ code, message, ...(hint !== undefined && { hint }) }]);
}
