import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Module } from "../module/define-module.ts";
import type { ValueSource } from "../value/expression.ts";
import { hole, normalized } from "./bind-params.ts";
import { issueMessage } from "./issue-message.ts";

/** What may stand where a template is; if the text fits with none of these, it fits with nothing. */
const toldOf = "x";
const fillers = [toldOf, "", "1", "/x", "true", "x.y"];

interface Fragment {
  readonly source: ValueSource & { readonly kind: "expression" };
  readonly path: readonly (string | number)[];
}

/**
 * The literal parts of values that are made by templates: a path that begins with `etc/` never becomes an absolute one,
 * and `st-{{ x }}` none of a few words, whatever the variables hold. Only what hangs on nothing else is judged.
 */
export function checkFragments(module: Module, params: ValueSource, raw: unknown): readonly Diagnostic[] {
  return fragmentsIn(normalized(module, params), []).flatMap((fragment): readonly Diagnostic[] => {
    let message = "";
    for (const filler of fillers) {
      const problem = problemWith(module, raw, fragment, filler);
      // Most texts fit at once.
      if (problem === null) return [];
      if (filler === toldOf) message = problem;
    }
    const { source, path } = fragment;
    return [
      {
        code: "invalid-parameter",
        message: `\`${path.join(".")}\` of \`${module.name}\`: ${message}`,
        place: source.place,
        hint: "what is written out beside the template can never fit",
      },
    ];
  });
}

function fragmentsIn(source: ValueSource, path: readonly (string | number)[]): readonly Fragment[] {
  if (source.kind === "map") return source.entries.flatMap(({ key, value }) => fragmentsIn(value, [...path, key]));
  if (source.kind === "list") return source.items.flatMap((item, index) => fragmentsIn(item, [...path, index]));
  if (source.kind !== "expression") return [];
  const text = source.expression.source;
  // Blocks and escaped braces make more than one text; a value of one expression has nothing beside it.
  if (/\{\{[#~^/&!>]|\\\{\{|\{\{\{|~\}\}/.test(text) || !/\{\{[^{}]*\}\}/.test(text)) return [];
  return text.replace(/\{\{[^{}]*\}\}/g, "").trim() === "" ? [] : [{ source, path }];
}

/** What the schema has against the text with one filler; null if nothing, or if it may hang on more than this text. */
function problemWith(module: Module, raw: unknown, { source, path }: Fragment, filler: string): string | null {
  const text = source.expression.source.replace(/\{\{[^{}]*\}\}/g, () => filler);
  const issue = module.params
    .safeParse(placed(raw, path, text))
    .error?.issues.find((each) => each.path.length === path.length && each.path.every((key, at) => key === path[at]));
  if (issue === undefined) return null;
  const message = issueMessage(issue, source.expression.source);
  // Patterns want more than a filler can guess; a choice of words, a type and how a path begins do not.
  const sure = issue.code === "invalid_value" || issue.code === "invalid_type" || /absolute path/.test(issue.message);
  return sure ? message : null;
}

function placed(raw: unknown, path: readonly (string | number)[], text: string): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return text;
  if (raw === hole || typeof raw !== "object" || raw === null) return raw;
  if (Array.isArray(raw)) return raw.map((item, index) => (index === key ? placed(item, rest, text) : item));
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [name, name === key ? placed(value, rest, text) : value]),
  );
}
