import { dirname, isAbsolute, join, relative } from "node:path";
import type { Unsealer } from "../value/sealed.ts";

/** What the loaders need of a file system. Paths are absolute; `cli` hands in the real one. */
export interface FileSource {
  /** Undefined where there is nothing. Follows symlinks. */
  kind(path: string): "file" | "folder" | "other" | undefined;
  /** The names in a folder; undefined where there is no such folder. */
  list(folder: string): readonly string[] | undefined;
  bytes(path: string): Uint8Array | undefined;
  /** A file that nobody wants to hold as a whole; undefined where there is none. Unsaid: `bytes` has to do. */
  large?(path: string): LargeFile | undefined;
  /** Whether it may be run. Unsaid: nothing may. */
  executable?(path: string): boolean;
  /** The path with its symlinks resolved; undefined where there is nothing. */
  realPath(path: string): string | undefined;
  /** What opens encrypted values and files. Without one they stay closed. */
  readonly unsealer?: Unsealer;
  /** For look-ups. Without it their answers are not known. */
  readonly world?: World;
}

/** A file as it is at the moment of asking. */
export interface LargeFile {
  readonly size: number;
  /** Another one as soon as anything of the file has changed, its times included. */
  readonly mark: string;
  /** Reads it from its beginning. Throws what the file system says. */
  open(): AsyncIterable<Uint8Array>;
}

/** What lies around the command, beside its files. */
export interface World {
  env(name: string): string | undefined;
  /** The moment at which lab was called, in seconds since 1970. */
  now(): number;
}

/** The files of a site. Remembers the text of every file it has read, for the excerpts in diagnostics. */
export interface SiteFiles extends FileSource {
  /** Absolute. */
  readonly root: string;
  /** The text of a file; undefined if there is none. What is not UTF-8 becomes U+FFFD, which `readYaml` refuses with its place. */
  read(path: string): string | undefined;
  /** How a path is named in places and messages: from the site's folder on, else absolute. */
  show(path: string): string;
  /** The text of a file that was read, by its shown name. */
  source(file: string): string | undefined;
  /** Every file that was read, by its shown name. */
  texts(): readonly (readonly [file: string, text: string])[];
  /** A part of a file cannot be read: what nobody seems to define may well be defined in it. */
  lose(text: string): void;
  /** Whether a word stands in a part that was lost. */
  mayBeLost(word: string): boolean;
}

export function openSiteFiles(files: FileSource, root: string): SiteFiles {
  const texts = new Map<string, string | undefined>();
  const lost: string[] = [];
  const show = (path: string): string => {
    const inner = relative(root, path);
    return inner === "" ? "." : inner.startsWith("..") || isAbsolute(inner) ? path : inner;
  };
  const read = (path: string): string | undefined => {
    const file = show(path);
    if (!texts.has(file)) {
      const bytes = files.kind(path) === "file" ? files.bytes(path) : undefined;
      texts.set(file, bytes === undefined ? undefined : new TextDecoder("utf-8").decode(bytes));
    }
    return texts.get(file);
  };
  return {
    root,
    ...(files.unsealer && { unsealer: files.unsealer }),
    ...(files.world && { world: files.world }),
    kind: (path) => files.kind(path),
    // Sorted here, by code unit: what is merged "in name order" must not depend on the file system or the locale.
    list: (folder) => files.list(folder)?.toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0)),
    bytes: (path) => files.bytes(path),
    ...(files.large && { large: files.large }),
    executable: (path) => files.executable?.(path) ?? false,
    realPath: (path) => files.realPath(path),
    read,
    show,
    source: (file) => texts.get(file),
    lose(text) {
      lost.push(text);
    },
    mayBeLost: (word) =>
      lost.some((text) => {
        for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
          if (!/\w/.test(text[at - 1] ?? "") && !/\w/.test(text[at + word.length] ?? "")) return true;
        return false;
      }),
    texts: () => [...texts].flatMap(([file, text]): [string, string][] => (text === undefined ? [] : [[file, text]])),
  };
}

/** The nearest folder upwards that holds a lab.yml; where there is none, the folder itself. */
export function findRoot(files: FileSource, folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (files.kind(join(at, "lab.yml")) === "file") return at;
    if (at === dirname(at)) return folder;
  }
}

/** Whether a path lies in a folder, symlinks of both resolved. */
export function isInside(files: FileSource, folder: string, path: string): boolean {
  const inner = relative(files.realPath(folder) ?? folder, files.realPath(path) ?? path);
  return inner === "" || (!inner.startsWith("..") && !isAbsolute(inner));
}

/** The path with `.yml` or `.yaml`, whichever exists. */
export function yamlFile(files: FileSource, pathWithoutEnding: string): string | undefined {
  return [".yml", ".yaml"].map((ending) => pathWithoutEnding + ending).find((path) => files.kind(path) === "file");
}
