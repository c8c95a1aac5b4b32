/** What a source that is no CEL was meant to be, in the words of those who come from Jinja or Python; undefined if unclear. */
export interface Habit {
  /** Where in the source the habit shows. */
  readonly offset: number;
  readonly length: number;
  readonly message: string;
  readonly hint: string;
}

interface Rule {
  readonly pattern: RegExp;
  readonly message: string;
  /** `$1` … stand for what the pattern caught. */
  readonly hint: string;
}

// The order matters: `not x is defined` is about `is defined`, and `x is not defined` is not about `not`.
const rules: readonly Rule[] = [
  { pattern: /\{\{\s*(.*?)\s*\}\}/, message: "a condition has no braces: it is an expression as it is", hint: "$1" },
  { pattern: /([\w.]+)\s+is\s+not\s+defined\b/, message: '"is not defined" is Jinja', hint: "!$has" },
  { pattern: /([\w.]+)\s+is\s+undefined\b/, message: '"is undefined" is Jinja', hint: "!$has" },
  { pattern: /([\w.]+)\s+is\s+defined\b/, message: '"is defined" is Jinja', hint: "$has" },
  { pattern: /([\w.]+)\s+is\s+(?:not\s+)?none\b/i, message: '"is none" is Jinja', hint: "$1 == null" },
  { pattern: /([\w.]+)\s+is\s+(?:match|search)\s*\((.*?)\)/, message: "this test is Jinja", hint: "$1.matches($2)" },
  {
    pattern: /([\w.]+)\s+(?:is\s+not\s+(?:failed|failure)|is\s+(?:succeeded|success|successful))\b/,
    message: "this test is Jinja",
    hint: "!$1.failed",
  },
  { pattern: /([\w.]+)\s+is\s+(?:failed|failure)\b/, message: "this test is Jinja", hint: "$1.failed" },
  { pattern: /([\w.]+)\s+is\s+not\s+(changed|skipped)\b/, message: "this test is Jinja", hint: "!$1.$2" },
  { pattern: /([\w.]+)\s+is\s+(changed|skipped)\b/, message: "this test is Jinja", hint: "$1.$2" },
  { pattern: /([\w.]+)\s+is\s+(\w+)/, message: '"is" is Jinja', hint: 'compare: $1 == …, or type($1) == "…"' },
  { pattern: /([\w.]+)\s+not\s+in\s+([\w.]+|\[[^\]]*\])/, message: '"not in" is Python', hint: "!($1 in $2)" },
  {
    pattern: /([\w.]+)\s*\|\s*map\(\s*attribute\s*=\s*(.*?)\s*\)/,
    message: "filters (|) are Jinja",
    hint: "pluck($1, $2)",
  },
  {
    pattern: /([\w.]+)\s*\|\s*selectattr\(\s*(.*?),\s*['"](?:equalto|eq|==)['"]\s*,\s*(.*?)\s*\)/,
    message: "filters (|) are Jinja",
    hint: "where($1, $2, $3)",
  },
  { pattern: /([\w.]+)\s*\|\s*default\(\s*(.*?)\s*\)/, message: "filters (|) are Jinja", hint: "default($1, $2)" },
  { pattern: /([\w.]+)\s*\|\s*(?:succeeded|success)\b/, message: "filters (|) are Jinja", hint: "!$1.failed" },
  { pattern: /([\w.]+)\s*\|\s*(failed|changed|skipped)\b/, message: "filters (|) are Jinja", hint: "$1.$2" },
  { pattern: /([\w.]+)\s*\|\s*bool\b/, message: "filters (|) are Jinja", hint: "$1" },
  { pattern: /([\w.]+)\s*\|\s*(?:length|count)\b/, message: "filters (|) are Jinja", hint: "size($1)" },
  { pattern: /([\w.]+)\s*\|\s*(\w+)\(\s*(.+?)\s*\)/, message: "filters (|) are Jinja", hint: "$2($1, $3)" },
  { pattern: /([\w.]+)\s*\|\s*(\w+)/, message: "filters (|) are Jinja", hint: "$2($1)" },
  { pattern: /\s(and)\s/, message: '"and" is written &&', hint: "a && b" },
  { pattern: /\s(or)\s/, message: '"or" is written ||', hint: "a || b" },
  { pattern: /(?:^|[\s(])not\s+([\w.]+)\s*(?=$|\)|&&|\|\|)/, message: '"not" is written !', hint: "!$1" },
  { pattern: /(?:^|[\s(])not\s+(.+?)\s*(?=$|&&|\|\|)/, message: '"not" is written !', hint: "!($1)" },
  { pattern: /\sif\s.*\selse\s/, message: "this choice is Python", hint: "condition ? a : b" },
  { pattern: /===/, message: '"===" is written ==', hint: "a == b" },
  { pattern: /<>/, message: '"<>" is written !=', hint: "a != b" },
  { pattern: /(?<![=!<>])=(?!=)/, message: 'a single "=" compares nothing', hint: "a == b" },
  { pattern: /\s~\s/, message: '"~" is Jinja', hint: "a + b" },
  { pattern: /([\w.]+)\.(\d+)\b/, message: "an index stands in brackets", hint: "$1[$2]" },
];

export function habitIn(source: string): Habit | undefined {
  const outside = withoutTexts(source);
  for (const rule of rules) {
    const found = rule.pattern.exec(outside);
    if (found === null) continue;
    // The hint quotes the author's own text, strings included.
    const original = source.slice(found.index, found.index + found[0].length);
    const parts = rule.pattern.exec(original) ?? found;
    const hint = rule.hint
      .replace("$has", () => existing(parts[1] ?? "x"))
      .replace(/\$(\d)/g, (_all, index: string) => parts[Number(index)] ?? "");
    const lead = /^[\s(]*/.exec(found[0])?.[0].length ?? 0;
    return {
      offset: found.index + lead,
      length: found[0].trim().length,
      message: rule.message,
      hint: `write \`${hint}\``,
    };
  }
  return undefined;
}

/** `has()` takes a path of two parts at least; a bare variable is one of `vars`. */
function existing(path: string): string {
  return path.includes(".") ? `has(${path})` : `has(vars.${path})`;
}

/** The words that Python has for literals: to CEL they are variables, and nobody defines them. */
export const pythonWords: ReadonlyMap<string, string> = new Map([
  ["True", "true"],
  ["False", "false"],
  ["None", "null"],
]);

/** The same source with the inside of every quoted text blanked, so that no rule looks into it. */
function withoutTexts(source: string): string {
  return source.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, (text) => `"${"\u0000".repeat(text.length - 2)}"`);
}
