import { dirname } from "node:path";
import type { FileSource } from "../site/files.ts";

/** A file system with some texts in it that are only thought of, by absolute path. */
export function overlayFiles(files: FileSource, texts: ReadonlyMap<string, string>): FileSource {
  const folders = new Set([...texts.keys()].map((path) => dirname(path)));
  return {
    ...files,
    kind: (path) => (texts.has(path) ? "file" : (files.kind(path) ?? (folders.has(path) ? "folder" : undefined))),
    bytes(path) {
      const text = texts.get(path);
      return text === undefined ? files.bytes(path) : new TextEncoder().encode(text);
    },
    large: (path) => (texts.has(path) ? undefined : files.large?.(path)),
    realPath: (path) => (texts.has(path) || folders.has(path) ? (files.realPath(path) ?? path) : files.realPath(path)),
  };
}
