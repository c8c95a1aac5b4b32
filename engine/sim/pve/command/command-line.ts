import { fails, type ToolResult } from "../../tool.ts";
import { PveError } from "./pve-error.ts";
import { type Schema, valueFault } from "./schema.ts";
import { booleanOption, takeOptions, typedLine } from "./take-options.ts";

/** What one command of Proxmox VE's tools takes, and the line it prints when it is used wrongly. */
export interface CommandForm {
  /** `pvesm add <type> <storage> [OPTIONS]` */
  readonly usage: string;
  /** Words that must stand there, by name, in order. */
  readonly words: Readonly<Record<string, Schema>>;
  readonly options: Readonly<Record<string, Schema>>;
  /** Options that may be given several times. */
  readonly lists?: readonly string[];
  /** Options read from stdin where they are given without a value. */
  readonly prompted?: readonly string[];
}
export interface CommandCall {
  /** Words and options by name. Booleans are `1` or `0`; of an option given twice the last counts, a list's are joined by line feeds. */
  readonly params: ReadonlyMap<string, string>;
}

/**
 * Takes the words of a call apart as Proxmox VE's tools do, with their errors in their order: unknown options, booleans
 * that are none, words missing or left over, values against the schema.
 */
export function readCommandLine(
  form: CommandForm,
  args: readonly string[],
  stdin: Uint8Array = new Uint8Array(),
): CommandCall | ToolResult {
  const { options, lists = [], prompted = [] } = form;
  const params = new Map<string, string>();
  let words: readonly string[];
  try {
    const alone = (name: string) => options[name]?.kind === "boolean" || prompted.includes(name);
    const taken = takeOptions(Object.keys(options), alone, args);
    words = taken.words;
    for (const [name, values] of taken.given) {
      const last = values.at(-1) ?? "";
      if (options[name]?.kind === "boolean") params.set(name, booleanOption(last));
      else if (prompted.includes(name) && last === "") params.set(name, typedLine(stdin));
      else params.set(name, lists.includes(name) ? values.join("\n") : last);
    }
  } catch (error) {
    if (error instanceof PveError) return fails(error.code, `${error.message}${form.usage}\n`);
    throw error;
  }
  const names = Object.keys(form.words);
  if (words.length < names.length) return fails(255, `400 not enough arguments\n${form.usage}\n`);
  if (words.length > names.length) return fails(255, `400 too many arguments\n${form.usage}\n`);
  for (const [index, name] of names.entries()) params.set(name, words[index] ?? "");
  const schemas = { ...options, ...form.words };
  const wrong = [...params].flatMap(([name, value]) => {
    const schema = schemas[name];
    const each = lists.includes(name) ? value.split("\n") : [value];
    const why =
      schema === undefined ? null : each.map((part) => valueFault(schema, part, name)).find((said) => said !== null);
    return why == null ? [] : [[name, why] as const];
  });
  return wrong.length > 0 ? parameterErrors(form.usage, Object.fromEntries(wrong)) : { params };
}

export function isCall(read: CommandCall | ToolResult): read is CommandCall {
  return "params" in read;
}

/** The errors of a schema, by parameter, above the usage. */
export function parameterErrors(usage: string, errors: Readonly<Record<string, string>>, code = 255): ToolResult {
  const lines = Object.keys(errors)
    .sort()
    .map((name) => `${name}: ${errors[name]}\n`);
  return fails(code, `400 Parameter verification failed.\n${lines.join("")}${usage}\n`);
}
