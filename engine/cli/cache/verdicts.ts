import { createHash } from "node:crypto";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import type { RememberedFiles } from "../../site/remember-files.ts";
import type { CacheFolder } from "./cache-folder.ts";
import { renewed, type Stamp, stampsOf } from "./stamps.ts";

/** What a check has found: all that is printed of it. */
export interface Verdict {
  readonly diagnostics: readonly Diagnostic[];
  readonly files: number;
  readonly playbooks: readonly string[];
  /** Files of which excerpts can be shown. */
  readonly shown: readonly string[];
}
interface Kept {
  readonly verdict: Verdict;
  readonly stamps: readonly Stamp[];
}

/** A name for all that a verdict hangs on beside files. Nothing of it can be read off the name. */
export function verdictName(call: readonly unknown[]): string {
  return sha256(JSON.stringify(call));
}

/**
 * The verdict of an earlier check, if all that it saw still is as it was: each file and folder that it read, each link that
 * it followed, and that nothing stands where it had looked in vain. Undefined: check again.
 */
export function recallVerdict(cache: CacheFolder, name: string): Verdict | undefined {
  const sinceMs = Date.now();
  const text = cache.read(name);
  const kept = text === undefined ? undefined : parse(text);
  if (kept === undefined) return undefined;
  const stamps: Stamp[] = [];
  for (const stamp of kept.stamps) {
    const now = renewed(stamp, sinceMs);
    if (now === undefined) return undefined;
    stamps.push(now);
  }
  // What had to be read, because it was touched or had been written just before, is not read again the next time.
  if (stamps.some((stamp, index) => stamp.mark !== kept.stamps[index]?.mark)) {
    cache.write(name, print({ verdict: kept.verdict, stamps }));
  }
  return kept.verdict;
}

/** `sinceMs`: when the check began. One that hangs on more than files is not kept. */
export function keepVerdict(
  cache: CacheFolder,
  name: string,
  verdict: Verdict,
  seen: Pick<RememberedFiles, "answers" | "askedBeyond">,
  sinceMs: number,
): void {
  if (seen.askedBeyond()) return;
  const stamps = stampsOf(seen, sinceMs);
  if (stamps) cache.write(name, print({ verdict, stamps }));
}

/** The digest in front tells a file that was cut off or meddled with. */
function print(kept: Kept): string {
  const text = JSON.stringify(kept);
  return `${sha256(text)}\n${text}`;
}

function parse(text: string): Kept | undefined {
  const [digest, body] = [text.slice(0, 64), text.slice(65)];
  // What is whole was written by this very build, whose name it bears: it has the form that is written above.
  return sha256(body) === digest ? (JSON.parse(body) as Kept) : undefined;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
