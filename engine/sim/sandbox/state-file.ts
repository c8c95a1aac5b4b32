import { randomBytes } from "node:crypto";
import { open, rename, unlink } from "node:fs/promises";
import { type Difference, differencesOf, isFields, put } from "./state-differences.ts";

/** Plain data, as JSON has it. */
export type State = Record<string, unknown>;

/** What a file of changes holds, and how it holds it. */
export interface StateFile {
  readonly state: State;
  /** Bytes that were written at once, when it last was written as a whole, and those of the changes behind them. */
  readonly base: number;
  readonly added: number;
  /** Whether a change may be put behind: not behind a line that was cut off. */
  readonly whole: boolean;
}

/**
 * A file of changes: a header, all that there was when it was written as a whole, a line that says so, then a line for
 * each write, with all of its changes. So a write costs what it changes, and a crash cuts off at most the last line, of
 * which nobody was told that it is kept.
 */
const HEADER = '{"format":2}\n';
const BEHIND_IT_CHANGES = "[]";
/** Behind so many bytes of changes, and at least as many as the rest has, the file is written as a whole. */
const MANY_BYTES = 256 * 1024;

/** Throws a SyntaxError where it is none. Without the header: the state as it was kept before, one JSON text. */
export function parseStateFile(bytes: Buffer): StateFile {
  if (bytes.subarray(0, HEADER.length).toString() !== HEADER) {
    const state: unknown = JSON.parse(bytes.toString());
    return { state: isFields(state) ? { ...state } : {}, base: bytes.length, added: 0, whole: false };
  }
  const state: State = {};
  let base = HEADER.length;
  let from = HEADER.length;
  // Line by line: no string is as long as a file may be.
  for (let end = bytes.indexOf(NEWLINE, from); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
    const line = bytes.toString("utf8", from, end);
    from = end + 1;
    if (line === BEHIND_IT_CHANGES) base = from;
    else apply(state, line);
  }
  return { state, base, added: from - base, whole: from === bytes.length };
}
const NEWLINE = 10;

function apply(state: State, line: string): void {
  const differences: readonly Difference[] = JSON.parse(line);
  for (const [path, value] of differences) put(state, path, value);
}

/**
 * Puts what is otherwise in the parts of the state that `paths` lead to behind the file; writes it as a whole where that
 * cannot be, or would make it long. On the disk when it resolves; when it rejects, the file is to be read again.
 */
export async function writeState(
  path: string,
  before: StateFile | null,
  state: State,
  paths: readonly (readonly string[])[],
): Promise<StateFile> {
  if (before?.whole !== true || before.added > Math.max(before.base, MANY_BYTES)) return writeWhole(path, state);
  const differences = paths.flatMap((each) => differencesOf(at(before.state, each), at(state, each), each));
  if (differences.length === 0) return before;
  const line = `${JSON.stringify(differences)}\n`;
  const handle = await open(path, "a", 0o600);
  try {
    await handle.writeFile(line);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  apply(before.state, line);
  return { ...before, added: before.added + Buffer.byteLength(line) };
}

function at(state: unknown, path: readonly string[]): unknown {
  return path.reduce((here, key) => (isFields(here) && Object.hasOwn(here, key) ? here[key] : undefined), state);
}

/** A temporary neighbour, synced, then renamed: a crash leaves the old file or the new one. */
async function writeWhole(path: string, state: State): Promise<StateFile> {
  const kept: State = {};
  const temporary = `${path}.${randomBytes(4).toString("hex")}`;
  const handle = await open(temporary, "wx", 0o600);
  let base = HEADER.length;
  try {
    await handle.writeFile(HEADER);
    for (const lines of inChunks(state, kept)) {
      base += Buffer.byteLength(lines);
      await handle.writeFile(lines);
    }
    await handle.sync();
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  return { state: kept, base, added: 0, whole: true };
}

/** A line for each entry of the first two levels, as many at a time as make a good write. */
function* inChunks(state: State, kept: State): Iterable<string> {
  let chunk = "";
  for (const [name, part] of Object.entries(state)) {
    const parts: readonly Difference[] = isFields(part)
      ? [[[name], {}], ...Object.entries(part).map(([key, value]): Difference => [[name, key], value])]
      : [[[name], part]];
    for (const each of parts) {
      const line = JSON.stringify([each]);
      apply(kept, line);
      chunk += `${line}\n`;
      if (chunk.length > CHUNK_LENGTH) {
        yield chunk;
        chunk = "";
      }
    }
  }
  yield `${chunk}${BEHIND_IT_CHANGES}\n`;
}
const CHUNK_LENGTH = 1024 * 1024;
