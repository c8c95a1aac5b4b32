import type { Session } from "./session.ts";

export interface ToolContext {
  readonly session: Session;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: Uint8Array;
  /** Runs another command, where a tool is told one (`pct exec`); it may be on another host. */
  readonly run?: (
    session: Session,
    words: readonly string[],
    options: { readonly stdin?: Uint8Array; readonly env?: Readonly<Record<string, string>>; readonly cwd?: string },
  ) => ToolResult;
}
export interface ToolResult {
  readonly code: number;
  readonly stdout: string | Uint8Array;
  readonly stderr: string;
}
/** What an imitation rests on: transcripts of the real tool, its documentation, or our belief. */
export type RestsOn = "recorded" | "documented" | "assumed";
/** One imitated tool. `run` gets the words after the tool's name. */
export interface Tool {
  readonly name: string;
  readonly rests: RestsOn;
  run(context: ToolContext, args: readonly string[]): ToolResult;
  /**
   * For work that goes on for hours, as a job: does what can be done in so many milliseconds, from where it stopped, and
   * null if that is not the end. Without it a job has done its work at once, and only ends later.
   */
  advance?(context: ToolContext, args: readonly string[], budgetMs: number): ToolResult | null;
}

/** The lab does not know this tool, or an argument of it. Never answered with 0: a wrong "all is well" is worse than none. */
export class NotImitated extends Error {
  constructor(what: string) {
    super(what);
    this.name = "NotImitated";
  }
}
/** Refuses an argument, naming it. */
export function refuseArgument(tool: string, argument: string): never {
  throw new NotImitated(`the embedded lab's ${tool} does not know "${argument}"`);
}

export function says(stdout: string | Uint8Array, stderr = ""): ToolResult {
  return { code: 0, stdout, stderr };
}
export function fails(code: number, stderr = "", stdout = ""): ToolResult {
  return { code, stdout, stderr };
}

export interface Options {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly words: readonly string[];
}
/**
 * Takes options apart as getopt_long does: clusters, `-xVALUE`, `--long=VALUE`, `--`. `flags` and `values` map each
 * spelling to its meaning; a spelling in neither is refused.
 */
export function parseOptions(
  tool: string,
  args: readonly string[],
  known: {
    readonly flags?: Readonly<Record<string, string>>;
    readonly values?: Readonly<Record<string, string>>;
  },
): Options {
  const flags = new Set<string>();
  const values = new Map<string, string[]>();
  const words: string[] = [];
  const queue = [...args];
  const take = (spelling: string, meaning: string, attached: string | undefined) => {
    const value = attached ?? queue.shift();
    if (value === undefined) refuseArgument(tool, `${spelling} without a value`);
    values.set(meaning, [...(values.get(meaning) ?? []), value]);
  };
  const option = (spelling: string, attached: string | undefined): "flag" | "value" => {
    const meaning = known.values?.[spelling];
    if (meaning !== undefined) {
      take(spelling, meaning, attached);
      return "value";
    }
    const flag = known.flags?.[spelling];
    if (flag === undefined) refuseArgument(tool, spelling);
    flags.add(flag);
    return "flag";
  };
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "--") {
      words.push(...queue.splice(0));
    } else if (word.startsWith("--")) {
      const equals = word.indexOf("=");
      const name = equals < 0 ? word : word.slice(0, equals);
      const attached = equals < 0 ? undefined : word.slice(equals + 1);
      if (option(name, attached) === "flag" && attached !== undefined) refuseArgument(tool, word);
    } else if (word.startsWith("-") && word !== "-") {
      for (let index = 1; index < word.length; index += 1) {
        const rest = word.slice(index + 1);
        if (option(`-${word[index]}`, rest === "" ? undefined : rest) === "value") break;
      }
    } else {
      words.push(word);
    }
  }
  return { flags, values, words };
}

/** A path as the tool sees it, absolute. */
export function absolute(context: ToolContext, path: string): string {
  return path.startsWith("/") ? path : `${context.cwd === "/" ? "" : context.cwd}/${path}`;
}
