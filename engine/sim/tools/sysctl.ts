import { sysctlName, sysctlPath } from "../files/virtual-files.ts";
import { fails, parseOptions, refuseArgument, type Tool, type ToolContext, type ToolResult } from "../tool.ts";

/** procps 4.0.2. */
export const sysctl: Tool = {
  name: "sysctl",
  rests: "recorded",
  run(context, args) {
    const { flags, words } = parseOptions("sysctl", args, {
      flags: {
        "-n": "values",
        "--values": "values",
        "-w": "write",
        "--write": "write",
        "-e": "ignore",
        "--ignore": "ignore",
        "-q": "quiet",
        "--quiet": "quiet",
      },
    });
    if (words.length === 0) refuseArgument("sysctl", "no parameter named");
    const results = words.map((word) => one(context, word, flags));
    return {
      code: results.some((result) => result.code !== 0) ? 1 : 0,
      stdout: results.map((result) => result.stdout).join(""),
      stderr: results.map((result) => result.stderr).join(""),
    };
  },
};

function one({ session }: ToolContext, word: string, flags: ReadonlySet<string>): ToolResult {
  const equals = word.indexOf("=");
  if (equals < 0 && flags.has("write")) return fails(1, "sysctl: command line(0): invalid syntax, continuing...\n");
  const spelled = equals < 0 ? word : word.slice(0, equals);
  const name = sysctlName(session.host, spelled);
  if (name === undefined) {
    return flags.has("ignore")
      ? fails(0)
      : fails(1, `sysctl: cannot stat ${missingPath(spelled)}: No such file or directory\n`);
  }
  const shown = spelled.includes("/") ? spelled.replaceAll("/", ".") : spelled;
  const print = (value: string) => (flags.has("values") ? `${value}\n` : `${shown} = ${value}\n`);
  const current = session.host.sysctl[name] ?? "";
  if (equals < 0) return { code: 0, stdout: print(current), stderr: "" };
  if (session.user.uid !== 0) return fails(1, `sysctl: permission denied on key "${name}"\n`);
  const given = word.slice(equals + 1).trim();
  if (!accepts(current, given)) return fails(1, `sysctl: setting key "${shown}": Invalid argument\n`);
  // A parameter of several numbers answers with tabs between them, however it was written.
  const value = /^-?\d+(\s+-?\d+)+$/.test(given) ? given.replaceAll(/\s+/g, "\t") : given;
  if (value !== current) session.change().sysctl[name] = value;
  return { code: 0, stdout: flags.has("quiet") ? "" : print(given), stderr: "" };
}

// The kernel takes numbers where it has numbers, and no more of them than it has.
function accepts(current: string, given: string): boolean {
  const numbers = (text: string) => text.split(/\s+/).every((piece) => /^-?\d+$/.test(piece));
  if (!numbers(current)) return true;
  return numbers(given) && given.split(/\s+/).length <= current.split(/\s+/).length;
}

function missingPath(spelled: string): string {
  return spelled.includes("/") ? `/proc/sys/${spelled}` : sysctlPath(spelled);
}
