import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";
import type { CodeCache, CompiledChunk } from "./code-cache.ts";

export interface Chunks {
  /** What a chunk exports: it is run once in a process, whoever asks for it. */
  load(name: string): unknown;
  /** Those that were compiled in this process, but for the small ones. */
  readonly compiled: ReadonlyMap<string, CompiledChunk>;
}

/** Less is compiled faster than found. The entries are smaller: their names have no digest, so that nothing may be kept of them. */
const small = 8_000;

/** Runs the chunks that lab was built into, CommonJS files of a folder that require one another. */
export function openChunks(folder: string, cache: CodeCache | null): Chunks {
  const run = new Map<string, { exports: unknown }>();
  const compiled = new Map<string, CompiledChunk>();
  const requireElse = createRequire(join(folder, "chunk.cjs"));
  const load = (name: string): unknown => {
    const before = run.get(name);
    if (before) return before.exports;
    const module = { exports: {} };
    run.set(name, module);
    const path = join(folder, name);
    const { text, ...file } = read(path);
    const kept = file.size < small ? null : (cache?.find(name, file) ?? null);
    const script = new Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, {
      filename: path,
      ...(kept && { cachedData: kept }),
    });
    const known = kept !== null && script.cachedDataRejected === false;
    if (file.size >= small) compiled.set(name, { ...file, known, code: () => script.createCachedData() });
    script.runInThisContext()(module.exports, require, module, path, folder);
    return module.exports;
  };
  const require = (name: string): unknown => (name.startsWith("./") ? load(name.slice(2)) : requireElse(name));
  return { load, compiled };
}

/** The build writes ASCII: text of one byte a character is the quickest to read, and takes half the memory. */
function read(path: string): { text: string; size: number; mtimeMs: number } {
  const file = openSync(path, "r");
  try {
    const { size, mtimeMs } = fstatSync(file);
    return { text: readFileSync(file, "latin1"), size, mtimeMs };
  } finally {
    closeSync(file);
  }
}
