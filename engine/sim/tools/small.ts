import { readFile } from "../files/file-changes.ts";
import { FileError } from "../files/file-tree.ts";
import { quoted } from "../files/quoted-name.ts";
import { findProgram } from "../host/programs.ts";
import { absolute, fails, parseOptions, refuseArgument, says, type Tool } from "../tool.ts";

// More of the base system's small tools, in the C locale.

/** Without words: the environment. With a command it would be a shell's work. */
export const env: Tool = {
  name: "env",
  rests: "recorded",
  run(context, args) {
    if (args.length > 0) refuseArgument("env", args.join(" "));
    return says(
      Object.entries(context.env)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(""),
    );
  },
};

/** `%s`, `%d`, `%%` and escapes; the format is used again while there are words left. */
export const printf: Tool = {
  name: "printf",
  rests: "recorded",
  run(_context, args) {
    const [format, ...given] = args[0] === "--" ? args.slice(1) : args;
    if (format === undefined) return fails(1, "printf: missing operand\nTry 'printf --help' for more information.\n");
    const words = [...given];
    let out = "";
    do {
      const before = words.length;
      out += format.replace(/\\([nt\\0])|%(.)/gs, (whole, escaped: string | undefined, letter: string | undefined) => {
        if (escaped !== undefined) return { n: "\n", t: "\t", "\\": "\\", "0": "\0" }[escaped] ?? whole;
        if (letter === "%") return "%";
        if (letter === "s") return words.shift() ?? "";
        if (letter === "d") return String(Math.trunc(Number(words.shift() ?? "0")));
        return refuseArgument("printf", whole);
      });
      if (words.length === before) break;
    } while (words.length > 0);
    return says(out);
  },
};

/** `-c`, `-l`, `-w`, of files or of stdin. */
export const wc: Tool = {
  name: "wc",
  rests: "recorded",
  run(context, args) {
    const { flags, words } = parseOptions("wc", args, { flags: { "-c": "bytes", "-l": "lines", "-w": "words" } });
    const [which, ...more] = [...flags];
    if (which === undefined || more.length > 0 || words.length > 1)
      refuseArgument("wc", `${args.join(" ")} (one count of one file is imitated)`);
    const [word] = words;
    try {
      const bytes = word === undefined ? context.stdin : readFile(context.session, absolute(context, word));
      if (bytes === undefined) throw new FileError("not-found", word ?? "-", "No such file or directory");
      const text = Buffer.from(bytes).toString("latin1");
      const count = {
        bytes: bytes.length,
        lines: text.split("\n").length - 1,
        words: text.split(/\s+/).filter((each) => each !== "").length,
      }[which];
      return says(`${count}${word === undefined ? "" : ` ${word}`}\n`);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return fails(1, `wc: ${quoted(word ?? "-")}: ${error.errno}\n`);
    }
  },
};

/** No command of a batch has a terminal. */
export const tty: Tool = {
  name: "tty",
  rests: "recorded",
  run(_context, args) {
    const { flags } = parseOptions("tty", args, {
      flags: { "-s": "silent", "--silent": "silent", "--quiet": "silent" },
    });
    return fails(1, "", flags.has("silent") ? "" : "not a tty\n");
  },
};

export const which: Tool = {
  name: "which",
  rests: "recorded",
  run(context, args) {
    const { words } = parseOptions("which", args, {});
    const found = words.map((word) => findProgram(context, word));
    const stdout = found.flatMap((path) => (path === undefined ? [] : [`${path}\n`])).join("");
    return { code: words.length === 0 || found.includes(undefined) ? 1 : 0, stdout, stderr: "" };
  },
};

export const whoami: Tool = {
  name: "whoami",
  rests: "recorded",
  run({ session }, args) {
    if (args.length > 0) refuseArgument("whoami", args.join(" "));
    return says(`${session.user.name}\n`);
  },
};
