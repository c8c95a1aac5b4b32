import { refuseArgument, type ToolContext, type ToolResult } from "../../tool.ts";
import { rulesOf, type ZfsRules } from "../../zfs/versions.ts";
import { misused } from "./usage.ts";

export interface ZfsOptions {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly words: readonly string[];
}
/** One `zfs` command. */
export type ZfsCommand = (context: ToolContext, args: readonly string[]) => ToolResult;

interface OptionRules {
  /** Letters as for getopt: one with a colon takes a value. */
  readonly letters: string;
  /** Long options without a value. */
  readonly long?: readonly string[];
  /** Letters that the real tool has and the lab does not imitate. */
  readonly refused?: string;
  /** What is said when a value is missing. */
  readonly missing?: string;
}

/** Takes options apart as getopt does, wherever they stand; an unknown one is answered with the usage. */
export function zfsOptions(
  context: ToolContext,
  command: string,
  args: readonly string[],
  { letters, long = [], refused = "", missing }: OptionRules,
): ZfsOptions | { readonly failure: ToolResult } {
  const rules: ZfsRules = rulesOf(context.session.host);
  const wrong = (message: string) => ({ failure: misused(rules, command, message) });
  const flags = new Set<string>();
  const values = new Map<string, string[]>();
  const words: string[] = [];
  const queue = [...args];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "--") {
      words.push(...queue.splice(0));
    } else if (word.startsWith("--")) {
      if (!long.includes(word.slice(2))) return wrong(`invalid option '${word.slice(2)}'`);
      flags.add(word.slice(2));
    } else if (word.startsWith("-") && word !== "-") {
      for (let index = 1; index < word.length; index += 1) {
        const letter = word.charAt(index);
        const at = letter === ":" ? -1 : letters.indexOf(letter);
        if (at < 0 && refused.includes(letter)) refuseArgument("zfs", `${command} -${letter}`);
        if (at < 0) return wrong(`invalid option '${letter}'`);
        if (letters[at + 1] !== ":") {
          flags.add(letter);
          continue;
        }
        const rest = word.slice(index + 1);
        const value = rest === "" ? queue.shift() : rest;
        if (value === undefined) return wrong(missing ?? `missing argument for '${letter}' option`);
        values.set(letter, [...(values.get(letter) ?? []), value]);
        break;
      }
    } else {
      words.push(word);
    }
  }
  return { flags, values, words };
}

/** `-o property=value`, each once. */
export function propertyPairs(
  options: ZfsOptions,
): { readonly pairs: readonly (readonly [string, string])[] } | { readonly error: string } {
  return splitPairs(options.values.get("o") ?? []);
}
export function splitPairs(
  words: readonly string[],
): { readonly pairs: readonly (readonly [string, string])[] } | { readonly error: string } {
  const pairs = new Map<string, string>();
  for (const word of words) {
    const equals = word.indexOf("=");
    if (equals < 0) return { error: "missing '=' for property=value argument" };
    const name = word.slice(0, equals);
    if (pairs.has(name)) return { error: `property '${name}' specified multiple times` };
    pairs.set(name, word.slice(equals + 1));
  }
  return { pairs: [...pairs] };
}
