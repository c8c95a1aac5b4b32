import { FileError } from "../files/file-tree.ts";
import { quoted } from "../files/quoted-name.ts";
import { writeFile } from "../files/write-file.ts";
import { absolute, parseOptions, type Tool } from "../tool.ts";

/** Writes what it reads to files, in place, and prints it. */
export const tee: Tool = {
  name: "tee",
  rests: "documented",
  run(context, args) {
    const { words } = parseOptions("tee", args, {});
    let stderr = "";
    for (const word of words) {
      try {
        writeFile(context.session, { path: absolute(context, word), bytes: context.stdin, runId: "tee" });
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        stderr += `tee: ${quoted(word)}: ${error.errno}\n`;
      }
    }
    return { code: stderr === "" ? 0 : 1, stdout: context.stdin, stderr };
  },
};
