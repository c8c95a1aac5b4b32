import type { Diagnostic } from "./diagnostic.ts";

const reasons: ReadonlyMap<unknown, string> = new Map([
  ["EACCES", "no permission"],
  ["EPERM", "not permitted"],
  ["EROFS", "the file system is read-only"],
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the quota is used up"],
  ["ENOTDIR", "a file is where a folder must be"],
  ["EEXIST", "a file is where a folder must be"],
  ["EISDIR", "a folder is where a file must be"],
]);

/** What is wrong where lab cannot keep its records in the site's `.lab/`; undefined if the error is about something else. */
export function unwritableSite(error: unknown, path: string): Diagnostic | undefined {
  const reason = error instanceof Error && "code" in error ? reasons.get(error.code) : undefined;
  if (reason === undefined) return undefined;
  return {
    code: "unwritable-site",
    message: `cannot write ${path}: ${reason}`,
    hint: "lab keeps the journals of its runs and the embedded lab there: run it in a site folder that you may write to",
  };
}
