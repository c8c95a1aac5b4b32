import { plural } from "../text/plural.ts";
import type { Opened, SealProblem, Unsealer } from "../value/sealed.ts";
import { Secret } from "../value/secret.ts";
import { createBlockingOpener, type OpenRequest } from "./blocking-opener.ts";
import { readIdentities } from "./identity-file.ts";
import { isArmored, isSealed, sealedHeader, unarmored } from "./sealed-header.ts";

/** What there is of an identity file. */
export type IdentitySource =
  | { readonly kind: "found"; readonly file: string; readonly bytes: Uint8Array }
  /** Nowhere; and where it was looked for. */
  | { readonly kind: "none"; readonly looked: readonly string[] }
  | { readonly kind: "refused"; readonly problem: SealProblem };

/**
 * What is to be opened. For a run, everything that it reads: what cannot be is an error. For whoever looks, what can be.
 * For a check that needs no key, whole files if that is possible, since they hold names; values never.
 */
export type Wanted = "everything" | "possible" | "names";

export interface KeyringOptions {
  /** Asked when something is opened for the first time. */
  identity(): IdentitySource;
  /** From a file that the environment names. */
  passphrase(): Secret | undefined;
  readonly wanted: Wanted;
  /** Told of every text that was opened. */
  hide(secret: Secret): void;
}
export interface Keyring extends Unsealer {
  /** Something could not be opened, or cannot when it is read, before somebody gives a passphrase. */
  lacksPassphrase(): boolean;
  givePassphrase(passphrase: Secret): void;
  /** The private keys; none where there are none, or where they cannot be read. */
  identities(): readonly string[];
}

type Keys = Pick<OpenRequest, "identities"> & { readonly file: string };

