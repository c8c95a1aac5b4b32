import { DockerError } from "../../docker/engine.ts";
import { fails, type Options, parseOptions, refuseArgument, type ToolResult } from "../../tool.ts";

/** What a subcommand takes. Docker's own error for an option that it does not know goes to stderr, with code 125. */
export interface Known {
  readonly flags?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, string>>;
  /** Options end at the first word: what follows is another command's. */
  readonly command?: boolean;
}

export function optionsOf(tool: string, args: readonly string[], known: Known): Options {
  if (known.command !== true) return parseOptions(tool, args, spread(args, known));
  const at = firstWord(args, known);
  const own = parseOptions(tool, args.slice(0, at), known);
  const rest = args[at] === "--" ? args.slice(at + 1) : args.slice(at);
  return { ...own, words: rest };
}

/** `--flag=true` and `--flag=false` are Go's way to spell a flag. */
function spread(args: readonly string[], known: Known): Known {
  for (const word of args)
    if (/^--[a-z-]+=(true|false)$/.test(word) && known.flags?.[word.split("=")[0] ?? ""])
      refuseArgument("docker", word);
  return known;
}

function firstWord(args: readonly string[], { values = {} }: Known): number {
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    if (word === "--" || !word.startsWith("-") || word === "-") return at;
    if (word.startsWith("--")) {
      if (values[word] !== undefined) at += 1;
      continue;
    }
    const cluster = [...word.slice(1)];
    const taking = cluster.findIndex((letter) => values[`-${letter}`] !== undefined);
    if (taking === cluster.length - 1 && taking >= 0) at += 1;
  }
  return args.length;
}

export function last(options: Options, name: string): string | undefined {
  return options.values.get(name)?.at(-1);
}

/** What the engine refuses, as the command line tells it. */
export function daemonError(error: unknown): string {
  if (error instanceof DockerError) return `Error response from daemon: ${error.message}\n`;
  throw error;
}

/** One thing after the other: what went well is named on stdout, what did not on stderr, and the code tells whether all did. */
export function each(names: readonly string[], work: (name: string) => void): ToolResult {
  let [stdout, stderr] = ["", ""];
  for (const name of names) {
    try {
      work(name);
      stdout += `${name}\n`;
    } catch (error) {
      stderr += error instanceof Told ? `${error.message}\n` : daemonError(error);
    }
  }
  return fails(stderr === "" ? 0 : 1, stderr, stdout);
}

/** An error whose words are the command line's own. */
export class Told extends Error {}
