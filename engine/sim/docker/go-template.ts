import type { Json } from "./inspect-container.ts";

/** A template that the lab cannot read, or that asks for what is not there; in Go's words where they are known. */
export class TemplateError extends Error {}

type Token =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly text: string; readonly at: number };

/**
 * Go's templates, as far as Docker's users write them: fields, `json`, `index`, `println`, `join`, `len`, `eq`, `if`, `range`, `with`.
 * A field that the data lacks is an error, as in a map of Go with `missingkey=error`.
 */
export function goTemplate(template: string, data: Json): string {
  const tokens = tokenize(template);
  let at = 0;
  const block = (dot: Json, live: boolean): { out: string; end: string } => {
    let out = "";
    for (; at < tokens.length; ) {
      const token = tokens[at];
      at += 1;
      if (token === undefined) break;
      if (token.kind === "text") {
        if (live) out += token.text;
        continue;
      }
      const [word = ""] = token.text.split(/\s+/);
      const rest = token.text.slice(word.length).trim();
      if (word === "end" || word === "else") return { out, end: token.text };
      if (word === "if" || word === "with") {
        const value = live ? evaluate(rest, dot, token.at) : null;
        const truth = live && isTrue(value);
        const first = block(word === "with" ? value : dot, truth);
        let said = first.out;
        if (first.end === "else") said += block(dot, live && !truth).out;
        out += said;
      } else if (word === "range") {
        const value = live ? evaluate(rest, dot, token.at) : null;
        const items = Array.isArray(value)
          ? value
          : value !== null && typeof value === "object"
            ? Object.values(value)
            : [];
        const start = at;
        if (items.length === 0) block(null, false);
        for (const item of items) {
          at = start;
          out += block(item, true).out;
        }
      } else if (live) out += shown(evaluate(token.text, dot, token.at));
    }
    return { out, end: "" };
  };
  return block(data, true).out;
}

function tokenize(template: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf("{{", at);
    if (open < 0) break;
    if (open > at) tokens.push({ kind: "text", text: template.slice(at, open) });
    const close = template.indexOf("}}", open);
    if (close < 0) throw new TemplateError(`template parsing error: template: :1: unclosed action`);
    tokens.push({
      kind: "action",
      text: template
        .slice(open + 2, close)
        .replace(/^-\s|\s-$/g, "")
        .trim(),
      at: open + 2,
    });
    at = close + 2;
  }
  if (at < template.length) tokens.push({ kind: "text", text: template.slice(at) });
  return tokens;
}

function isTrue(value: Json): boolean {
  if (value === null || value === false || value === 0 || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** As Go prints a value: maps as `map[a:b]`, lists as `[a b]`, no value as `<nil>`. */
function shown(value: Json): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(shown).join(" ")}]`;
  if (typeof value === "object") {
    const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `map[${pairs.map(([key, each]) => `${key}:${shown(each)}`).join(" ")}]`;
  }
  return String(value);
}

function evaluate(text: string, dot: Json, at: number): Json {
  const stages = text.split("|").map((stage) => stage.trim());
  let value: Json = null;
  for (const [index, stage] of stages.entries()) {
    const words = stage.match(/"(?:[^"\\]|\\.)*"|`[^`]*`|\([^()]*\)|\S+/g) ?? [];
    const [head = "", ...args] = words;
    const given = args.map((word) => operand(word, dot, at));
    if (index > 0) given.push(value);
    value = call(head, given, dot, at);
  }
  return value;
}

function operand(word: string, dot: Json, at: number): Json {
  if (word.startsWith("(")) return evaluate(word.slice(1, -1), dot, at);
  if (word.startsWith('"')) return JSON.parse(word) as string;
  if (word.startsWith("`")) return word.slice(1, -1);
  if (/^-?\d+$/.test(word)) return Number(word);
  if (word === "true" || word === "false") return word === "true";
  if (word.startsWith(".")) return field(word, dot, at);
  throw new TemplateError(`template parsing error: template: :1: function "${word}" not defined`);
}

function call(head: string, args: readonly Json[], dot: Json, at: number): Json {
  const [first = null, second = null] = args;
  switch (head) {
    case "json":
      return goJson(first);
    case "println":
      return `${args.map(shown).join(" ")}\n`;
    case "print":
      return args.map(shown).join("");
    case "len":
      return typeof first === "string" || Array.isArray(first) ? first.length : Object.keys(first ?? {}).length;
    case "eq":
      return first === second;
    case "ne":
      return first !== second;
    case "not":
      return !isTrue(first);
    case "and":
      return args.find((each) => !isTrue(each)) ?? args.at(-1) ?? null;
    case "or":
      return args.find(isTrue) ?? args.at(-1) ?? null;
    case "join":
      return Array.isArray(first) ? first.map(shown).join(String(second)) : "";
    case "lower":
      return String(first).toLowerCase();
    case "upper":
      return String(first).toUpperCase();
    case "index":
      return args.slice(1).reduce<Json>((from, key) => {
        if (Array.isArray(from) && typeof key === "number") return from[key] ?? null;
        // Of a map of texts what is missing is an empty one.
        if (from !== null && typeof from === "object" && !Array.isArray(from) && typeof key === "string")
          return Object.hasOwn(from, key) ? ((from as Readonly<Record<string, Json>>)[key] ?? null) : "";
        return null;
      }, first);
    default:
      return args.length > 0 ? operand(`?${head}`, dot, at) : operand(head, dot, at);
  }
}

function field(path: string, dot: Json, at: number): Json {
  let value = dot;
  for (const name of path.split(".").filter((part) => part !== "")) {
    const there = value !== null && typeof value === "object" && !Array.isArray(value);
    if (!there || !Object.hasOwn(value as object, name)) {
      throw new TemplateError(
        `template parsing error: template: :1:${at}: executing "" at <${path}>: map has no entry for key "${name}"`,
      );
    }
    value = (value as Readonly<Record<string, Json>>)[name] ?? null;
  }
  return value;
}

/** As Go writes it: `<`, `>` and `&` are escaped. */
export function goJson(value: Json): string {
  return JSON.stringify(value).replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}
