import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { SiteError } from "../errors/site-error.ts";
import { isSealed } from "../secrets/sealed-header.ts";
import { mayHoldSealed } from "../secrets/sealed-values.ts";

/** A file with secrets: encrypted as a whole, or YAML with encrypted values. */
export type SecretFile =
  | { readonly kind: "whole"; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: "values"; readonly path: string; readonly text: string };

export function readSecretFile(path: string): SecretFile {
  const bytes = readBytes(path);
  return isSealed(bytes) ? { kind: "whole", path, bytes } : { kind: "values", path, text: textOf(path, bytes) };
}

export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    const message = folder ? `${path} is a folder` : `${path} cannot be read`;
    throw new SiteError([{ code: "missing-file", message, hint: folder ? "name its files" : "is its name right?" }]);
  }
}

export function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const message = `${path} is not UTF-8 text`;
    throw new SiteError([{ code: "not-utf8", message, hint: "encrypt it as a whole: lab secret encrypt FILE" }]);
  }
}

const skipped = new Set(["node_modules", ".git", ".lab"]);

/** All files of the site that hold something encrypted, in order of their names. */
export function secretFilesIn(root: string): readonly SecretFile[] {
  const found: SecretFile[] = [];
  const walk = (folder: string): void => {
    const entries = readdirSync(folder, { withFileTypes: true });
    for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      // Links are left alone: what they lead to is the site's, and found there, or is not the site's.
      if (entry.isDirectory() && !skipped.has(entry.name)) walk(path);
      if (!entry.isFile()) continue;
      if (entry.name.endsWith(".age")) found.push(readSecretFile(path));
      else if (/\.ya?ml$/.test(entry.name)) {
        const file = readSecretFile(path);
        if (file.kind === "whole" || mayHoldSealed(file.text)) found.push(file);
      }
    }
  };
  walk(root);
  return found;
}

export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
