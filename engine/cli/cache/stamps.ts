import { createHash } from "node:crypto";
import { readdirSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import type { RememberedFiles } from "../../site/remember-files.ts";

/**
 * One path as it was: what kind of thing it is, and of a file or folder that was read what tells whether it still is the
 * same. The stamp is quick and may say too little; then the digest decides.
 */
export interface Stamp {
  readonly path: string;
  /** Empty where there is nothing. */
  readonly kind: "file" | "folder" | "other" | "";
  readonly runs: boolean;
  readonly realPath?: string;
  /** Of the bytes of a file, or the names in a folder. A large file has a mark alone. */
  readonly digest?: string;
  /** Missing where what stands there may have changed since without any trace. */
  readonly mark?: string;
}

/**
 * A file that is written twice within one tick of the file system's clock may keep its times: only of one that had rested
 * before it was read equal times mean equal bytes. Some file systems count whole seconds, or two.
 */
const restMs = 2000;

/** Undefined where an answer cannot be asked for again, or has changed already. */
export function stampsOf(seen: Pick<RememberedFiles, "answers">, sinceMs: number): readonly Stamp[] | undefined {
  const stamps: Stamp[] = [];
  for (const [path, answers] of seen.answers) {
    const stat = statOf(path);
    const kind = kindOf(stat);
    const runs = isProgram(stat);
    if ("kind" in answers && (answers.kind ?? "") !== kind) return undefined;
    if (answers.executable !== undefined && answers.executable !== runs) return undefined;
    const digest =
      answers.sha256 ??
      (answers.bytes && digestOf(answers.bytes)) ??
      (answers.names && digestOf(namesText(answers.names)));
    // It is there and could not be read: whether that is still so no stamp tells.
    if (
      digest === undefined &&
      (("bytes" in answers && kind === "file") || ("names" in answers && kind === "folder"))
    ) {
      return undefined;
    }
    const large = answers.large !== undefined && digest === undefined;
    const mark = stat && (large || digest !== undefined) ? markOf(stat, sinceMs) : undefined;
    // Its bytes are not read for this.
    if (large && mark === undefined) return undefined;
    stamps.push({
      path,
      kind,
      runs,
      ...("realPath" in answers && { realPath: answers.realPath ?? "" }),
      ...(digest !== undefined && { digest }),
      ...(mark && { mark }),
    });
  }
  return stamps;
}

/** The stamp as it would be made now, if the same stands there as then; else undefined. */
export function renewed(stamp: Stamp, sinceMs: number): Stamp | undefined {
  const { path, kind, runs, realPath, digest } = stamp;
  const stat = statOf(path);
  if (kindOf(stat) !== kind || isProgram(stat) !== runs) return undefined;
  if (realPath !== undefined && realPath !== realPathOf(path)) return undefined;
  if (!stat || (digest === undefined && stamp.mark === undefined)) return stamp;
  if (stamp.mark !== undefined && stamp.mark === markOf(stat, Number.POSITIVE_INFINITY)) return stamp;
  const { mark: _, ...bare } = stamp;
  const mark = markOf(stat, sinceMs);
  if (digest === undefined || digestNow(path, kind) !== digest) return undefined;
  return mark === undefined ? bare : { ...bare, mark };
}

function markOf(stat: Stats, sinceMs: number): string | undefined {
  const { dev, ino, mode, size, mtimeMs, ctimeMs } = stat;
  if (Math.max(mtimeMs, ctimeMs) > sinceMs - restMs) return undefined;
  return [dev, ino, mode, size, mtimeMs, ctimeMs].join(" ");
}

function digestNow(path: string, kind: Stamp["kind"]): string | undefined {
  try {
    return digestOf(kind === "folder" ? namesText(readdirSync(path)) : readFileSync(path));
  } catch {
    return undefined;
  }
}

/** In no order: that of a folder may change while nothing else does. */
function namesText(names: readonly string[]): string {
  return names.toSorted().join("/");
}

function digestOf(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function kindOf(stat: Stats | undefined): Stamp["kind"] {
  if (!stat) return "";
  return stat.isFile() ? "file" : stat.isDirectory() ? "folder" : "other";
}

function isProgram(stat: Stats | undefined): boolean {
  return stat?.isFile() === true && (stat.mode & 0o111) !== 0;
}

function realPathOf(path: string): string {
  try {
    // The quicker of two ways to the same answer.
    return realpathSync.native(path);
  } catch {
    return "";
  }
}
