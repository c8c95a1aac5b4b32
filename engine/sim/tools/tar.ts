import { extract } from "../archive/extract.ts";
import { readTar, type TarMember } from "../archive/read-tar.ts";
import { readFile } from "../files/file-changes.ts";
import { FileError } from "../files/file-tree.ts";
import { absolute, fails, parseOptions, refuseArgument, says, type Tool, type ToolContext } from "../tool.ts";

/** GNU tar 1.34: listing and unpacking. */
export const tar: Tool = {
  name: "tar",
  rests: "recorded",
  run(context, args) {
    const [first = "", ...others] = args;
    // The old way, without a dash: `tar xf FILE`.
    const given = /^[a-z]+$/.test(first) ? [`-${first}`, ...others] : args;
    const { flags, values, words } = parseOptions("tar", given, {
      flags: {
        "-t": "list",
        "--list": "list",
        "-x": "extract",
        "--extract": "extract",
        "-v": "verbose",
        "--verbose": "verbose",
        "-z": "gzip",
        "--full-time": "full-time",
        "--numeric-owner": "numeric",
        "--force-local": "local",
        "--no-same-owner": "own",
      },
      values: {
        "-f": "file",
        "--file": "file",
        "-C": "folder",
        "--directory": "folder",
        "--quoting-style": "quoting",
        "--strip-components": "strip",
      },
    });
    if (words.length > 0) refuseArgument("tar", words.join(" "));
    const file = values.get("file")?.at(-1);
    if (file === undefined)
      return fails(
        2,
        "tar: Refusing to read archive contents from terminal (missing -f option?)\ntar: Error is not recoverable: exiting now\n",
      );
    const members = readArchive(context, file);
    if ("error" in members) return fails(2, members.error);
    if (flags.has("extract") && !flags.has("list")) {
      extract(
        context.session,
        members.all,
        absolute(context, values.get("folder")?.at(-1) ?? context.cwd),
        Number(values.get("strip")?.at(-1) ?? 0),
      );
      return says("");
    }
    if (!flags.has("list"))
      return fails(2, "tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\n");
    if (!flags.has("verbose")) return says(members.all.map(({ path }) => `${path}\n`).join(""));
    if (!flags.has("full-time") || values.get("quoting")?.at(-1) !== "c")
      refuseArgument("tar", "-v without --full-time --quoting-style=c");
    return says(listing(members.all));
  },
};

function readArchive(
  { session, ...context }: ToolContext,
  file: string,
): { readonly all: readonly TarMember[] } | { readonly error: string } {
  const wrong = (why: string) => ({
    error: `tar: ${file}: Cannot open: ${why}\ntar: Error is not recoverable: exiting now\n`,
  });
  try {
    const bytes = readFile(session, absolute({ session, ...context }, file));
    if (bytes === undefined) return wrong("No such file or directory");
    const members = readTar(bytes);
    if (members !== null) return { all: members };
    return {
      error: "tar: This does not look like a tar archive\ntar: Exiting with failure status due to previous errors\n",
    };
  } catch (error) {
    if (error instanceof FileError) return wrong(error.errno);
    throw error;
  }
}

function listing(members: readonly TarMember[]): string {
  // The column of owners and sizes only grows.
  let width = 19;
  return members
    .map(({ letter, mode, uid, gid, size, mtime, path, type, target }) => {
      const owner = `${uid}/${gid}`;
      width = Math.max(width, owner.length + String(size).length + 1);
      const time = new Date(mtime * 1000).toISOString().replace("T", " ").slice(0, 19);
      const link =
        type === "symlink" ? ` -> ${quoteC(target)}` : type === "hardlink" ? ` link to ${quoteC(target)}` : "";
      return `${letter}${permissions(mode)} ${owner}${String(size).padStart(width - owner.length)} ${time} ${quoteC(path)}${link}\n`;
    })
    .join("");
}

function permissions(mode: number): string {
  return [6, 3, 0]
    .map((shift, index) => {
      const bits = (mode >> shift) & 7;
      const special = ((mode >> (11 - index)) & 1) === 1;
      const [on, off] = index === 2 ? ["t", "T"] : ["s", "S"];
      const run = (bits & 1) !== 0;
      return `${(bits & 4) !== 0 ? "r" : "-"}${(bits & 2) !== 0 ? "w" : "-"}${special ? (run ? on : off) : run ? "x" : "-"}`;
    })
    .join("");
}

const NAMED: Readonly<Record<string, string>> = {
  "\n": "n",
  "\t": "t",
  "\r": "r",
  "\b": "b",
  "\f": "f",
  "\v": "v",
  "\u0007": "a",
  '"': '"',
  "\\": "\\",
};

/** As `--quoting-style=c` does in the C locale: every byte beyond ASCII in octal. */
function quoteC(text: string): string {
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  const inner = bytes.replace(
    /[\0-\x1f"\\\x7f-\xff]/g,
    (letter) => `\\${NAMED[letter] ?? letter.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
  return `"${inner}"`;
}
