import { createHash } from "node:crypto";

/** The public keys in a file, armoured or not, each by the fingerprint of its primary key (upper-case hex). */
export interface KeyFile {
  readonly armoured: boolean;
  readonly fingerprints: readonly string[];
}

/**
 * Reads the packets of OpenPGP (RFC 4880, 9580) as far as it takes to say whose keys they are; so no gpg is needed on the
 * host, and a key is judged before it gets there. A text around the armour does not matter. Null: no public key is in it.
 */
export function readKeyFile(bytes: Uint8Array): KeyFile | null {
  const text = Buffer.from(bytes).toString("latin1");
  const armoured = text.includes("-----BEGIN PGP PUBLIC KEY BLOCK-----");
  const blocks = armoured ? dearmour(text) : [bytes];
  const fingerprints: string[] = [];
  for (const block of blocks) {
    const found = block === null ? null : primaryKeys(block);
    if (found === null) return null;
    fingerprints.push(...found);
  }
  return fingerprints.length === 0 ? null : { armoured, fingerprints: [...new Set(fingerprints)] };
}

function dearmour(text: string): readonly (Uint8Array | null)[] {
  const blocks = text.matchAll(
    /-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n([\s\S]*?)-----END PGP PUBLIC KEY BLOCK-----/g,
  );
  return [...blocks].map(([, inner = ""]) => {
    // Headers (`Comment: …`) end with an empty line; the last line is a checksum, which says nothing that a fingerprint does not.
    const body = /^(?:[^\n]*:[^\n]*\n)*\s*\n?([\s\S]*)$/.exec(inner.replaceAll("\r", ""))?.[1] ?? "";
    const base64 = body.replace(/^=[A-Za-z0-9+/]{4}$/m, "").replace(/\s/g, "");
    return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, "base64") : null;
  });
}

const PUBLIC_KEY = 6;

/** Null: these are no packets. */
function primaryKeys(bytes: Uint8Array): readonly string[] | null {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const packet = packetAt(bytes, at);
    if (packet === null) return null;
    if (packet.tag === PUBLIC_KEY) {
      const fingerprint = fingerprintOf(packet.body);
      if (fingerprint === null) return null;
      found.push(fingerprint);
    }
    at = packet.end;
  }
  return found;
}

interface Packet {
  readonly tag: number;
  readonly body: Uint8Array;
  readonly end: number;
}

/** A packet with an old or a new header. Those of keys are never in parts, and none of them ends with the file. */
function packetAt(bytes: Uint8Array, at: number): Packet | null {
  const head = bytes[at] ?? 0;
  if ((head & 0x80) === 0) return null;
  const isNew = (head & 0x40) !== 0;
  const tag = isNew ? head & 0x3f : (head >> 2) & 0x0f;
  const first = bytes[at + 1] ?? 0;
  const [start, length] = isNew ? newLength(bytes, at + 1, first) : oldLength(bytes, at + 1, head & 3);
  const end = start + length;
  return length < 0 || end > bytes.length ? null : { tag, body: bytes.subarray(start, end), end };
}
function newLength(bytes: Uint8Array, at: number, first: number): readonly [number, number] {
  if (first < 192) return [at + 1, first];
  if (first < 224) return [at + 2, ((first - 192) << 8) + (bytes[at + 1] ?? 0) + 192];
  return first === 255 ? [at + 5, number(bytes, at + 1, 4)] : [at, -1];
}
function oldLength(bytes: Uint8Array, at: number, kind: number): readonly [number, number] {
  const size = [1, 2, 4][kind];
  return size === undefined ? [at, -1] : [at + size, number(bytes, at, size)];
}
function number(bytes: Uint8Array, at: number, size: number): number {
  return bytes.subarray(at, at + size).reduce((sum, byte) => sum * 256 + byte, 0);
}

function fingerprintOf(body: Uint8Array): string | null {
  const size = Buffer.alloc(4);
  if (body[0] === 4) {
    size.writeUInt16BE(body.length);
    return hash("sha1", [Buffer.from([0x99]), size.subarray(0, 2), body]);
  }
  if (body[0] === 6) {
    size.writeUInt32BE(body.length);
    return hash("sha256", [Buffer.from([0x9b]), size, body]);
  }
  return null;
}
function hash(algorithm: "sha1" | "sha256", parts: readonly Uint8Array[]): string {
  const sum = createHash(algorithm);
  for (const part of parts) sum.update(part);
  return sum.digest("hex").toUpperCase();
}

/** A fingerprint as people write it, with blanks or colons between; undefined if it is none of a version 4 or 6 key. */
export function parseFingerprint(text: string): string | undefined {
  const plain = text.replace(/^0x/i, "").replace(/[\s:]/g, "").toUpperCase();
  return /^(?:[0-9A-F]{40}|[0-9A-F]{64})$/.test(plain) ? plain : undefined;
}
