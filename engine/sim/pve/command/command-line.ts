import { fails, type ToolResult } from "../../tool.ts";
import type { PropertyKind } from "../storage/storage-types.ts";
import { checkKind, parseBoolean } from "../storage/storage-values.ts";

/** What one command of Proxmox VE's tools takes, and the line it prints when it is used wrongly. */
export interface CommandForm {
  /** `pvesm add <type> <storage> [OPTIONS]` */
  readonly usage: string;
  /** Words that must stand there, by name, in order. */
  readonly words: Readonly<Record<string, PropertyKind>>;
  readonly options: Readonly<Record<string, PropertyKind>>;
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
 * that are none, words missing or left over, values against the schema. `-opt`, `--opt=v` and unique beginnings are fine.
 */
export function readCommandLine(
  form: CommandForm,
  args: readonly string[],
  stdin: Uint8Array = new Uint8Array(),
): CommandCall | ToolResult {
  const params = new Map<string, string>();
  const words: string[] = [];
  const unknown: string[] = [];
  const queue = [...args];
  let badBoolean = false;
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "--") words.push(...queue.splice(0));
    else if (!/^-./.test(word)) words.push(word);
    else {
      const [, spelled = "", attached] = /^--?([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
      const found = optionNamed(form.options, spelled);
      if (typeof found !== "string") {
        unknown.push(
          found === null ? `Unknown option: ${spelled}` : `Option ${spelled} is ambiguous (${found.join(", ")})`,
        );
        continue;
      }
      const kind = form.options[found]?.kind;
      const optional = kind === "boolean" || form.prompted?.includes(found) === true;
      // An optional value is the next word only where that is no option itself.
      const next = queue[0];
      const takes = attached === undefined && next !== undefined && (!optional || !/^-./.test(next));
      const value = attached ?? (takes ? queue.shift() : undefined);
      if (value === undefined && !optional) {
        unknown.push(`Option ${found} requires an argument`);
        continue;
      }
      const given = value ?? (kind === "boolean" ? "1" : firstLine(stdin));
      if (kind === "boolean") {
        // An empty boolean counts as on.
        const on = given === "" ? "1" : parseBoolean(given);
        if (on === null) badBoolean = true;
        else params.set(found, on);
      } else {
        const earlier = form.lists?.includes(found) === true ? params.get(found) : undefined;
        params.set(found, earlier === undefined ? given : `${earlier}\n${given}`);
      }
    }
  }
  if (unknown.length > 0) return fails(255, [...unknown, "400 unable to parse option", form.usage, ""].join("\n"));
  if (badBoolean) return fails(255, `400 unable to parse boolean option\n${form.usage}\n`);
  const names = Object.keys(form.words);
  if (words.length < names.length) return fails(255, `400 not enough arguments\n${form.usage}\n`);
  if (words.length > names.length) return fails(255, `400 too many arguments\n${form.usage}\n`);
  for (const [index, name] of names.entries()) params.set(name, words[index] ?? "");
  const kinds = { ...form.options, ...form.words };
  const wrong = [...params].flatMap(([name, value]) => {
    const kind = kinds[name];
    const each = form.lists?.includes(name) === true ? value.split("\n") : [value];
    const why =
      kind === undefined ? null : each.map((part) => checkKind(kind, name, part)).find((said) => said !== null);
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

/** The option of that name or beginning; null: there is none; several: they all begin so. */
function optionNamed(options: CommandForm["options"], spelled: string): string | readonly string[] | null {
  if (Object.hasOwn(options, spelled)) return spelled;
  const begun = Object.keys(options).filter((name) => spelled !== "" && name.startsWith(spelled));
  const [only] = begun;
  if (only === undefined) return null;
  return begun.length === 1 ? only : begun;
}

function firstLine(stdin: Uint8Array): string {
  return Buffer.from(stdin).toString("utf8").split("\n")[0] ?? "";
}
