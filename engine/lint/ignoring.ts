import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import { readComments } from "../site/read-comments.ts";

/** `# lab: ignore CODE because REASON` */
interface Ignore {
  readonly codes: readonly string[];
  readonly reason: string;
  readonly place: Place;
  /** The lines that it is about. */
  readonly from: number;
  readonly to: number;
}

/**
 * Without the warnings that comments of the site say to ignore. One without a reason counts, and is told; so is one that
 * ignores nothing. Errors cannot be ignored: with one, nothing runs.
 */
export function ignoring(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
  /** Null: nothing is told of the comments themselves. */
  tell: { readonly unused: boolean } | null,
): readonly Diagnostic[] {
  const ignores = [...texts].flatMap(([file, text]) => (text.includes("lab:") ? ignoresIn(file, text) : []));
  if (ignores.length === 0) return diagnostics;
  const used = new Set<string>();
  const left = diagnostics.filter(({ code, severity, place }) => {
    const meant = ignores.filter(
      ({ codes, place: at, from, to }) =>
        codes.includes(code) && place?.file === at.file && place.line >= from && place.line <= to,
    );
    if (severity !== "warning") return true;
    for (const { place: at } of meant) used.add(`${at.file}:${at.line}:${code}`);
    return meant.length === 0;
  });
  if (tell === null) return left;
  const errors = new Set(diagnostics.filter(({ severity }) => severity !== "warning").map(({ code }) => code));
  const about = ignores.flatMap(({ codes, reason, place }): readonly Diagnostic[] => {
    const found: Diagnostic[] = [];
    if (codes.length === 0 || reason === "") {
      found.push({
        code: "ignore-without-reason",
        severity: "warning",
        message: codes.length === 0 ? "this says not what is to be ignored" : "this says not why",
        place,
        hint: "write `# lab: ignore CODE because REASON`",
      });
    }
    for (const code of codes) {
      if (used.has(`${place.file}:${place.line}:${code}`) || !(tell.unused || errors.has(code))) continue;
      found.push({
        code: "useless-ignore",
        severity: "warning",
        message: errors.has(code)
          ? `\`${code}\` is an error, which cannot be ignored`
          : `there is no \`${code}\` here to be ignored`,
        place,
        hint: errors.has(code) ? `\`lab explain ${code}\` tells how to mend it` : "remove the comment",
      });
    }
    return found;
  });
  return [...left, ...about];
}

const words = /\blab:\s*ignore\b[\s:]*(.*)$/;

function ignoresIn(file: string, text: string): readonly Ignore[] {
  const lines = text.split(/\r?\n/);
  return commentsIn(file, text, lines).flatMap(({ line, column, text: comment, alone }): readonly Ignore[] => {
    const said = words.exec(comment)?.[1];
    if (said === undefined) return [];
    const [before = "", ...after] = said.replace(/\s*(?:--)?\}\}$/, "").split(/\bbecause\b/);
    const codes = before.split(/[\s,]+/).filter((word) => word !== "");
    const place = { file, line, column, length: comment.length };
    return [
      {
        codes,
        reason: after.join("because").trim(),
        place,
        ...(alone ? below(line, lines) : { from: line, to: line }),
      },
    ];
  });
}

/** A comment that stands alone is about what begins in the next line, with all that is indented below it. */
function below(line: number, lines: readonly string[]): { readonly from: number; readonly to: number } {
  const blank = (text: string | undefined): boolean => text !== undefined && /^\s*(#.*)?$/.test(text);
  let from = line + 1;
  while (from <= lines.length && blank(lines[from - 1])) from += 1;
  const indent = indentOf(lines[from - 1] ?? "");
  let to = from;
  for (let at = from + 1; at <= lines.length; at += 1) {
    const text = lines[at - 1] ?? "";
    if (blank(text)) continue;
    if (indentOf(text) <= indent) break;
    to = at;
  }
  return { from, to };
}

function indentOf(line: string): number {
  return /^\s*/.exec(line)?.[0].length ?? 0;
}

interface Found {
  readonly line: number;
  readonly column: number;
  readonly text: string;
  readonly alone: boolean;
}

/** YAML's comments, Handlebars' `{{! … }}` in templates, and lines of an INI file that begin with `#` or `;`. */
function commentsIn(file: string, text: string, lines: readonly string[]): readonly Found[] {
  if (/\.ya?ml$/.test(file)) return readComments(text);
  return lines.flatMap((line, index): readonly Found[] => {
    const found = /\{\{!.*|^\s*[#;].*/.exec(line);
    if (!found) return [];
    const [comment] = found;
    const column = found.index + 1 + (comment.length - comment.trimStart().length);
    return [{ line: index + 1, column, text: comment.trim(), alone: line.slice(0, found.index).trim() === "" }];
  });
}
