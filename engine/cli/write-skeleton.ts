import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SiteError } from "../errors/site-error.ts";

/** Writes files that are not there yet; the paths of those that were written. What is there stays as it is. */
export function writeSkeleton(folder: string, files: ReadonlyMap<string, string>): readonly string[] {
  return [...files].flatMap(([path, text]) => {
    const target = join(folder, path);
    try {
      mkdirSync(dirname(target), { recursive: true });
      // Fails where something is, a broken link included.
      writeFileSync(target, text, { flag: "wx" });
      return [path];
    } catch (error) {
      if (codeOf(error) === "EEXIST" && exists(error, target)) return [];
      throw new SiteError([
        {
          code: "unwritable-file",
          message: `cannot write ${target}: ${error instanceof Error ? error.message.replace(/^(\w+): ([^,]*).*$/, "$2") : String(error)}`,
          hint: "name a folder that you may write to",
        },
      ]);
    }
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** The file itself is there, and not a file where a folder must be. */
function exists(error: unknown, target: string): boolean {
  return error instanceof Error && "path" in error && error.path === target;
}
