import { createHash } from "node:crypto";
import { z } from "zod";
import { parentFolder } from "../formats/paths.ts";
import { read, write } from "../ops/build.ts";
import type { ReadOp, Stat, Step } from "../ops/ir.ts";
import { Secret } from "../value/secret.ts";
import type { Value, ValueMap } from "../value/value.ts";
import type { WantedOwnership } from "./ownership.ts";
import { compareOwnership, givenOwnership, ownershipParams } from "./ownership.ts";
import type { LocalFile } from "./params.ts";
import { absolutePath } from "./params.ts";
import type { Plan } from "./plan.ts";
import { change, refuse } from "./plan.ts";
import { validateParam } from "./validate-param.ts";

/** Texts up to this size are shown in a diff; of others only the digest. */
const SHOWN_BYTES = 64 * 1024;

/** What modules share that say what a whole file shall hold. */
export const contentFileParams = {
  dest: absolutePath.describe("The file on the host. Always the file itself, never the folder it goes into."),
  ...ownershipParams,
  parents: z.boolean().default(false).describe("Make the folders above it that are missing."),
  validate: validateParam,
};
export interface ContentFileParams extends WantedOwnership {
  readonly dest: string;
  readonly parents: boolean;
  readonly validate?: readonly string[] | undefined;
}
/** What the file shall hold. */
export type WantedContent = string | Secret | LocalFile;

export interface ContentFileObserved {
  readonly old: Stat | null;
  readonly link: Stat | null;
  readonly parent: Stat | null;
  readonly oldBytes?: Uint8Array | null | undefined;
}

export function contentFileProbes({ dest }: ContentFileParams) {
  return {
    old: read.stat(dest, { follow: true, sha256: true }),
    link: read.stat(dest),
    parent: read.stat(parentFolder(dest), { follow: true }),
  };
}

/** The old text is fetched for the diff alone: only if it differs, and as bytes, for a binary file must not fail the task. */
export function contentFileProbesAfter(
  { dest }: ContentFileParams,
  wanted: WantedContent,
  { old }: Pick<ContentFileObserved, "old">,
): { readonly oldBytes: ReadOp<Uint8Array | null> | undefined } {
  const worth = old?.type === "file" && old.size <= SHOWN_BYTES && old.sha256 !== digestOf(wanted).sha256;
  return {
    oldBytes: worth && shownText(wanted) !== undefined ? read.file(dest, { maxBytes: 2 * SHOWN_BYTES }) : undefined,
  };
}

export function contentFilePlan(params: ContentFileParams, wanted: WantedContent, observed: ContentFileObserved): Plan {
  const { dest, parents, validate } = params;
  const { old, link, parent } = observed;
  if (old?.type === "directory") return refuse(`${dest} is a folder`, `name the file: dest: ${dest}/NAME`);
  if (old !== null && old.type !== "file") {
    return refuse(`${dest} is no regular file (${old.type})`, "remove it with the module file, or name another dest");
  }
  if (old === null && link !== null) {
    return refuse(
      `${dest} is a link to ${link.target ?? "a path"} that does not exist`,
      "remove the link, or make what it points to",
    );
  }
  if (parent !== null && parent.type !== "directory")
    return refuse(`${parentFolder(dest)} is no folder (${parent.type})`);

  const digest = digestOf(wanted);
  const same = old !== null && old.sha256 === digest.sha256;
  const { before, after, missing } = compareOwnership(params, old);
  const shown = shownText(wanted);
  const wantedContent: Value = shown ?? summary(digest.sha256, digest.size);
  const content = same ? wantedContent : old === null ? null : shownOld(old, observed.oldBytes, shown);

  // The attributes of a link are its own: through one, writing anew (which follows it) is what sets those of the file.
  const writes = !same || (missing !== null && link?.type === "symlink");
  const options = givenOwnership(params);
  if (writes && validate !== undefined && !isText(wanted)) {
    return refuse(
      "validate needs a text of at most 1 MiB",
      "leave validate out, or check the file with a command of its own",
    );
  }
  const step: Step | null = !writes
    ? missing && write.attributes(dest, missing)
    : isText(wanted)
      ? write.text(dest, textOf(wanted), { ...options, ...(validate !== undefined && { validate }) })
      : write.upload(dest, wanted.content, options);
  const made = change({ content, ...before }, { content: wantedContent, ...after }, [
    parent === null && parents && write.mkdir(parentFolder(dest), { parents: true }),
    step,
  ]);
  if (parent !== null || parents) return made;
  // The folder may be one that a package brings.
  return refuse(`the folder ${parentFolder(dest)} does not exist`, "say parents: true to have it made", {
    otherwise: made,
  });
}

export function contentFileResult({ dest }: ContentFileParams, { old }: Pick<ContentFileObserved, "old">): ValueMap {
  return {
    dest,
    size: old?.size ?? null,
    sha256: old?.sha256 ?? null,
    mode: old?.mode ?? null,
    owner: old?.owner ?? null,
    group: old?.group ?? null,
  };
}

type TextContent = string | Secret | (LocalFile & { readonly text: string });
function isText(wanted: WantedContent): wanted is TextContent {
  return typeof wanted === "string" || wanted instanceof Secret || wanted.text !== undefined;
}
function textOf(wanted: TextContent): string | Secret {
  return typeof wanted === "string" || wanted instanceof Secret ? wanted : wanted.text;
}

function digestOf(wanted: WantedContent): { readonly sha256: string; readonly size: number } {
  if (typeof wanted !== "string" && !(wanted instanceof Secret)) return wanted.content;
  const bytes = Buffer.from(typeof wanted === "string" ? wanted : wanted.reveal(), "utf8");
  return { sha256: createHash("sha256").update(bytes).digest("hex"), size: bytes.length };
}

function shownText(wanted: WantedContent): string | Secret | undefined {
  if (!isText(wanted)) return undefined;
  const text = textOf(wanted);
  if (text instanceof Secret) return text;
  return Buffer.byteLength(text) <= SHOWN_BYTES && !text.includes("\0") ? text : undefined;
}

/** Beside a secret the old content is one too: most likely it is last month's password. */
function shownOld(old: Stat, bytes: Uint8Array | null | undefined, shown: string | Secret | undefined): Value {
  const text = bytes == null ? undefined : decoded(bytes);
  const seen = text ?? summary(old.sha256 ?? "unknown", old.size);
  return shown instanceof Secret ? new Secret(seen) : seen;
}

function decoded(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    // ignoreBOM: a byte order mark is content, and a diff that hides it shows two equal texts.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function summary(sha256: string, size: number): string {
  return `sha256:${sha256.slice(0, 16)} (${size} bytes)`;
}
