import { styleText } from "node:util";
import { bounded } from "../text/bounded.ts";
import { displayWidth, graphemes, graphemeWidth } from "../text/display-width.ts";
import { plural } from "../text/plural.ts";
import { printable } from "../text/printable.ts";
import type { Diagnostic, Place } from "./diagnostic.ts";
import { veilPasswords } from "./veil-passwords.ts";

export interface DiagnosticFormat {
  /** The text of a file of the site; undefined if it cannot be had, and then there is no excerpt. */
  source(file: string): string | undefined;
  readonly colour: boolean;
  /** Terminal cells in a line; excerpts are cut to it. Messages are not: searching a log for them must work. */
  readonly width: number;
}

/** One problem as users see it: what, where, the line with the place marked, the way out, places that belong to it. */
export function formatDiagnostic(diagnostic: Diagnostic, format: DiagnosticFormat): string {
  const severity = diagnostic.severity ?? "error";
  const paint = (style: "red" | "yellow" | "cyan" | "bold", text: string) =>
    // Whether to colour was decided by the caller, for its stream; Node would decide again, for the process's stdout.
    format.colour ? styleText(style, text, { validateStream: false }) : text;
  const loud = severity === "error" ? "red" : "yellow";
  const lines = [`${paint(loud, paint("bold", `${severity}[${diagnostic.code}]:`))} ${hang(diagnostic.message)}`];
  const places = (place: Place) => [
    `  --> ${place.file}:${place.line}:${place.column}`,
    ...excerpt(place, format, (marks) => paint(loud, marks)),
  ];
  if (diagnostic.place !== undefined) lines.push(...places(diagnostic.place));
  if (diagnostic.hint !== undefined) lines.push(`  ${paint("cyan", "hint:")} ${hang(diagnostic.hint, 8)}`);
  for (const { message, place } of diagnostic.related ?? []) lines.push(`  ${hang(message)}`, ...places(place));
  return lines.join("\n");
}

/** All problems in the order of their places, each once, and how many there are. Those without a place come first. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], format: DiagnosticFormat): string {
  const blocks = new Set(diagnostics.toSorted(byPlace).map((diagnostic) => formatDiagnostic(diagnostic, format)));
  const unique = new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic.severity ?? "error"]));
  const errors = [...unique.values()].filter((severity) => severity === "error").length;
  const warnings = unique.size - errors;
  const counts = [
    ...(errors > 0 || warnings === 0 ? [plural(errors, "error")] : []),
    ...(warnings > 0 ? [plural(warnings, "warning")] : []),
  ];
  return [...blocks, counts.join(", ")].join("\n\n");
}

function byPlace(left: Diagnostic, right: Diagnostic): number {
  const a = left.place;
  const b = right.place;
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

function hang(text: string, by = 2): string {
  return printable(bounded(text))
    .trimEnd()
    .replaceAll("\n", `\n${" ".repeat(by)}`);
}

function excerpt(place: Place, format: DiagnosticFormat, paint: (marks: string) => string): string[] {
  const text = format.source(place.file);
  const said = text?.split(/\r?\n/)[place.line - 1];
  if (said === undefined || said.trim() === "") return [];
  const line = veilPasswords(said);
  const number = String(place.line);
  const gutter = " ".repeat(number.length);
  const shown = cutAround(cells(line, place), Math.max(20, format.width - number.length - 4));
  const marks = " ".repeat(shown.start) + "^".repeat(shown.length);
  return [` ${gutter} |`, ` ${number} | ${shown.text}`, ` ${gutter} | ${paint(marks)}`];
}

/** A line as it is printed. `start` and `length` of the marked place are terminal cells, not characters. */
interface MarkedLine {
  readonly text: string;
  readonly start: number;
  readonly length: number;
}

function cells(line: string, place: Place): MarkedLine {
  const from = Math.min(place.column - 1, line.length);
  const to = Math.min(from + Math.max(1, place.length ?? 1), line.length);
  const before = printable(line.slice(0, from));
  const marked = printable(line.slice(from, to));
  const text = before + marked + printable(line.slice(to));
  return { text: text.trimEnd(), start: displayWidth(before), length: Math.max(1, displayWidth(marked)) };
}

/** Keeps `width` cells with the marked place inside: its start a third in, so that what stands before it is seen too. */
function cutAround(line: MarkedLine, width: number): MarkedLine {
  if (displayWidth(line.text) <= width) return line;
  const fits = line.start + Math.min(line.length, width) < width - 1;
  const first = fits ? 0 : Math.max(0, line.start - Math.floor(width / 3));
  let text = "";
  let at = 0;
  let skipped = 0;
  let kept = first === 0 ? 0 : 1;
  let whole = true;
  for (const grapheme of graphemes(line.text)) {
    const size = graphemeWidth(grapheme);
    if (at < first) skipped += size;
    else if (kept + size <= width - 1) {
      text += grapheme;
      kept += size;
    } else {
      whole = false;
      break;
    }
    at += size;
  }
  const start = line.start - skipped + (first === 0 ? 0 : 1);
  return {
    text: `${first === 0 ? "" : "…"}${text}${whole ? "" : "…"}`,
    start,
    length: Math.max(1, Math.min(line.length, kept - start)),
  };
}
