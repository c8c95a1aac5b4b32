import { Readable } from "node:stream";
import { promisify } from "node:util";
import { createGzip, gzip } from "node:zlib";

/** From this size on it is worth a look whether a content would become smaller. */
export const packableBytes = 32 * 1024 * 1024;
/** So much goes as it is: what the line carries is measured by it. */
const headBlocks = 128;
const blockBytes = 64 * 1024;
const headBytes = headBlocks * blockBytes;
/** A tenth more or less is not worth the host's work. */
const worthRatio = 0.7;
/**
 * A line that takes the head in this time carries 32 MB/s or more. Our gzip makes about 100 MB/s of one core: there it
 * would be in the way.
 */
const fastMs = 250;

/** Whether a content that begins like this becomes much smaller. Level 1: what it would be packed with. */
export async function packsWell(beginning: Uint8Array): Promise<boolean> {
  const packed = await promisify(gzip)(beginning, { level: 1 });
  return packed.length < beginning.length * worthRatio;
}

/** Said on stderr by a host that can unpack. */
export const unpacks = "lab-unpacks";

/**
 * In front of a command, the text of an `sh -c`: its stdin is a head as it is, a line that says how the rest comes, and
 * the rest. A host without what it takes says nothing, and gets all as it is. No quote, backslash or `!`: for every login shell.
 */
export function unpackText(ready: string): string {
  const can = "dd if=/dev/null iflag=fullblock 2>/dev/null && command -v gzip >/dev/null";
  const unpack = `{ dd bs=${blockBytes} count=${headBlocks} iflag=fullblock 2>/dev/null; read -r how; if [ "$how" = gzip ]; then gzip -dc; else cat; fi; }`;
  return `if ${can}; then echo ${unpacks} >&2; echo ${ready} >&2; ${unpack} | "$@"; else echo ${ready} >&2; exec "$@"; fi`;
}

/** The pieces as such a host takes them. Whoever asks for them asks for the next when the one before is on its way. */
export async function* packed(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let slow = false;
  const timer = setTimeout(() => {
    slow = true;
  }, fastMs);
  try {
    yield* headThen(pieces, () => slow);
  } finally {
    clearTimeout(timer);
  }
}

async function* headThen(pieces: AsyncGenerator<Uint8Array>, isSlow: () => boolean): AsyncGenerator<Uint8Array> {
  let left = headBytes;
  for (;;) {
    const next = await pieces.next();
    if (next.done) return;
    const piece = next.value;
    if (piece.length < left) {
      left -= piece.length;
      yield piece;
      continue;
    }
    yield piece.subarray(0, left);
    const rest = chained(piece.subarray(left), pieces);
    const slow = isSlow();
    yield Buffer.from(slow ? "gzip\n" : "plain\n");
    yield* slow ? zipped(rest) : rest;
    return;
  }
}

export async function* chained(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

async function* zipped(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const zip = createGzip({ level: 1, chunkSize: blockBytes });
  const source = Readable.from(pieces, { objectMode: false });
  // Piping hands no error on: a piece that cannot be read must end the loop, not leave it waiting.
  source.on("error", (error) => zip.destroy(error)).pipe(zip);
  try {
    yield* zip;
  } finally {
    source.destroy();
  }
}
