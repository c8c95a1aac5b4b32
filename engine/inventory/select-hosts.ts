import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import { nearest } from "../text/nearest.ts";
import { plural } from "../text/plural.ts";
import { parseRegex } from "../text/regex.ts";
import type { Parsed } from "../value/expression.ts";
import type { Inventory } from "./inventory.ts";

/** A part of a pattern: `web`, `&web`, `!web`. */
interface Part {
  readonly sign: "" | "&" | "!";
  readonly text: string;
}

/**
 * The hosts that a pattern names, in the order of its parts, and of the inventory within each. Parts are joined first,
 * then cut with the `&` parts, then the `!` parts are taken away, in whatever order they stand. `readLines` gives the text of an `@file`.
 */
export function selectHosts(
  inventory: Inventory,
  pattern: string,
  place: Place | undefined,
  readFile: (path: string) => string | undefined = () => undefined,
): Parsed<readonly string[]> {
  const diagnostics: Diagnostic[] = [];
  // Whom nobody has asked may well have the hosts that a pattern means.
  const unasked = inventory.sources.filter(({ guests }) => guests === null);
  const report = (code: string, message: string, said?: string): void => {
    const open = unasked.length > 0 && (code === "no-hosts" || code === "unknown-host");
    const hint = open ? whatIsOpen(unasked) : said;
    diagnostics.push({
      code,
      message,
      ...(open && { severity: "warning" }),
      ...(place === undefined ? {} : { place }),
      ...(hint === undefined ? {} : { hint }),
    });
  };
  const parts = expandFiles(splitPattern(pattern), readFile, report);
  if (parts.length === 0 && diagnostics.length === 0)
    report("empty-pattern", "the host pattern is empty", "write `all` for every host");
  const matched = parts.map((part) => ({ ...part, hosts: new Set(matchPart(part, inventory, report)) }));
  if (diagnostics.length > 0) return { ok: false, diagnostics };
  const joined = matched.filter(({ sign }) => sign === "");
  // `!web` alone means all but web; the implicit localhost is only ever meant by name.
  const candidates =
    joined.length === 0 ? (inventory.groups.get("all")?.hosts ?? []) : joined.flatMap((part) => [...part.hosts]);
  const hosts = [...new Set(candidates)].filter((host) =>
    matched.every(({ sign, hosts: of }) => sign === "" || of.has(host) === (sign === "&")),
  );
  if (hosts.length > 0) return { ok: true, value: hosts };
  report(
    "no-hosts",
    `the host pattern \`${pattern}\` leaves no host`,
    "each part of it matches some, but together they leave none",
  );
  return { ok: false, diagnostics };
}

function whatIsOpen(unasked: Inventory["sources"]): string {
  const named = (program: boolean): string =>
    unasked
      .filter((source) => (source.program === true) === program)
      .map(({ file }) => file)
      .join(", ");
  const [guests, programs] = [named(false), named(true)];
  return [
    ...(guests === "" ? [] : [`the guests of ${guests} are not known: nothing was connected to`]),
    ...(programs === "" ? [] : [`the hosts of ${programs} are not known: programs are not run in a static check`]),
  ].join("; ");
}

/** Parts end at `,` and `:`, but not inside of brackets, and a `~regex` not at a `:`. */
function splitPattern(pattern: string): readonly Part[] {
  const texts: string[] = [];
  let current = "";
  let depth = 0;
  for (const character of pattern) {
    if ("[({".includes(character)) depth += 1;
    if ("])}".includes(character)) depth = Math.max(0, depth - 1);
    const regex = /^\s*[&!]?~/.test(current);
    if (depth === 0 && (character === "," || (character === ":" && !regex))) {
      texts.push(current);
      current = "";
    } else current += character;
  }
  return [...texts, current].flatMap((text) => {
    const trimmed = text.trim();
    if (trimmed === "") return [];
    const sign = trimmed[0] === "&" || trimmed[0] === "!" ? trimmed[0] : "";
    return [{ sign, text: trimmed.slice(sign.length).trim() } as const];
  });
}

type Complain = (code: string, message: string, hint?: string) => void;

