import type { ScalarSpan } from "../site/scalar-spans.ts";

/** A change of a text: what stands between two offsets is replaced. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with all changes made. They do not overlap. */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = text;
  for (const { start, end, text: by } of edits.toSorted((left, right) => right.start - left.start)) {
    result = result.slice(0, start) + by + result.slice(end);
  }
  return result;
}

/** Puts armor, or another text of several lines, where a value stands; a comment behind the value stays behind the `|`. */
export function asBlock(source: string, span: ScalarSpan, tag: string, value: string): Edit {
  const lead = span.tag === undefined && tag !== "" ? `${tag} ` : "";
  if (span.flow) return { start: span.start, end: span.end, text: `${lead}${JSON.stringify(value.trimEnd())}` };
  const { comment, end } = commentAt(source, span);
  const margin = " ".repeat(span.indent);
  const lines = value.trimEnd().split("\n");
  const text = `${lead}|${comment}\n${lines.map((line) => margin + line).join("\n")}`;
  // A value that was left out ends right behind its colon.
  const gap = /\s/.test(source[span.start - 1] ?? " ") ? "" : " ";
  return { start: span.start, end, text: gap + text };
}

/** Puts a value on one line in double quotes, or as a block if it has several lines; a comment stays. */
export function asText(source: string, span: ScalarSpan, value: string, keepTag: boolean): Edit {
  const start = keepTag ? span.start : span.tagStart;
  const { comment, end } = commentAt(source, span);
  if (!span.flow && /^[^\s].*\n/.test(value) && /^[\t\n\x20-\x7e\u00a0-\ud7ff]*$/.test(value)) {
    const chomp = value.endsWith("\n\n") ? "|+" : value.endsWith("\n") ? "|" : "|-";
    const margin = " ".repeat(span.indent);
    const lines = value.replace(/\n$/, "").split("\n");
    return {
      start,
      end,
      text: `${chomp}${comment}\n${lines.map((line) => (line === "" ? "" : margin + line)).join("\n")}`,
    };
  }
  return { start, end, text: `${JSON.stringify(value)}${comment}` };
}

/** The comment on the value's first line: behind the value, or behind the `|` of a block. */
function commentAt(source: string, { start, end, block, flow }: ScalarSpan): { comment: string; end: number } {
  if (flow) return { comment: "", end };
  if (block) {
    const header = source.slice(start, source.indexOf("\n", start) < 0 ? end : source.indexOf("\n", start));
    return { comment: /[ \t]+#.*$/.exec(header)?.[0] ?? "", end };
  }
  const rest = /^[ \t]+#[^\n]*/.exec(source.slice(end))?.[0] ?? "";
  return { comment: rest.replace(/\r$/, ""), end: end + rest.length };
}
