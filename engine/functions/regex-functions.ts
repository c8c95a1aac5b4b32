import {
  escapeRegex,
  parseRegex,
  type Regex,
  type RegexMatch,
  type RegexOptions,
  RegexTooCostly,
} from "../text/regex.ts";
import type { Value } from "../value/value.ts";
import { textOf } from "./arguments.ts";
import { FunctionFailure, type LabFunction, type Param } from "./function.ts";

const text: Param = { name: "text", type: "string" };
const pattern: Param = { name: "pattern", type: "string" };
const options: readonly Param[] = [
  { name: "ignorecase", type: "boolean", optional: true },
  { name: "multiline", type: "boolean", optional: true },
];

const matches: LabFunction = {
  name: "matches",
  topic: "regular expressions",
  summary: "Whether a regular expression is found in the text.",
  params: [text, pattern, ...options],
  returns: "boolean",
  run: ([value, wanted, ...flags]) => within(() => regexOf(wanted, flags).test(textOf(value))),
  example: { template: '{{ matches "sda1" "^sd[a-z]" }}', cel: '"sda1".matches("^sd[a-z]")', gives: true },
};

const regexReplace: LabFunction = {
  name: "regex_replace",
  topic: "regular expressions",
  summary: "The text with every match of a regular expression replaced; `$1` and `\\1` stand for the first group.",
  params: [text, pattern, { name: "replacement", type: "string" }, ...options],
  returns: "string",
  run([value, wanted, replacement, ...flags]) {
    const [source, regex] = [textOf(value), regexOf(wanted, flags)];
    const write = writer(textOf(replacement), regex);
    let result = "";
    let at = 0;
    for (const found of within(() => regex.matches(source))) {
      result += source.slice(at, found.start) + write(found);
      at = found.end;
    }
    return result + source.slice(at);
  },
  example: {
    template: '{{ regex_replace "vm-101" "[a-z]+-([0-9]+)" "$1" }}',
    cel: 'regex_replace("vm-101", "[a-z]+-([0-9]+)", "$1")',
    gives: "101",
  },
};

const regexSearch: LabFunction = {
  name: "regex_search",
  topic: "regular expressions",
  summary: "The first match of a regular expression, or one group of it by number or name; null where there is none.",
  params: [text, pattern, { name: "group", type: "string or integer", optional: true }, ...options],
  returns: "any",
  run([value, wanted, group, ...flags]) {
    const regex = regexOf(wanted, flags);
    const [found] = within(() => regex.matches(textOf(value), 1));
    if (found === undefined) return null;
    return typeof group === "number" || typeof group === "string"
      ? groupOf(found, String(group), regex)
      : groupOf(found, "0", regex);
  },
  example: {
    template: '{{ regex_search "kernel 6.8.12-4" "[0-9.]+" }}',
    cel: 'regex_search("kernel 6.8.12-4", "[0-9.]+")',
    gives: "6.8.12",
  },
  more: [
    {
      template: '{{ regex_search "vm-101" "vm-([0-9]+)" 1 }}',
      cel: 'regex_search("vm-101", "vm-(?P<id>[0-9]+)", "id")',
      gives: "101",
    },
    {
      template: '{{ default (regex_search "x" "[0-9]") "none" }}',
      cel: 'default(regex_search("x", "[0-9]"), "none")',
      gives: "none",
    },
  ],
};

const regexFindall: LabFunction = {
  name: "regex_findall",
  topic: "regular expressions",
  summary: "All matches of a regular expression; with a group in it that group of each, with several a list of them.",
  params: [text, pattern, ...options],
  returns: "list",
  run([value, wanted, ...flags]) {
    const regex = regexOf(wanted, flags);
    return within(() => regex.matches(textOf(value))).map(({ groups }): Value => {
      if (regex.groups === 0) return groups[0] ?? "";
      return regex.groups === 1 ? (groups[1] ?? "") : groups.slice(1).map((group) => group ?? "");
    });
  },
  example: {
    template: '{{ regex_findall "a1 b22" "[0-9]+" }}',
    cel: 'regex_findall("a1 b22", "[0-9]+")',
    gives: ["1", "22"],
  },
};

const regexEscape: LabFunction = {
  name: "regex_escape",
  topic: "regular expressions",
  summary: "The text as a regular expression that finds it and nothing else.",
  params: [text],
  returns: "string",
  run: ([value]) => escapeRegex(textOf(value)),
  example: { template: '{{ regex_escape "a.b" }}', cel: 'regex_escape("a.b")', gives: "a\\.b" },
};

export const regexFunctions: readonly LabFunction[] = [matches, regexReplace, regexSearch, regexFindall, regexEscape];

/** The flags as they come behind the pattern: `ignorecase`, `multiline`. */
export function regexOf(wanted: Value | undefined, flags: readonly (Value | undefined)[] = []): Regex {
  const source = textOf(wanted);
  const set: RegexOptions = { ignoreCase: flags[0] === true, multiline: flags[1] === true };
  const parsed = parseRegex(source, set);
  if (parsed.ok) return parsed.regex;
  throw new FunctionFailure(`"${source.slice(0, 100)}" is no regular expression: ${parsed.message}`, parsed.hint);
}

function within<T>(search: () => T): T {
  try {
    return search();
  } catch (error) {
    if (!(error instanceof RegexTooCostly)) throw error;
    throw new FunctionFailure("the search would take too long", "take a smaller text, or a smaller pattern");
  }
}

function groupOf({ groups, named }: RegexMatch, wanted: string, regex: Regex): string | null {
  const numbered = /^\d+$/.test(wanted);
  const there = numbered ? Number(wanted) <= regex.groups : Object.hasOwn(named, wanted);
  if (there) return (numbered ? groups[Number(wanted)] : named[wanted]) ?? null;
  throw new FunctionFailure(
    `the regular expression has no group ${wanted}`,
    "groups stand in parentheses and count from 1; one with a name is written (?P<name>…)",
  );
}

/** `$1`, `$<name>`, `$&` and `$$`, and what Python's authors write: `\1`, `\g<name>`. */
function writer(replacement: string, regex: Regex): (found: RegexMatch) => string {
  const parts = replacement.split(/(\$\$|\$&|\$\d{1,2}|\$<\w+>|\\\d{1,2}|\\g<\w+>)/);
  return (found) =>
    parts
      .map((part, index) => {
        if (index % 2 === 0) return part;
        if (part === "$$") return "$";
        const name = part === "$&" ? "0" : part.replace(/^(\$|\\g?)<?/, "").replace(/>$/, "");
        return groupOf(found, name, regex) ?? "";
      })
      .join("");
}
