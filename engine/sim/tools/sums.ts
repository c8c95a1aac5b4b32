import { createHash } from "node:crypto";
import { readFile } from "../files/file-changes.ts";
import { FileError } from "../files/file-tree.ts";
import { absolute, parseOptions, type Tool, type ToolContext, type ToolResult } from "../tool.ts";

/** coreutils 9.1: the checksum of each file that is named. */
const sumOf = (name: string, algorithm: string): Tool => ({
  name,
  rests: "documented",
  run(context, args) {
    const { words } = parseOptions(name, args, { flags: { "-b": "binary", "--binary": "binary" } });
    const results = words.map((path) => one(context, name, algorithm, path));
    return {
      code: results.some(({ code }) => code !== 0) ? 1 : 0,
      stdout: results.map(({ stdout }) => stdout).join(""),
      stderr: results.map(({ stderr }) => stderr).join(""),
    };
  },
});
export const sha256sum = sumOf("sha256sum", "sha256");
export const sha512sum = sumOf("sha512sum", "sha512");

function one(
  context: ToolContext,
  name: string,
  algorithm: string,
  path: string,
): ToolResult & { readonly stdout: string } {
  try {
    const bytes = readFile(context.session, absolute(context, path));
    if (bytes === undefined) return { code: 1, stdout: "", stderr: `${name}: ${path}: No such file or directory\n` };
    return { code: 0, stdout: `${createHash(algorithm).update(bytes).digest("hex")}  ${path}\n`, stderr: "" };
  } catch (error) {
    if (error instanceof FileError) return { code: 1, stdout: "", stderr: `${name}: ${path}: ${error.errno}\n` };
    throw error;
  }
}
