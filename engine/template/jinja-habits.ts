import type { Diagnostic } from "../errors/diagnostic.ts";
import { ourLookup, ourName } from "../functions/foreign-names.ts";
import { registry } from "../functions/registry.ts";
import { type Compiler, placeOf } from "./compiler.ts";
import { type CallNode, isPath } from "./nodes.ts";
import { offsetOf } from "./source-offsets.ts";

const statements = /\{%[-+]?\s*(if|elif|else|endif|for|endfor|set|include|import|macro|block|raw)\b[^%]*%\}/;

const translations: Readonly<Record<string, string>> = {
  if: "{{#if x}} … {{else}} … {{/if}}",
  elif: "{{else if x}}",
  else: "{{else}}",
  endif: "{{/if}}",
  for: "{{#each xs}} … {{this}} … {{/each}}",
  endfor: "{{/each}}",
  raw: "{{{{raw}}}} … {{{{/raw}}}}",
};

/** `{% if x %}` in the text between expressions. */
export function jinjaContent(compiler: Compiler, node: hbs.AST.ContentStatement): Diagnostic | undefined {
  const found = statements.exec(node.value);
  if (found === null) return undefined;
  // The value may have been trimmed by `~`; the source has the tag at or after the node's start.
  const start = offsetOf(compiler.text, node.loc.start.line, node.loc.start.column);
  const offset = Math.max(start, compiler.text.indexOf(found[0], start));
  const instead = translations[found[1] ?? ""];
  const hint = instead === undefined ? "templates are Handlebars here" : `templates are Handlebars here: ${instead}`;
  const message = `"${found[0]}" is Jinja`;
  return { code: "jinja-syntax", message, place: compiler.at.placeAt(offset, found[0].length), hint };
}

/** `{{ x is defined }}`: to Handlebars a call of `x`. */
export function jinjaCall(compiler: Compiler, node: CallNode): Diagnostic | undefined {
  const [first] = node.params;
  if (first === undefined || !isPath(first)) return undefined;
  const words = [node.path, ...node.params].map((part) => (isPath(part) ? part.original : "…")).join(" ");
  const hint = wordHint(words);
  return hint === undefined
    ? undefined
    : { code: "jinja-syntax", message: `"${words}" is Jinja`, place: placeOf(compiler, node)(), hint };
}

function wordHint(words: string): string | undefined {
  const test = /^(\S+) is (not )?(\w+)/.exec(words);
  if (test?.[3] === "defined" || test?.[3] === "undefined") {
    const negated = (test[2] !== undefined) !== (test[3] === "undefined");
    return negated ? `{{#unless (defined ${test[1]})}}` : `{{ defined ${test[1]} }}`;
  }
  if (test !== null) return "tests are written as conditions: `!expr` with CEL";
  if (/ (and|or|not|in|if|else) /.test(` ${words} `)) return "conditions are CEL: `!expr a && b`, `!expr x ? a : b`";
  return undefined;
}

/** What stands around a syntax error, read as Jinja; undefined if it is none. */
export function jinjaExpression(inner: string): string | undefined {
  const source = inner.trim();
  if (/^([#/^>!*]|else\b)/.test(source)) return undefined;
  const lookup = /^(?:lookup|query|q)\s*\(\s*(['"])([\w.]+)\1\s*,?\s*(.*?)\s*\)$/s.exec(source);
  if (lookup !== null)
    return ourLookup(lookup[2] ?? "", spaced(lookup[3] ?? ""), (name, args) => `{{ ${name} ${args} }}`);
  if (/\|/.test(source)) {
    // `list` makes a list of one of Python's iterators; here it is one already.
    const [head = "", ...filters] = source
      .split("|")
      .map((part) => part.trim())
      .filter((part, index) => index === 0 || part !== "list");
    if (filters.length === 0) return jinjaExpression(head) ?? `write {{ ${head} }}`;
    const call = filters.reduce((argument, filter) => translated(filter, argument), head);
    return `filters are functions here: {{ ${call.replace(/^\((.*)\)$/s, "$1")} }}`;
  }
  const word = wordHint(source);
  if (word !== undefined) return word;
  const path = subscripts(source);
  if (path !== undefined) return path;
  if (/^[\w.]+\.\d+/.test(source)) return `an index stands in brackets: {{ ${source.replace(/\.(\d+)/g, ".[$1]")} }}`;
  const called = /^(\w+)\s*\((.*)\)$/s.exec(source);
  if (called !== null)
    return `arguments follow the name without parentheses: {{ ${called[1]} ${spaced(called[2] ?? "")} }}`;
  if (/[+*/<>=!]|\s-\s/.test(source))
    return `calculations and comparisons are CEL: !expr ${source.replaceAll("~", "+")}`;
  return undefined;
}

/** `hostvars['web1'].x`, `groups['all'][0]`: a path; with a variable between the brackets an expression. */
function subscripts(source: string): string | undefined {
  if (!/^\w+(\.\w+|\[(?:'[^']*'|"[^"]*"|[\w.]+)\])+$/.test(source) || !source.includes("[")) return undefined;
  if (/\[(?!\d+\])[\w.]+\]/.test(source)) return `what a variable names is looked up in CEL: !expr ${source}`;
  const path = source.replace(
    /\[(?:'([^']*)'|"([^"]*)"|(\d+))\]/g,
    (_all, one?: string, two?: string, number?: string) => {
      const key = one ?? two;
      return key !== undefined && /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `.[${key ?? number}]`;
    },
  );
  return `{{ ${path} }}`;
}

function translated(filter: string, argument: string): string {
  const [, name = filter, args = ""] = /^([\w.]+)\s*(?:\((.*)\))?$/s.exec(filter) ?? [];
  const [ours, words] = ourFilter(name.replace(/^ansible\.(builtin|utils)\./, ""), args);
  return `(${[ours, argument, words].filter((part) => part !== "").join(" ")})`;
}

/** Filters whose arguments are others here; all others keep theirs. */
function ourFilter(name: string, args: string): readonly [name: string, args: string] {
  const attribute = /^attribute\s*=\s*(.*)$/s.exec(args.trim())?.[1];
  if (name === "map" && attribute !== undefined) return ["pluck", spaced(attribute)];
  if ((name === "sort" || name === "sum" || name === "min" || name === "max") && attribute !== undefined)
    return [name, spaced(attribute)];
  if (name === "selectattr" || name === "rejectattr") {
    const words = args.split(",").map((part) => part.trim());
    const kept = /^['"](equalto|eq|==|defined)['"]$/.test(words[1] ?? "") ? [words[0] ?? "", ...words.slice(2)] : words;
    return [name === "selectattr" ? "where" : "where_not", spaced(kept.join(","))];
  }
  if ((name === "default" || name === "d") && /,\s*(boolean\s*=\s*)?[Tt]rue\s*$/.test(args))
    return ["default_if_empty", spaced(args.replace(/,[^,]*$/, ""))];
  return [ourName(name, (known) => registry.has(known)) ?? name, spaced(args)];
}

function spaced(args: string): string {
  const words = args.split(",").map((part) =>
    part
      .trim()
      .replace(/^(\w+)\s*=\s*/, "$1=")
      .replace(/'([^']*)'$/s, '"$1"')
      .replace(/\b(True|False)$/, (word) => word.toLowerCase()),
  );
  return words.join(" ").trim();
}
