import { readFile } from "../files/file-changes.ts";
import { FileError, resolve } from "../files/file-tree.ts";
import { quoted } from "../files/quoted-name.ts";
import { absolute, fails, parseOptions, refuseArgument, says, type Tool, type ToolContext } from "../tool.ts";

// The small tools of the base system that people's own commands are made of; messages are coreutils 9.1 in the C locale.

export const yes: Tool = { name: "true", rests: "recorded", run: () => says("") };
export const no: Tool = { name: "false", rests: "recorded", run: () => fails(1) };

export const echo: Tool = {
  name: "echo",
  rests: "recorded",
  run(_context, args) {
    // echo knows options only in front, and prints every other word as it stands.
    let newline = true;
    let rest = args;
    for (let word = rest[0]; word !== undefined && /^-[neE]+$/.test(word); word = rest[0]) {
      if (word.includes("e")) refuseArgument("echo", word);
      if (word.includes("n")) newline = false;
      rest = rest.slice(1);
    }
    return says(`${rest.join(" ")}${newline ? "\n" : ""}`);
  },
};

export const cat: Tool = {
  name: "cat",
  rests: "recorded",
  run(context, args) {
    const { words } = parseOptions("cat", args, {});
    const parts: Uint8Array[] = [];
    let stderr = "";
    for (const word of words.length === 0 ? ["-"] : words) {
      try {
        const bytes = word === "-" ? context.stdin : readFile(context.session, absolute(context, word));
        if (bytes === undefined) stderr += `cat: ${quoted(word)}: No such file or directory\n`;
        else parts.push(bytes);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        stderr += `cat: ${quoted(word)}: ${error.errno}\n`;
      }
    }
    return { code: stderr === "" ? 0 : 1, stdout: Buffer.concat(parts), stderr };
  },
};

export const sleep: Tool = {
  name: "sleep",
  rests: "recorded",
  run({ session }, args) {
    const { words } = parseOptions("sleep", args, {});
    if (words.length === 0) return fails(1, "sleep: missing operand\nTry 'sleep --help' for more information.\n");
    let ms = 0;
    for (const word of words) {
      const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(word);
      if (match === null)
        return fails(1, `sleep: invalid time interval '${word}'\nTry 'sleep --help' for more information.\n`);
      ms += Number(match[1]) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[match[2] ?? ""] ?? 1) * 1000;
    }
    session.spend(ms);
    return says("");
  },
};

export const pwd: Tool = {
  name: "pwd",
  rests: "recorded",
  run(context, args) {
    if (args.length > 0) refuseArgument("pwd", args.join(" "));
    return says(`${resolve(context.session, context.cwd, true).path}\n`);
  },
};

export const readlink: Tool = {
  name: "readlink",
  rests: "recorded",
  run(context, args) {
    const { flags, words } = parseOptions("readlink", args, {
      flags: { "-f": "canonical", "--canonicalize": "canonical", "-n": "bare", "--no-newline": "bare" },
    });
    const [path, ...more] = words;
    if (path === undefined || more.length > 0) refuseArgument("readlink", args.join(" "));
    const answer = linkTarget(context, absolute(context, path), flags.has("canonical"));
    return answer === undefined ? fails(1) : says(`${answer}${flags.has("bare") ? "" : "\n"}`);
  },
};

// With -f the last component need not be there.
function linkTarget({ session }: ToolContext, path: string, canonical: boolean): string | undefined {
  try {
    const found = resolve(session, path, canonical);
    if (canonical) return found.orphan ? undefined : found.path;
    return found.node?.type === "symlink" ? found.node.target : undefined;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}
