import { RE2JS, RE2JSException } from "re2js";

/** Where a pattern was found. Group 0 is the whole match; null is a group that took no part in it. */
export interface RegexMatch {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | null)[];
  readonly named: Readonly<Record<string, string | null>>;
}
export interface RegexOptions {
  readonly ignoreCase?: boolean;
  /** `^` and `$` stand for the ends of lines, too. */
  readonly multiline?: boolean;
}
export interface Regex {
  /** How many groups it has, the whole match not counted. */
  readonly groups: number;
  test(text: string): boolean;
  /** Whether all of the text is one match. */
  matchesWhole(text: string): boolean;
  /** The matches from left to right, at most so many. */
  matches(text: string, most?: number): readonly RegexMatch[];
}
export type ParsedRegex =
  | { readonly ok: true; readonly regex: Regex }
  | { readonly ok: false; readonly message: string; readonly hint: string };

/** Thrown where a search would take longer than anybody waits. */
export class RegexTooCostly extends Error {}

const longest = 2_000;
/** Steps of the pattern times characters of the text. */
const costliest = 400_000_000;

/**
 * The one door to the regular expressions of users: RE2's, as CEL asks for. Its matching takes time in proportion to the
 * text, whatever the pattern; JavaScript's own would hang the run over `(a+)+$`.
 */
export function parseRegex(pattern: string, options: RegexOptions = {}): ParsedRegex {
  const key = `${options.ignoreCase ? "i" : ""}${options.multiline ? "m" : ""}/${pattern}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const fresh = parse(pattern, options);
  if (parsed.size > 500) parsed.clear();
  parsed.set(key, fresh);
  return fresh;
}

/** The text as a pattern that matches it and nothing else. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

// Loops use one pattern for each item, and parsing takes longer than matching.
const parsed = new Map<string, ParsedRegex>();

function parse(pattern: string, { ignoreCase, multiline }: RegexOptions): ParsedRegex {
  if (pattern.length > longest)
    return { ok: false, message: `it has more than ${longest} characters`, hint: "write a shorter one" };
  const flags = (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (multiline ? RE2JS.MULTILINE : 0);
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern, flags);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { ok: false, message: error.message.replace("error parsing regexp: ", ""), hint: hintFor(pattern) };
  }
  return { ok: true, regex: regexOver(compiled) };
}

function regexOver(compiled: RE2JS): Regex {
  const size = compiled.programSize();
  const groups = compiled.groupCount();
  const matcherOf = (text: string) => {
    if (text.length * size > costliest) throw new RegexTooCostly();
    return compiled.matcher(text);
  };
  return {
    groups,
    test: (text) => matcherOf(text).find(),
    matchesWhole: (text) => matcherOf(text).matches(),
    matches(text, most = Number.POSITIVE_INFINITY) {
      const matcher = matcherOf(text);
      const found: RegexMatch[] = [];
      while (found.length < most && matcher.find()) {
        found.push({
          start: matcher.start(),
          end: matcher.end(),
          groups: Array.from({ length: groups + 1 }, (_, index) => matcher.group(index)),
          named: matcher.getNamedGroups(),
        });
      }
      return found;
    },
  };
}

function hintFor(pattern: string): string {
  if (/\(\?<?[=!]/.test(pattern))
    return "looking ahead or behind (`(?=`, `(?!`, `(?<=`) is no part of RE2: match more, and keep a group of it";
  if (/\\[1-9]/.test(pattern)) return "RE2 has no back-references (`\\1`) in a pattern";
  return "the syntax is RE2's; a backslash is doubled within quotes";
}
