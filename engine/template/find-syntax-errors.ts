import type { Diagnostic } from "../errors/diagnostic.ts";
import type { TextPlace } from "./compiler.ts";
import { jinjaExpression } from "./jinja-habits.ts";
import { parseHandlebars } from "./parse-handlebars.ts";

/** A file taken over from Jinja has dozens of them, and each is to be told; beyond that nobody reads on. */
const most = 50;

interface Failure {
  readonly offset: number;
  readonly length: number;
  readonly message: string;
}

export interface SyntaxErrors {
  readonly diagnostics: readonly Diagnostic[];
  /** What is left without them, if that can be read: of the same length, each piece in its place. */
  readonly program?: hbs.AST.Program;
}

/**
 * Every syntax error of a template, not the first alone: the expression that holds one is taken out, and what is left is read
 * again. Where no closed expression holds it, what comes behind it could mean anything, and is not judged.
 */
export function findSyntaxErrors(text: string, at: TextPlace, inYaml: boolean): SyntaxErrors {
  const diagnostics: Diagnostic[] = [];
  let left = text;
  while (diagnostics.length < most) {
    const parsed = parseHandlebars(left);
    if (parsed.kind === "program") return { diagnostics, program: parsed.program };
    const around = expressionAround(left, parsed.offset);
    diagnostics.push(syntaxError(left, at, parsed, inYaml));
    const without = around && blanked(left, around.start, around.end);
    if (without === undefined || without === left) break;
    left = without;
  }
  return { diagnostics };
}

function expressionAround(text: string, offset: number): { readonly start: number; readonly end: number } | undefined {
  const start = text.lastIndexOf("{{", Math.max(0, offset - 1));
  const close = start < 0 ? -1 : text.indexOf("}}", start);
  return close < 0 || offset > close ? undefined : { start, end: close + 2 };
}

/** Blanks where an expression stood. The opening of a block stays one, without its arguments, or its end would be one too many. */
function blanked(text: string, start: number, end: number): string | undefined {
  const inner = text.slice(start, end);
  const opening = /^\{\{[~]?[#^]\s*(if|unless|each|with)\b/.exec(inner);
  if (opening === null && /^\{\{[~]?([#^/!>{]|else\b)/.test(inner)) return undefined;
  const kept = opening === null ? "" : `${opening[0]} x`;
  const tail = opening === null ? "" : "}}";
  const room = inner.length - kept.length - tail.length;
  if (room < 0) return undefined;
  const blank = inner.slice(kept.length, kept.length + room).replace(/[^\r\n]/g, " ");
  return text.slice(0, start) + kept + blank + tail + text.slice(end);
}

function syntaxError(text: string, at: TextPlace, { offset, length, message }: Failure, inYaml: boolean): Diagnostic {
  const start = text.lastIndexOf("{{", Math.max(0, offset - 1));
  const close = start < 0 ? -1 : text.indexOf("}}", start);
  const inner = start < 0 ? "" : text.slice(start, close < 0 ? undefined : close).replace(/^\{+[~&]?/, "");
  const jinja = close < 0 || offset > close ? undefined : jinjaExpression(inner.replace(/~$/, ""));
  if (jinja !== undefined) {
    const place = at.placeAt(start, close + 2 - start);
    return { code: "jinja-syntax", message: `"${inner.trim()}" is no Handlebars expression`, place, hint: jinja };
  }
  const open = offset >= text.trimEnd().length ? openBlock(text) : undefined;
  if (open !== undefined) {
    return {
      code: "template-syntax",
      message: `template: the block "${open.name}" is never closed`,
      place: at.placeAt(open.offset, open.length),
      hint: `write {{/${open.name}}} where it ends`,
    };
  }
  const place = at.placeAt(offset, length);
  const keep = inYaml
    ? "text that shall keep its braces is tagged `!raw`"
    : "text that shall keep its braces stands between {{{{raw}}}} and {{{{/raw}}}}";
  const hint = start >= 0 && close < 0 ? `the braces \`{{\` are never closed; ${keep}` : keep;
  return { code: "template-syntax", message: `template: ${message}`, place, hint };
}

/** The innermost block that nothing closes. */
function openBlock(
  text: string,
): { readonly name: string; readonly offset: number; readonly length: number } | undefined {
  const open: { readonly name: string; readonly offset: number; readonly length: number }[] = [];
  for (const found of text.matchAll(/\{\{~?([#^/])\s*([\w.-]+)[^}]*\}\}/g)) {
    const [whole, mark, name = ""] = found;
    if (mark === "/") open.pop();
    else open.push({ name, offset: found.index, length: whole.length });
  }
  return open.at(-1);
}