/** The keys of whoever calls, and what they open: every text once. */
export function createKeyring(options: KeyringOptions): Keyring {
  const opener = createBlockingOpener();
  const opened = new Map<string, Opened<string>>();
  let keys: Keys | SealProblem | undefined;
  let given: Secret | undefined;
  let missed = false;
  let inspected = false;
  let inspectedPassphrase = false;

  const passphrase = (): Secret | undefined => {
    given ??= options.passphrase();
    return given;
  };

  /** The identity file, itself encrypted with a passphrase or not. */
  function ownKeys(): Keys | SealProblem {
    const source = keys === undefined ? options.identity() : undefined;
    // Not remembered where it is encrypted: its passphrase may be given yet.
    if (source?.kind === "found" && isSealed(source.bytes) && passphrase() === undefined) return lacking(source.file);
    keys ??= source && readKeys(source);
    return keys ?? noIdentity([]);
  }

  function readKeys(source: IdentitySource): Keys | SealProblem {
    if (source.kind === "refused") return source.problem;
    if (source.kind === "none") return noIdentity(source.looked);
    let { bytes } = source;
    if (isSealed(bytes)) {
      const word = passphrase()?.reveal() ?? null;
      const inner = opener({ bytes: bare(bytes), identities: [], passphrase: word });
      if (inner.kind !== "opened") return wrongPassphrase(source.file);
      bytes = inner.bytes;
    }
    const read = readIdentities(Buffer.from(bytes).toString("utf8"), source.file);
    return "problem" in read ? read.problem : { ...read, file: source.file };
  }

  function lacking(what: string): SealProblem {
    missed = true;
    return {
      code: "no-passphrase",
      message: `${what} is encrypted with a passphrase, and nobody was there to give it`,
      hint: "call lab on a terminal, or put it into a file that only you can read and name that in LAB_SECRETS_PASSPHRASE_FILE",
    };
  }

  function decrypt(bytes: Uint8Array): Opened<Uint8Array> {
    const header = sealedHeader(bytes);
    if (header.kind === "damaged") return closed(damaged(header.why));
    if (header.kind === "passphrase") {
      const word = passphrase();
      if (word === undefined) return closed(lacking("it"));
      const answer = opener({ bytes, identities: [], passphrase: word.reveal() });
      if (answer.kind === "opened") return { kind: "opened", content: answer.bytes };
      return closed(answer.kind === "damaged" ? damaged(answer.why) : wrongPassphrase("it"));
    }
    const own = ownKeys();
    if ("code" in own) return closed(own);
    const answer = opener({ bytes, identities: own.identities, passphrase: null });
    if (answer.kind === "opened") return { kind: "opened", content: answer.bytes };
    if (answer.kind === "bad-identity") {
      const hint = "one letter of it is wrong: take it from a copy";
      return closed({ code: "bad-identity", message: `${own.file} holds a private key that cannot be one`, hint });
    }
    return closed(answer.kind === "no-match" ? notForUs(header.count, own.file) : damaged(answer.why));
  }

  function openText(armored: string): Opened<string> {
    const bytes = unarmored(armored);
    if ("why" in bytes) return closed(damaged(bytes.why));
    const content = decrypt(bytes.bytes);
    if (content.kind !== "opened") return content;
    const text = decoded(content.content);
    if (text === undefined) {
      const hint = "encrypt it as a file of its own, and put that on the host with copy";
      return closed({ code: "secret-not-text", message: "what is encrypted here is not UTF-8 text", hint });
    }
    options.hide(new Secret(text));
    return { kind: "opened", content: text };
  }

  /** Where no key is needed, one that is missing is no fault; a text that is damaged is one always. */
  function softened<Content>(content: Opened<Content>): Opened<Content> {
    if (content.kind !== "closed" || options.wanted === "everything") return content;
    if (content.problem.code === "damaged-secret") return content;
    return { kind: "waiting", why: "it is encrypted, and there is no key at hand" };
  }

  return {
    problem(armored) {
      inspected = true;
      const bytes = unarmored(armored);
      if ("why" in bytes) return damaged(bytes.why);
      const header = sealedHeader(bytes.bytes);
      if (header.kind === "passphrase") inspectedPassphrase = true;
      return header.kind === "damaged" ? damaged(header.why) : undefined;
    },
    open(armored) {
      if (options.wanted === "names") return { kind: "waiting", why: "it is encrypted, and a check opens nothing" };
      const known = opened.get(armored);
      if (known) return known;
      const now = softened(openText(armored));
      // A passphrase may be given yet.
      if (now.kind === "opened" || !missed) opened.set(armored, now);
      return now;
    },
    openFile(bytes) {
      const content = isSealed(bytes)
        ? decrypt(bare(bytes))
        : closed<Uint8Array>(damaged("it is no age file: neither in armor nor without"));
      return softened(content);
    },
    hide: (text) => options.hide(new Secret(text)),
    lacksPassphrase() {
      if (options.wanted !== "everything" || passphrase() !== undefined) return false;
      if (missed || inspectedPassphrase) return true;
      if (!inspected || keys !== undefined) return false;
      const source = options.identity();
      return source.kind === "found" && isSealed(source.bytes);
    },
    identities() {
      const own = ownKeys();
      return "code" in own ? [] : own.identities;
    },
    givePassphrase(word) {
      given = word;
      missed = false;
      keys = undefined;
      opened.clear();
    },
  };
}

/** Without its armor. Armor that is damaged stays as it is, and is told of by its header. */
function bare(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString("latin1");
  if (!isArmored(text)) return bytes;
  const inner = unarmored(text);
  return "why" in inner ? bytes : inner.bytes;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function closed<Content>(problem: SealProblem): Opened<Content> {
  return { kind: "closed", problem };
}

function damaged(why: string): SealProblem {
  return {
    code: "damaged-secret",
    message: `the encrypted text is damaged: ${why}`,
    hint: "take it from an earlier version of the file, or encrypt the value anew: lab secret encrypt",
  };
}

function noIdentity(looked: readonly string[]): SealProblem {
  return {
    code: "no-identity",
    message: "there is no private key to open secrets with",
    hint: `looked for it in ${looked.join(" and ")}; make one with lab secret keygen, and have somebody who can read the secrets call lab secret rekey for its public key`,
  };
}

function notForUs(count: number, file: string): SealProblem {
  return {
    code: "wrong-identity",
    message: `it is encrypted for ${plural(count, "key")}, and none of them is in ${file}`,
    hint: "name the right file in LAB_AGE_IDENTITY_FILE, or have somebody who can read it call lab secret rekey for your public key",
  };
}

function wrongPassphrase(what: string): SealProblem {
  return { code: "wrong-passphrase", message: `the passphrase does not open ${what}`, hint: "give it again" };
}