/** `@file` stands for the patterns in it, one a line; `#` begins a comment. */
function expandFiles(
  parts: readonly Part[],
  readFile: (path: string) => string | undefined,
  report: Complain,
): readonly Part[] {
  return parts.flatMap((part) => {
    if (!part.text.startsWith("@")) return [part];
    const path = part.text.slice(1);
    const text = readFile(path);
    if (text === undefined) {
      report("missing-file", `there is no file ${path}, which the host pattern names`);
      return [];
    }
    const lines = text.split(/\r?\n/).map((line) => line.replace(/#.*$/, "").trim());
    return lines
      .flatMap((line) => splitPattern(line))
      .map((inner) => (inner.sign === "" ? { ...inner, sign: part.sign } : inner));
  });
}

function matchPart({ text }: Part, inventory: Inventory, report: Complain): readonly string[] {
  // Exact names first: a group may be called `n.lan`, and a dot is no wildcard.
  const exact = named(text, inventory);
  if (exact !== undefined) {
    if (exact.length === 0) report("no-hosts", `group ${text} has no hosts`, hintFor(text, inventory));
    return exact;
  }
  if (text.startsWith("~")) return matchRegex(text.slice(1), inventory, report);
  const slice = /^(.+)\[(?:(-?\d+)|(-?\d+)?[:-](-?\d+)?)\]$/.exec(text);
  // `web[0-2]` is a slice of a group, and of nothing else a set of characters.
  if (slice && (!/\[\d+-\d+\]$/.test(text) || named(slice[1] ?? "", inventory))) {
    return matchSlice(text, slice, inventory, report);
  }
  if (/[*?[]/.test(text)) {
    const glob = globRegex(text);
    const found = matching((name) => glob.test(name), inventory);
    if (found.length === 0) report("no-hosts", `no host or group matches \`${text}\``, hintFor(text, inventory));
    return found;
  }
  const guess = nearest(text, names(inventory));
  report(
    "unknown-host",
    `there is no host or group ${text}`,
    guess === undefined ? hintFor(text, inventory) : `did you mean ${guess}?`,
  );
  return [];
}

function named(text: string, inventory: Inventory): readonly string[] | undefined {
  if (inventory.hosts.has(text) || text === "localhost") return [text];
  return inventory.groups.get(text)?.hosts;
}

function matchRegex(source: string, inventory: Inventory, report: Complain): readonly string[] {
  const parsed = parseRegex(`^(?:${source})`);
  if (!parsed.ok) {
    report("bad-pattern", `\`~${source}\` is no regular expression: ${parsed.message}`, parsed.hint);
    return [];
  }
  const found = matching((name) => parsed.regex.test(name), inventory);
  if (found.length === 0) report("no-hosts", `no host or group matches \`~${source}\``, hintFor(source, inventory));
  return found;
}

/** `group[0]`, `group[-1]`, `group[1:3]` (both ends count), `group[1:]`, `group[:3]`; of a pattern as of a group. */
function matchSlice(text: string, slice: RegExpExecArray, inventory: Inventory, report: Complain): readonly string[] {
  const base = slice[1] ?? "";
  const wild = /[*?[]/.test(base);
  const hosts =
    named(base, inventory) ?? (wild ? [...new Set(matchPart({ sign: "", text: base }, inventory, report))] : undefined);
  if (wild && hosts?.length === 0) return [];
  if (hosts === undefined) {
    const guess = nearest(base, names(inventory));
    report(
      "unknown-host",
      `there is no host or group ${base}`,
      guess === undefined ? hintFor(base, inventory) : `did you mean ${guess}?`,
    );
    return [];
  }
  const at = (index: string): number => (Number(index) < 0 ? hosts.length + Number(index) : Number(index));
  const one = slice[2];
  const first = at(one ?? slice[3] ?? "0");
  const last = one !== undefined ? first : slice[4] === undefined ? hosts.length - 1 : at(slice[4]);
  const found = hosts.filter((_, index) => index >= first && index <= last);
  if (found.length === 0)
    report("no-hosts", `\`${text}\` is beyond the hosts of ${base}: it has ${hosts.length}`, "they count from 0");
  return found;
}

function matching(matches: (name: string) => boolean, inventory: Inventory): readonly string[] {
  const groups = [...inventory.groups.values()].filter(({ name }) => matches(name)).flatMap(({ hosts }) => hosts);
  return [...groups, ...[...inventory.hosts.keys()].filter(matches)];
}

function globRegex(glob: string): RegExp {
  const source = glob
    .replaceAll(/[.+^${}()|\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".")
    .replaceAll("[!", "[^");
  try {
    return new RegExp(`^${source}$`);
  } catch {
    // Matches nothing, which the caller reports: `[b-a]`.
    return /^(?!)/;
  }
}

function names(inventory: Inventory): readonly string[] {
  return [...inventory.groups.keys(), ...inventory.hosts.keys()];
}

function hintFor(_text: string, inventory: Inventory): string {
  const known = names(inventory).filter((name) => name !== "ungrouped");
  if (inventory.hosts.size === 0)
    return "the inventory has no hosts: is it the right one? See -i, and `inventory` in lab.yml";
  const asked = inventory.sources
    .map(({ file, guests }) => `; ${file} has found ${plural(guests ?? 0, "guest")}`)
    .join("");
  return `the inventory has ${known.slice(0, 8).join(", ")}${known.length > 8 ? " …" : ""}${asked}`;
}
