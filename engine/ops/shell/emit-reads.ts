import { Buffer } from "node:buffer";
import type { FileSpec, ListSpec, Operation, ReadOp, StatSpec } from "../ir.ts";
import { limitMsOf, wholeSeconds } from "../limits.ts";
import { quoteWord } from "../quote.ts";
import type { Emitted, Numbered } from "./context.ts";
import { plainPath } from "./plain-path.ts";

type Looking = Operation & (StatSpec | FileSpec | ListSpec);
/** Words of one argv, in bytes: well below the kernel's limit, which the environment shares. */
const chunkBytes = 100_000;
const reset = "A= K= HA= HK= HS= LA= LK=\n";

export function isLook(operation: Operation): operation is Looking & ReadOp {
  return operation.kind === "stat" || operation.kind === "file" || operation.kind === "list";
}

/** A run of looks: one process per kind however many there are, as far as one argv reaches. `chunk` counts through the script. */
export function emitLooks(looks: readonly Numbered<Looking>[], nextChunk: () => number): Emitted {
  const lists = looks.map(({ id, operation }) => (operation.kind === "list" ? `list ${id} ${word(operation)}\n` : ""));
  const parts = [
    { text: lists.join(""), forks: 0 },
    ...chunks(looks.filter(({ operation }) => operation.kind === "stat" && !operation.follow)).map((chunk) =>
      emitStats(chunk, "", nextChunk()),
    ),
    ...chunks(looks.filter(({ operation }) => operation.kind === "stat" && operation.follow)).map((chunk) =>
      emitStats(chunk, "-L", nextChunk()),
    ),
    ...chunks(looks.filter(({ operation }) => operation.kind === "file")).map((chunk) => emitFiles(chunk, nextChunk())),
  ];
  return { text: parts.map((part) => part.text).join(""), forks: parts.reduce((sum, part) => sum + part.forks, 0) };
}

function emitStats(chunk: readonly Numbered<Looking>[], flag: "" | "-L", number: number): Emitted {
  const lines = chunk.map(({ id, operation }) => {
    const hashed = operation.kind === "stat" && operation.sha256;
    return `look ${id} ${word(operation)}${hashed ? " h" : ""}\n`;
  });
  const text = `${reset}f=${flag}\n${lines.join("")}stats ${number} ${seconds(chunk)}\n`;
  return { text, forks: 3 + oddNames(chunk) };
}

function emitFiles(chunk: readonly Numbered<Looking>[], number: number): Emitted {
  const lines = chunk.map(({ id, operation }) => {
    const limit = operation.kind === "file" && operation.maxBytes !== undefined ? `M${id}=${operation.maxBytes}\n` : "";
    return `${limit}file ${id} ${word(operation)}\n`;
  });
  return { text: `${reset}${lines.join("")}files ${number} ${seconds(chunk)}\n`, forks: 3 + oddNames(chunk) };
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
