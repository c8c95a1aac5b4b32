import { createReadStream, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import type { FileSource } from "../site/files.ts";

// Fewer turns of the event loop than with the default of 64 KiB; two of them are what one transfer holds.
const pieceBytes = 1024 * 1024;

/** The real file system. What is not there or may not be read is undefined; the caller says what that means. */
export const diskFiles: FileSource = {
  kind: (path) =>
    attempt(() => {
      // Loaders ask for much that is not there: an exception for each would cost more than all the answers.
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat && (stat.isFile() ? "file" : stat.isDirectory() ? "folder" : "other");
    }),
  list: (folder) => attempt(() => readdirSync(folder)),
  executable: (path) => attempt(() => statSync(path).isFile() && (statSync(path).mode & 0o111) !== 0) ?? false,
  bytes: (path) => attempt(() => readFileSync(path)),
  large: (path) =>
    attempt(() => {
      const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
      // The inode's own time moves with every write, also where somebody sets the other one back.
      const mark = [dev, ino, size, mtimeNs, ctimeNs].join(" ");
      return { size: Number(size), mark, open: () => createReadStream(path, { highWaterMark: pieceBytes }) };
    }),
  // The quicker of two ways to the same answer.
  realPath: (path) => attempt(() => realpathSync.native(path)),
  // The moment of the call, and not of the question: all tasks of a run shall see the same one.
  world: { env: (name) => process.env[name], now: () => Math.floor(performance.timeOrigin / 1000) },
};

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
