import type { SealProblem } from "../value/sealed.ts";

/** The private keys of an identity file: one a line; empty lines and those that begin with `#` count for nothing. */
export function readIdentities(
  text: string,
  file: string,
): { readonly identities: readonly string[] } | { readonly problem: SealProblem } {
  const wrong = (message: string, hint: string) => ({ problem: { code: "bad-identity", message, hint } });
  if (/-----BEGIN (OPENSSH|RSA|EC|DSA) /.test(text)) {
    return wrong(`${file} is a key of SSH, and secrets are opened with a key of age`, "make one: lab secret keygen");
  }
  const identities: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const key = line.trim();
    if (key === "" || key.startsWith("#")) continue;
    if (/^AGE-SECRET-KEY-(PQ-)?1[0-9A-Z]+$/.test(key)) identities.push(key);
    // The line is not quoted: it may be a private key with one wrong letter.
    else if (/^AGE-PLUGIN-/.test(key)) {
      return wrong(
        `${file}:${index + 1} is a key of a plugin, and plugins are not supported`,
        "make one: lab secret keygen",
      );
    } else if (/^age1/.test(key)) {
      return wrong(
        `${file}:${index + 1} is a public key: with it secrets are encrypted, not opened`,
        "the private key begins with AGE-SECRET-KEY-1",
      );
    } else return wrong(`${file}:${index + 1} is no private key of age`, "one begins with AGE-SECRET-KEY-1");
  }
  if (identities.length === 0) return wrong(`${file} holds no private key`, "make one: lab secret keygen");
  return { identities };
}
