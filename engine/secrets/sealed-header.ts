/** What an age file says of itself without any key: for whom it is encrypted. */
export type SealedHeader =
  | { readonly kind: "recipients"; readonly count: number }
  | { readonly kind: "passphrase" }
  | { readonly kind: "damaged"; readonly why: string };

const begin = "-----BEGIN AGE ENCRYPTED FILE-----";
const end = "-----END AGE ENCRYPTED FILE-----";
const version = "age-encryption.org/v1\n";

export function isArmored(text: string): boolean {
  return text.trimStart().startsWith(begin);
}

/** Whether bytes are an age file, in armor or without. */
export function isSealed(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 256)).toString("latin1");
  return start.startsWith(version) || isArmored(start);
}

/** An armored text as bytes, or what is wrong with its armor. */
export function unarmored(text: string): { readonly bytes: Uint8Array } | { readonly why: string } {
  const lines = text.trim().split(/\r?\n/);
  if (lines[0]?.trim() !== begin) return { why: `it does not begin with \`${begin}\`` };
  if (lines.length < 2 || lines.at(-1)?.trim() !== end) return { why: `it does not end with \`${end}\`` };
  const body = lines.slice(1, -1);
  const odd = body.findIndex((line, index) => {
    const full = index < body.length - 1 ? line.length === 64 : line.length > 0 && line.length <= 64;
    return !full || line.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(line);
  });
  // The armor's first line counts as one.
  if (odd >= 0) return { why: `its line ${odd + 2} is not as it was written` };
  return { bytes: Buffer.from(body.join(""), "base64") };
}

/** The header in front of the encrypted bytes: who can open them is not encrypted. */
export function sealedHeader(bytes: Uint8Array): SealedHeader {
  // A recipient takes some 100 bytes; nobody encrypts for thousands.
  const text = Buffer.from(bytes.subarray(0, 1 << 20)).toString("latin1");
  if (!text.startsWith(version)) return { kind: "damaged", why: "it is no age file, or one of a later format" };
  const close = /^--- [A-Za-z0-9+/]{43}\n/m.exec(text);
  if (!close) return { kind: "damaged", why: "its header has no end" };
  const kinds = [...text.slice(0, close.index).matchAll(/^-> (\S+)/gm)].map(([, kind]) => kind);
  // A nonce, and the tag of the last piece, which may be empty.
  if (bytes.length < close.index + close[0].length + 32) return { kind: "damaged", why: "its end is missing" };
  return kinds.includes("scrypt") ? { kind: "passphrase" } : { kind: "recipients", count: kinds.length };
}
