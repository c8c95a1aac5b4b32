import { createHash } from "node:crypto";
import type { FileSource, LargeFile } from "./files.ts";

/** What was asked of one path, and answered. A key that is not there was not asked for. */
export interface Answers {
  kind?: ReturnType<FileSource["kind"]>;
  names?: readonly string[] | undefined;
  bytes?: Uint8Array | undefined;
  /** In place of the bytes of a large file. */
  sha256?: string;
  /** Of one that is read a piece at a time. */
  large?: LargeFile | undefined;
  executable?: boolean;
  realPath?: string | undefined;
}
export interface RememberedFiles extends FileSource {
  /** Every question so far, by path. */
  readonly answers: ReadonlyMap<string, Readonly<Answers>>;
  /** Whether something was asked for that is no file: the environment, the time, the user's keys. */
  askedBeyond(): boolean;
}

const mostKept = 1024 * 1024;

/**
 * Files as they were when they were first asked for: who looks at a site again and again, playbook by playbook, sees one
 * state of it, and asks the file system once. Only for who writes nothing meanwhile. Each kind of question is named here:
 * one that went past the memory would be missing in `answers`.
 */
export function rememberFiles(source: FileSource): RememberedFiles {
  const answers = new Map<string, Answers>();
  const of = (path: string): Answers => {
    const known = answers.get(path);
    if (known) return known;
    const made: Answers = {};
    answers.set(path, made);
    return made;
  };
  let beyond = false;
  const noting =
    <Args extends readonly unknown[], T>(ask: (...args: Args) => T) =>
    (...args: Args): T => {
      beyond = true;
      return ask(...args);
    };
  const { unsealer, world, large } = source;
  return {
    ...(unsealer && { unsealer: { ...unsealer, open: noting(unsealer.open), openFile: noting(unsealer.openFile) } }),
    ...(world && { world: { env: noting(world.env), now: noting(world.now) } }),
    answers,
    askedBeyond: () => beyond,
    kind(path) {
      const known = of(path);
      if (!("kind" in known)) known.kind = source.kind(path);
      return known.kind;
    },
    list(folder) {
      const known = of(folder);
      if (!("names" in known)) known.names = source.list(folder);
      return known.names;
    },
    bytes(path) {
      const known = of(path);
      if ("bytes" in known) return known.bytes;
      const bytes = source.bytes(path);
      if (bytes === undefined || bytes.length <= mostKept) known.bytes = bytes;
      else known.sha256 ??= createHash("sha256").update(bytes).digest("hex");
      return bytes;
    },
    ...(large && {
      large(path: string) {
        const known = of(path);
        if (!("large" in known)) known.large = large(path);
        return known.large;
      },
    }),
    executable(path) {
      const known = of(path);
      known.executable ??= source.executable?.(path) ?? false;
      return known.executable;
    },
    realPath(path) {
      const known = of(path);
      if (!("realPath" in known)) known.realPath = source.realPath(path);
      return known.realPath;
    },
  };
}
