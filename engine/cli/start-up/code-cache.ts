import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../replace-file.ts";
import { type CodeFile, type KeptCode, readCodeFile, writeCodeFile } from "./code-file.ts";
import type { CodePlace } from "./code-place.ts";

/** A chunk that was compiled in this process. */
export interface CompiledChunk extends Omit<KeptCode, "code"> {
  /** Whether V8 took what was kept of it. */
  readonly known: boolean;
  /** The code as it is now, with every function that has been called by now. */
  code(): Buffer;
}

export interface CodeCache {
  find(name: string, file: Omit<KeptCode, "code">): Buffer | null;
  /** After a command: keeps what was compiled in it, if that is worth it. */
  keep(command: string, chunks: ReadonlyMap<string, CompiledChunk>): void;
}

/** Bytes of sources that take long enough to compile to write a file for them. */
const worthwhile = 100_000;
/** Files of the user's folder, the newest: other versions of node and lab, other flags. */
const filesKept = 6;

/**
 * Compiled code of lab's chunks, kept from run to run: compiling takes V8 several times as long as reading what it has compiled.
 * Code belongs to a file of one name, size and time, and the name of a chunk has a digest of its content.
 */
export function openCodeCache(chunkFolder: string, place: CodePlace): CodeCache {
  let opened: { readonly file: CodeFile | null } | undefined;
  const kept = (): CodeFile | null => {
    opened ??= { file: open(join(place.folder, place.file)) };
    return opened.file;
  };
  const find = (name: string, { size, mtimeMs }: Omit<KeptCode, "code">): Buffer | null => {
    const found = kept()?.find(name);
    return found?.size === size && found.mtimeMs === mtimeMs ? found.code : null;
  };
  /** What is kept of chunks that this process had no use for, and that are still there. */
  const others = (): Map<string, KeptCode> => {
    const found = new Map<string, KeptCode>();
    for (const name of kept()?.names ?? []) {
      const file = statSync(join(chunkFolder, name), { throwIfNoEntry: false });
      const code = file && find(name, file);
      if (file && code) found.set(name, { size: file.size, mtimeMs: file.mtimeMs, code });
    }
    return found;
  };
  return {
    find,
    keep(command, chunks) {
      const commands = kept()?.commands ?? [];
      const lacking = [...chunks.values()].reduce((sum, { known, size }) => sum + (known ? 0 : size), 0);
      // A command that is new here has called functions that no other one has.
      if (commands.includes(command) ? lacking < worthwhile : chunks.size === 0) return;
      const whole = others();
      for (const [name, { size, mtimeMs, code }] of chunks) whole.set(name, { size, mtimeMs, code: code() });
      write(place, writeCodeFile([...new Set([...commands, command])], whole));
    },
  };
}

/** Null where there is none to use: code is a program, and that of another user is not run. */
function open(path: string): CodeFile | null {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const { uid, mode } = fstatSync(file);
    if (uid !== process.geteuid?.() || (mode & 0o077) !== 0) return null;
    return readCodeFile(readFileSync(file));
  } catch {
    return null;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Where it cannot be written, lab starts as slowly the next time, and that is all. */
function write({ folder, file }: CodePlace, bytes: Buffer): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    replaceFile(join(folder, file), bytes, 0o600);
    const dated = readdirSync(folder)
      // Those too that a lab which was killed has left half written.
      .filter((name) => /^code-\w+\.bin$|^\.code-.*\.new$/.test(name))
      .map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs }))
      .sort((one, other) => other.at - one.at);
    for (const { name } of dated.slice(filesKept)) rmSync(join(folder, name), { force: true });
  } catch {
    // Read-only, full, or removed by another process at this moment.
  }
}
