/** One call of a subcommand of `pct`, its words taken apart and checked against what the subcommand takes. */
export interface PctCall {
  /** The first word: decimal digits, in range. Empty where a subcommand takes none. */
  readonly vmid: string;
  /** The further words by their names in the usage line: `snapname`, `disk`, `target-vmid`. */
  readonly words: ReadonlyMap<string, string>;
  /** Options by their names without dashes; a boolean is `1` or `0`. */
  readonly options: ReadonlyMap<string, string>;
  /** What stands behind `--` or cannot be an option's (`exec`, `help`). */
  readonly extra: readonly string[];
}

/** Whether a boolean option is on. */
export function isOn(call: PctCall, name: string): boolean {
  return call.options.get(name) === "1";
}
