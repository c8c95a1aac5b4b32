import { FileError, resolve } from "../files/file-tree.ts";
import { nodeSize } from "../files/node.ts";
import { quoted } from "../files/quoted-name.ts";
import { groupName, userName } from "../host/accounts.ts";
import { absolute, parseOptions, refuseArgument, type Tool, type ToolContext } from "../tool.ts";
import type { Frozen, Node } from "../world.ts";
import { modeText } from "./ls.ts";

/** coreutils 9.1, `-c FORMAT` only. */
export const stat: Tool = {
  name: "stat",
  rests: "recorded",
  run(context, args) {
    const { flags, values, words } = parseOptions("stat", args, {
      flags: { "-L": "follow", "--dereference": "follow" },
      values: { "-c": "format", "--format": "format" },
    });
    const format = values.get("format")?.at(-1);
    if (format === undefined || words.length === 0)
      refuseArgument("stat", `${args.join(" ")} (only -c FORMAT is imitated)`);
    let stdout = "";
    let stderr = "";
    for (const word of words) {
      try {
        const { node } = resolve(context.session, absolute(context, word), flags.has("follow"));
        if (node === undefined) throw new FileError("not-found", word, "No such file or directory");
        stdout += `${printed(context, word, node, format)}\n`;
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        stderr += `stat: cannot statx ${quoted(word)}: ${error.errno}\n`;
      }
    }
    return { code: stderr === "" ? 0 : 1, stdout, stderr };
  },
};

const TYPES = {
  file: "regular file",
  directory: "directory",
  symlink: "symbolic link",
  block: "block special file",
  char: "character special file",
  socket: "socket",
} as const;

function printed({ session: { host } }: ToolContext, word: string, node: Frozen<Node>, format: string): string {
  const size = node.type === "file" ? nodeSize(node) : node.type === "directory" ? 4096 : 0;
  const device = node.type === "char" || node.type === "block" ? node : undefined;
  const fields: Readonly<Record<string, string>> = {
    a: node.mode.replace(/^0+(?=.)/, ""),
    A: modeText(node),
    F: node.type === "file" && size === 0 ? "regular empty file" : TYPES[node.type],
    g: String(node.gid),
    G: groupName(host, node.gid),
    n: word,
    s: String(size),
    t: (device?.major ?? 0).toString(16),
    T: (device?.minor ?? 0).toString(16),
    u: String(node.uid),
    U: userName(host, node.uid),
    X: String(node.mtime),
    Y: String(node.mtime),
    Z: String(node.mtime),
    "%": "%",
  };
  return format.replace(/%(.)/gs, (whole, letter: string) => fields[letter] ?? refuseArgument("stat", whole));
}
