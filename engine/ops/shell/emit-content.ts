import { Buffer, isUtf8 } from "node:buffer";
import { contentBytes } from "../content.ts";
import type { Content } from "../ir.ts";
import { quoteWord } from "../quote.ts";
import type { ScriptContext } from "./context.ts";

/** More than this travels on a channel of its own. */
const smallBytes = 64 * 1024;

/**
 * A shell function that prints a content with the builtin printf: no process, and no argv that `ps` could show.
 * One that is too large for the script is read from `$D/NAME.p`.
 */
export function emitContent(name: string, id: number, content: Content, context: ScriptContext): string {
  const bytes = contentBytes(content);
  const file = largeFile(name, content);
  if (file === null) return `${name}() { ${printBytes(bytes)}; }\n`;
  context.addLarge({ id, file, content: bytes, path: null });
  return `${name}() { [ -e "$D/${file}.ok" ] || return 1; F=$((F+1)); cat -- "$D/${file}"; }\n`;
}

/**
 * The file in the scratch folder in which a content comes that is too large for the script; null for a small one. Beside
 * it stands `FILE.ok` once it has arrived whole: one that was cut may still be there for a moment, and is no content.
 */
export function largeFile(name: string, content: Content): string | null {
  return contentBytes(content).length <= smallBytes ? null : `${name}.p`;
}

export function printBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (text.length === 0) return ":";
  if (isUtf8(text) && !text.includes(0)) return `printf %s ${quoteWord(text.toString("utf8"))}`;
  // A format may not start with a dash: bash would take it for an option.
  return `printf '${[...text].map(octal).join("")}'`;
}

/** In a printf format: three octal digits always, or a digit that follows would be taken as part of the number. */
function octal(byte: number): string {
  const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x2d && byte !== 0x25 && byte !== 0x27 && byte !== 0x5c;
  return plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
}
