import { readdirSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { plural } from "../../text/plural.ts";
import { quoteWord } from "../../text/quote-word.ts";
import { complain } from "../complain.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import { siteSkeleton } from "../skeleton/site-skeleton.ts";
import { writeSchemas } from "../write-schemas.ts";
import { writeSkeleton } from "../write-skeleton.ts";

/** `lab init DIR` */
export async function init(dir: string, { force }: { readonly force?: boolean }): Promise<number> {
  const folder = resolve(dir);
  const wrong = trouble(dir, folder, force ?? false);
  if (wrong) {
    complain([wrong], { source: () => undefined });
    return exitCodes.wrong;
  }
  const skeleton = siteSkeleton();
  const written = writeSkeleton(folder, skeleton);
  await writeSchemas(folder);
  const kept = skeleton.size - written.length;
  process.stdout.write(`${written.map((path) => `  ${path}\n`).join("")}`);
  process.stdout.write(`\n${plural(written.length, "file")} written to ${shown(dir, folder)}`);
  process.stdout.write(
    kept === 0 ? ".\n" : `; ${plural(kept, "file")} that ${kept === 1 ? "was" : "were"} there left alone.\n`,
  );
  const cd =
    folder === process.cwd()
      ? ""
      : `  cd ${quoteWord(relative(process.cwd(), folder).startsWith("..") ? folder : dir)}\n`;
  process.stdout.write(`\nNext:\n${cd}  lab play site.yml --check --diff\n  lab play site.yml\n`);
  return exitCodes.done;
}

function shown(dir: string, folder: string): string {
  return folder === process.cwd() ? "this folder" : dir;
}

function trouble(dir: string, folder: string, force: boolean): Diagnostic | undefined {
  if (dir.trim() === "")
    return { code: "wrong-option", message: "the folder's name is empty", hint: "lab init homelab" };
  const kind = diskFiles.kind(folder);
  if (kind === "file" || kind === "other") {
    return { code: "not-a-folder", message: `${dir} is a file`, hint: "name a folder, or one that is not there yet" };
  }
  if (kind === undefined || force) return undefined;
  // A repository that was just made is as good as empty.
  const there = readdirSync(folder).filter((name) => name !== ".git");
  if (there.length === 0) return undefined;
  const some = there.slice(0, 3).map((name) => basename(join(folder, name)));
  return {
    code: "folder-not-empty",
    message: `${dir} is not empty: ${some.join(", ")}${there.length > 3 ? " …" : ""}`,
    hint: "name another folder, or add what is missing with --force: no file that is there is touched",
  };
}
