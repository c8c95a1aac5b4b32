import { Buffer } from "node:buffer";
import type { FileSpec, ListSpec, Operation, ReadOp, StatSpec } from "../ir.ts";
import { limitMsOf, wholeSeconds } from "../limits.ts";
import { quoteWord } from "../quote.ts";
import type { Emitted, Numbered } from "./context.ts";
import { plainPath } from "./plain-path.ts";

type Looking = Operation & (StatSpec | FileSpec | ListSpec);
/** Words of one argv, in bytes: well below the kernel's limit, which the environment shares. */
const chunkBytes = 100_000;
const reset = "A= K= AL= KL= FK= FL= EK= EL= HA= HK= HS= LA= LK= CA= CK= big=\n";

export function isLook(operation: Operation): operation is Looking & ReadOp {
  return operation.kind === "stat" || operation.kind === "file" || operation.kind === "list";
}

/**
 * A run of looks: one process per kind however many there are, as far as one argv reaches. `nextChunk` counts through the
 * script. Contents come first, then what is only hashed: their sizes are read from the first lines of the fused `stat`.
 */
export function emitLooks(looks: readonly Numbered<Looking>[], nextChunk: () => number): Emitted {
  const of = (kind: Looking["kind"]) => looks.filter(({ operation }) => operation.kind === kind);
  const lists = of("list").map(({ id, operation }) => `list ${id} ${word(operation)}\n`);
  const stats = (hashed: boolean) =>
    looks.filter(({ operation }) => operation.kind === "stat" && operation.sha256 === hashed);
  const parts = chunks([...of("file"), ...stats(true), ...stats(false)]).map((chunk) => emitChunk(chunk, nextChunk()));
  return {
    text: [...lists, ...parts.map((part) => part.text)].join(""),
    forks: parts.reduce((sum, part) => sum + part.forks, 0),
  };
}

/** Links that are followed want a `stat` of their own; else one, `readlink`, `sha256sum`, `cat`. */
function emitChunk(chunk: readonly Numbered<Looking>[], number: number): Emitted {
  const lines = chunk.map(({ id, operation }) => {
    if (operation.kind === "stat") return `look ${id} ${word(operation)}${flags(operation)}\n`;
    const limit = operation.kind === "file" && operation.maxBytes !== undefined ? `M${id}=${operation.maxBytes}\n` : "";
    return `${limit}file ${id} ${word(operation)}\n`;
  });
  return { text: `${reset}${lines.join("")}looks ${number} ${seconds(chunk)}\n`, forks: 5 + oddNames(chunk) };
}

function flags({ follow, sha256 }: StatSpec): string {
  if (sha256) return follow ? " L h" : " - h";
  return follow ? " L" : "";
}

function seconds(chunk: readonly Numbered<Looking>[]): number {
  return Math.max(...chunk.map(({ operation }) => wholeSeconds(limitMsOf(operation))));
}

/** Names whose hash cannot be asked for together with others. */
function oddNames(chunk: readonly Numbered<Looking>[]): number {
  return chunk.filter(({ operation }) => /[\\\n\r]/.test(operation.path)).length;
}

function word(operation: Looking): string {
  return quoteWord(plainPath(operation.path));
}

function chunks(looks: readonly Numbered<Looking>[]): readonly (readonly Numbered<Looking>[])[] {
  const found: Numbered<Looking>[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const look of looks) {
    // Beside the path: the separator file between contents, and a pointer for each word.
    const size = Buffer.byteLength(look.operation.path) + 64;
    if (bytes + size > chunkBytes) {
      found.push([]);
      bytes = 0;
    }
    found.at(-1)?.push(look);
    bytes += size;
  }
  return found;
}
