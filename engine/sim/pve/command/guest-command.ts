import type { ToolContext, ToolResult } from "../../tool.ts";
import { ParameterError, UsageError } from "./pve-error.ts";
import { checkValue, parseBoolean, type Schema } from "./schema.ts";

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
  const { given, words } = takeOptions(subcommand.options, args);
  const named = nameWords(subcommand, words);
  for (const [name, schema] of Object.entries(subcommand.options)) {
    const value = given.get(name);
    if (schema.asked && value === "") given.set(name, firstLine(stdin));
    if (schema.kind !== "boolean" || value === undefined) continue;
    const meaning = value === "" ? "1" : parseBoolean(value);
    if (meaning === null) throw new UsageError("400 unable to parse boolean option");
    given.set(name, meaning);
  }
  verify(subcommand, named, given);
  const further = new Map(named);
  further.delete("vmid");
  const vmid = String(Number(named.get("vmid") ?? ""));
  const extra = subcommand.extra ? words.slice(subcommand.words.length) : [];
  return { vmid: named.has("vmid") ? vmid : "", words: further, options: given, extra };
}

/** Options anywhere between the words, until `--`: `-opt v`, `--opt=v`, any beginning that fits one option only. */
function takeOptions(known: Readonly<Record<string, OptionSchema>>, args: readonly string[]) {
  const given = new Map<string, string>();
  const words: string[] = [];
  const complaints: string[] = [];
  const queue = [...args];
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === "--") {
      words.push(...queue.splice(0));
      break;
    }
    const option = /^--?([^=]+)(?:=(.*))?$/s.exec(arg);
    if (option === null) {
      words.push(arg);
      continue;
    }
    const [, spelled = "", attached] = option;
    const name = findOption(known, spelled, complaints);
    if (name === null) continue;
    const value = attached ?? valueFrom(queue, known[name]);
    if (value === undefined) complaints.push(`Option ${spelled} requires an argument`);
    else put(given, name, value, known[name]);
  }
  if (complaints.length > 0) throw new UsageError(`${complaints.join("\n")}\n400 unable to parse option`);
  return { given, words };
}

function findOption(known: Readonly<Record<string, OptionSchema>>, spelled: string, complaints: string[]) {
  const wanted = spelled.toLowerCase();
  if (Object.hasOwn(known, wanted)) return wanted;
  const fitting = Object.keys(known).filter((name) => name.startsWith(wanted));
  if (fitting.length === 1) return fitting[0] ?? null;
  complaints.push(
    fitting.length === 0
      ? `Unknown option: ${spelled}`
      : `Option ${spelled} is ambiguous (${fitting.sort().join(", ")})`,
  );
  return null;
}

/** The next word; of an option that may stand alone only if it does not look like an option itself. */
function valueFrom(queue: string[], schema: OptionSchema | undefined): string | undefined {
  const alone = schema?.kind === "boolean" || schema?.asked;
  if (!alone) return queue.shift();
  const next = queue[0];
  if (next === undefined || /^-./s.test(next)) return "";
  return queue.shift();
}

// Of an option given twice the last counts; a list takes all of them.
function put(given: Map<string, string>, name: string, value: string, schema: OptionSchema | undefined): void {
  const before = given.get(name);
  const joins = schema?.kind === "string" && schema.list && before !== undefined;
  given.set(name, joins ? `${before},${value}` : value);
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

function firstLine(stdin: Uint8Array): string {
  return Buffer.from(stdin).toString("utf8").split("\n")[0] ?? "";
}
