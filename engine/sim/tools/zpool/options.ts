import { refuseArgument, type ToolResult } from "../../tool.ts";
import type { FrozenHost } from "../../world.ts";
import { releaseOf } from "../../zfs/pool-properties.ts";
import { usageError } from "./usage.ts";

/** What a command of zpool takes: letters, and long options, with and without a value. */
export interface Grammar {
  readonly flags?: string;
  readonly values?: string;
  readonly long?: readonly string[];
  /** Letters that the real one has and the lab does not imitate. */
  readonly refused?: string;
  /** Letters that came with 2.3. */
  readonly newer?: string;
}
export interface Given {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly words: readonly string[];
}

/** Takes a command's words apart as getopt does, options after words too; an unknown option is answered as zpool does. */
export function readOptions(
  host: FrozenHost,
  command: string,
  args: readonly string[],
  { flags: known = "", values: valued = "", long = [], refused = "", newer = "" }: Grammar,
): Given | ToolResult {
  const flags = new Set<string>();
  const values = new Map<string, string[]>();
  const words: string[] = [];
  const queue = [...args];
  const older = releaseOf(host) < 2.3;
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "--") {
      words.push(...queue.splice(0));
    } else if (word.startsWith("--")) {
      if (older || !long.includes(word)) return usageError(host, command, `invalid option '${word.slice(2)}'`);
      flags.add(word);
    } else if (word.startsWith("-") && word !== "-") {
      for (let at = 1; at < word.length; at += 1) {
        const letter = word.charAt(at);
        if (refused.includes(letter)) refuseArgument(`zpool ${command}`, `-${letter}`);
        if (valued.includes(letter)) {
          const rest = word.slice(at + 1);
          const value = rest === "" ? queue.shift() : rest;
          if (value === undefined) return usageError(host, command, `missing argument for '${letter}' option`);
          values.set(letter, [...(values.get(letter) ?? []), value]);
          break;
        }
        if (!known.includes(letter) || (older && newer.includes(letter)))
          return usageError(host, command, `invalid option '${letter}'`);
        flags.add(letter);
      }
    } else {
      words.push(word);
    }
  }
  return { flags, values, words };
}
