/**
 * The NT hash of a password, which Samba keeps: MD4 over UTF-16 (little endian). MD4 is written out here because the
 * OpenSSL of today has it switched off. It protects nothing: whoever has the hash can log in with it.
 */
export function ntHash(password: string): string {
  return md4(Buffer.from(password, "utf16le")).toString("hex").toUpperCase();
}

/** RFC 1320. */
export function md4(message: Uint8Array): Buffer {
  const length = message.length;
  const padded = Buffer.alloc((((length + 8) >> 6) + 1) * 64);
  padded.set(message);
  padded[length] = 0x80;
  padded.writeBigUInt64LE(BigInt(length) * 8n, padded.length - 8);
  let state: readonly [number, number, number, number] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let at = 0; at < padded.length; at += 64) state = block(state, padded.subarray(at, at + 64));
  const digest = Buffer.alloc(16);
  state.forEach((word, index) => {
    digest.writeUInt32LE(word >>> 0, index * 4);
  });
  return digest;
}

interface Round {
  readonly mix: (x: number, y: number, z: number) => number;
  readonly constant: number;
  readonly order: readonly number[];
  readonly shifts: readonly [number, number, number, number];
}
const ROUNDS: readonly Round[] = [
  {
    mix: (x, y, z) => (x & y) | (~x & z),
    constant: 0,
    order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19],
  },
  {
    mix: (x, y, z) => (x & y) | (x & z) | (y & z),
    constant: 0x5a827999,
    order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13],
  },
  {
    mix: (x, y, z) => x ^ y ^ z,
    constant: 0x6ed9eba1,
    order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15],
  },
];

type State = readonly [number, number, number, number];
function block(start: State, bytes: Buffer): State {
  let [a, b, c, d] = start;
  for (const { mix, constant, order, shifts } of ROUNDS) {
    order.forEach((word, step) => {
      const sum = (a + mix(b, c, d) + bytes.readUInt32LE(word * 4) + constant) | 0;
      const by = shifts[step % 4] ?? 0;
      [a, b, c, d] = [d, (sum << by) | (sum >>> (32 - by)), b, c];
    });
  }
  return [(start[0] + a) | 0, (start[1] + b) | 0, (start[2] + c) | 0, (start[3] + d) | 0];
}
