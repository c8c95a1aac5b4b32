import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { LocalFile, LocalTree } from "../module/params.ts";
import type { StreamedContent } from "../ops/ir.ts";
import { isInside, type SiteFiles } from "../site/files.ts";
import { nearest } from "../text/nearest.ts";
import type { Parsed } from "../value/expression.ts";
import { LargeContent } from "./large-content.ts";
import type { Context } from "./task.ts";

/** A file of the site that a parameter names is shown to the module as text up to this size. */
const maxTextBytes = 1024 * 1024;
const chunkBytes = 64 * 1024;

/** Finds what a parameter names: in the role first, then beside the playbook; never outside of them, symlinks included. */
export function findLocal(
  files: SiteFiles,
  name: string,
  wanted: { readonly kind: "file" | "folder"; readonly folder: "files" | "templates" | "vars" },
  context: Context,
  place: Place,
): Parsed<string> {
  const homes = [...(context.role ? [context.role.folder] : []), context.playbookFolder];
  const complain = (code: string, message: string, hint?: string): Parsed<string> => {
    const diagnostic: Diagnostic = { code, message, place, ...(hint !== undefined && { hint }) };
    return { ok: false, diagnostics: [diagnostic] };
  };
  if (name === "" || name.includes("\0"))
    return complain("no-file", `expected the name of a ${wanted.kind} of the site, got an empty one`);
  if (name.startsWith("/")) {
    return complain(
      "outside-site",
      `\`${name}\` is not a file of the site`,
      `put it into \`${wanted.folder}/\` and name it without its folder`,
    );
  }
  const places = homes.flatMap((home) => [join(home, wanted.folder, name), join(home, name)]);
  const found = places.find((path) => files.kind(path) === wanted.kind);
  if (found === undefined) {
    const there = homes.flatMap((home) => files.list(join(home, wanted.folder)) ?? []);
    const near = nearest(basename(name), there);
    const looked = homes.map((home) => `${files.show(join(home, wanted.folder))}/`).join(" and ");
    return complain(
      "no-file",
      `there is no ${wanted.kind} \`${name}\``,
      near ? `did you mean \`${near}\`?` : `looked in ${looked}`,
    );
  }
  if (!homes.some((home) => isInside(files, home, found)) && !isInside(files, files.root, found)) {
    return complain(
      "outside-site",
      `\`${name}\` leads out of the site`,
      "only files inside the site and its roles can be used",
    );
  }
  const closed = unreadable(files, found, wanted.kind);
  if (closed !== undefined) {
    return complain(
      "unreadable-file",
      `${files.show(closed)} cannot be read`,
      "give yourself the right to read it: what cannot be read would come to the host empty",
    );
  }
  return { ok: true, value: found };
}

/** What of it cannot be read; undefined if all can. */
function unreadable(files: SiteFiles, path: string, kind: "file" | "folder"): string | undefined {
  if (kind === "folder") {
    const names = files.list(path);
    if (names === undefined) return path;
    for (const inner of names.map((name) => join(path, name))) {
      const what = files.kind(inner);
      if (what !== "file" && what !== "folder") continue;
      const closed = isInside(files, path, inner) ? unreadable(files, inner, what) : undefined;
      if (closed !== undefined) return closed;
    }
    return undefined;
  }
  const large = files.large?.(path);
  return (large !== undefined && large.size > maxTextBytes) || files.bytes(path) !== undefined ? undefined : path;
}

export function readLocalFile(files: SiteFiles, path: string, name: string): LocalFile {
  const large = files.large?.(path);
  if (large !== undefined && large.size > maxTextBytes)
    return { kind: "local-file", name, content: new LargeContent(files, path, large) };
  const bytes = files.bytes(path) ?? new Uint8Array();
  const content: StreamedContent = {
    kind: "streamed",
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    open: () => chunks(bytes),
  };
  const text = bytes.length <= maxTextBytes ? utf8(bytes) : null;
  return { kind: "local-file", name, content, ...(text !== null && { text }) };
}

export function readLocalTree(files: SiteFiles, path: string, name: string): LocalTree {
  const found: { path: string; file: LocalFile; mode: string }[] = [];
  const folders: string[] = [];
  const walk = (folder: string, prefix: string): void => {
    for (const entry of files.list(folder) ?? []) {
      const inner = join(folder, entry);
      const shown = prefix + entry;
      if (files.kind(inner) === "folder") {
        folders.push(shown);
        walk(inner, `${shown}/`);
      } else if (files.kind(inner) === "file" && isInside(files, path, inner)) {
        found.push({ path: shown, file: readLocalFile(files, inner, shown), mode: "0644" });
      }
    }
  };
  walk(path, "");
  return { kind: "local-tree", name, files: found, folders };
}

async function* chunks(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

function utf8(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}
