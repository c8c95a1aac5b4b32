import type { ToolContext, ToolResult } from "../../tool.ts";
import { ParameterError, UsageError } from "./pve-error.ts";
import { checkValue, type Schema } from "./schema.ts";
import { booleanOption, takeOptions, typedLine } from "./take-options.ts";

/** One call of a subcommand of `pct` or `qm`, its words taken apart and checked against what the subcommand takes. */
export interface GuestCall {
  /** The first word: decimal digits, in range. Empty where a subcommand takes none. */
  readonly vmid: string;
  /** The further words by their names in the usage line: `snapname`, `disk`, `target-vmid`. */
  readonly words: ReadonlyMap<string, string>;
  /** Options by their names without dashes; a boolean is `1` or `0`. */
  readonly options: ReadonlyMap<string, string>;
  /** What stands behind `--` or cannot be an option's (`exec`, `help`). */
  readonly extra: readonly string[];
}

/** A subcommand of `pct` or `qm`: what it takes, and what it does. */
export interface Subcommand {
  /** In their order; `vmid` nearly always is the first. */
  readonly words: readonly Word[];
  readonly options: Readonly<Record<string, OptionSchema>>;
  /** Takes any further words (`exec`). */
  readonly extra?: true;
  /** What stops it may be thrown as a PveError. */
  run(context: ToolContext, call: GuestCall): ToolResult;
}
export interface Word {
  readonly name: string;
  readonly schema: Schema;
  readonly optional?: true;
}
/** `asked`: given without a value it is asked for, and read from stdin. */
export type OptionSchema = Schema & { readonly asked?: true };

/** How a subcommand is used, as it is printed after what is wrong. */
export function usageLine(tool: string, name: string, { words, options, extra }: Subcommand): string {
  const shown = words.map((word) => (word.optional ? `[<${word.name}>]` : `<${word.name}>`));
  const all = [...shown, ...(extra ? ["[<extra-args>]"] : [])].join(" ");
  return `${tool} ${name} ${all}${Object.keys(options).length > 0 ? " [OPTIONS]" : ""}`;
}

/** Takes the arguments of a subcommand apart and checks them. Throws UsageError in the order in which the tool complains. */
export function parseCall(subcommand: Subcommand, args: readonly string[], stdin: Uint8Array): GuestCall {
  const { options } = subcommand;
  const alone = (name: string) => options[name]?.kind === "boolean" || options[name]?.asked === true;
  const { given: taken, words } = takeOptions(Object.keys(options), alone, args);
  const named = nameWords(subcommand, words);
  const given = new Map([...taken].map(([name, values]) => [name, givenValue(options[name], values, stdin)] as const));
  verify(subcommand, named, given);
  const further = new Map(named);
  further.delete("vmid");
  const vmid = String(Number(named.get("vmid") ?? ""));
  const extra = subcommand.extra ? words.slice(subcommand.words.length) : [];
  return { vmid: named.has("vmid") ? vmid : "", words: further, options: given, extra };
}

/** Of an option given twice the last counts; a list takes all of them. Throws UsageError. */
function givenValue(schema: OptionSchema | undefined, values: readonly string[], stdin: Uint8Array): string {
  const last = values.at(-1) ?? "";
  if (schema?.kind === "boolean") return booleanOption(last);
  if (schema?.asked && last === "") return typedLine(stdin);
  return schema?.kind === "string" && schema.list ? values.join(",") : last;
}

function nameWords({ words: wanted, extra }: Subcommand, words: readonly string[]): ReadonlyMap<string, string> {
  const needed = wanted.filter(({ optional }) => !optional).length;
  if (words.length < needed) throw new UsageError("400 not enough arguments");
  if (words.length > wanted.length && !extra) throw new UsageError("400 too many arguments");
  return new Map(wanted.slice(0, words.length).map(({ name }, index) => [name, words[index] ?? ""]));
}

function verify(
  { words, options }: Subcommand,
  named: ReadonlyMap<string, string>,
  given: ReadonlyMap<string, string>,
): void {
  const errors = new Map<string, string>();
  for (const { name, schema } of words) {
    const value = named.get(name);
    if (value !== undefined) checkValue(errors, name, schema, value);
  }
  for (const [name, value] of [...given].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const schema = options[name];
    if (schema !== undefined) checkValue(errors, name, schema, value);
  }
  if (errors.size > 0) throw new ParameterError(errors);
}
