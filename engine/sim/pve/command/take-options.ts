import { UsageError } from "./pve-error.ts";
import { parseBoolean } from "./schema.ts";

export interface Taken {
  /** By the full names of the options, every value that was given; one that stands alone has an empty one. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly words: readonly string[];
}

/**
 * Takes the words of a call apart as Perl's Getopt::Long does for all of Proxmox VE's tools: options anywhere between the
 * words, until `--`; `-opt v`, `--opt=v`, any beginning that fits one option only. Throws UsageError with all that is wrong.
 */
export function takeOptions(
  known: readonly string[],
  /** Whether an option may stand without a value. */
  standsAlone: (name: string) => boolean,
  args: readonly string[],
): Taken {
  const given = new Map<string, string[]>();
  const words: string[] = [];
  const complaints: string[] = [];
  const queue = [...args];
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === "--") {
      words.push(...queue.splice(0));
      break;
    }
    const [, spelled, attached] = /^--?([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (spelled === undefined) {
      words.push(arg);
      continue;
    }
    const name = optionNamed(known, spelled, complaints);
    if (name === null) continue;
    const value = attached ?? nextValue(queue, standsAlone(name));
    if (value === undefined) complaints.push(`Option ${name} requires an argument`);
    else given.set(name, [...(given.get(name) ?? []), value]);
  }
  if (complaints.length > 0) throw new UsageError(`${complaints.join("\n")}\n400 unable to parse option`);
  return { given, words };
}

/** The option of that name or beginning, in whatever case. */
function optionNamed(known: readonly string[], spelled: string, complaints: string[]): string | null {
  const wanted = spelled.toLowerCase();
  if (known.includes(wanted)) return wanted;
  const fitting = known.filter((name) => name.startsWith(wanted));
  const [only] = fitting;
  if (only === undefined) complaints.push(`Unknown option: ${spelled}`);
  else if (fitting.length === 1) return only;
  else complaints.push(`Option ${spelled} is ambiguous (${fitting.sort().join(", ")})`);
  return null;
}

/** The next word; of an option that may stand alone only if it does not look like an option itself. */
function nextValue(queue: string[], alone: boolean): string | undefined {
  const next = queue[0];
  if (alone && (next === undefined || /^-./s.test(next))) return "";
  return queue.shift();
}

/** A boolean as `1` or `0`; nothing said is on. Throws UsageError. */
export function booleanOption(value: string): string {
  const meaning = value === "" ? "1" : parseBoolean(value);
  if (meaning === null) throw new UsageError("400 unable to parse boolean option");
  return meaning;
}

/** What somebody types, or a pipe brings, where the tool asks. */
export function typedLine(stdin: Uint8Array): string {
  return Buffer.from(stdin).toString("utf8").split("\n")[0] ?? "";
}
