import type { FieldDiff } from "../run/events.ts";
import { bounded } from "../text/bounded.ts";
import { displayWidth } from "../text/display-width.ts";
import { indent } from "../text/indent.ts";
import { printable } from "../text/printable.ts";
import { unifiedDiff } from "../text/unified-diff.ts";
import { wrap } from "../text/wrap.ts";
import { Secret } from "../value/secret.ts";
import type { Value } from "../value/value.ts";
import { formatValue } from "./format-value.ts";
import type { Paint } from "./look.ts";

/** One field that changes: `mode: 0644 → 0600`; longer values one above the other; texts as a unified diff. */
export function renderDiff(diff: FieldDiff, width: number, paint: Paint): string[] {
  const path = printable(bounded(diff.path));
  if (diff.secret === true || hidden(diff.before) || hidden(diff.after)) return [`${path}: *** (changed)`];
  const text = diff.text ?? textDiff(diff.before, diff.after);
  if (text !== undefined) return [`${path}:`, ...indent(diffLines(text, paint), 2)];
  const before = formatSide(diff.before);
  const after = formatSide(diff.after);
  if (displayWidth(`${path}: ${before} → ${after}`) <= width) {
    return [`${path}: ${paint("red", before)} → ${paint("green", after)}`];
  }
  const side = (tone: "red" | "green", mark: string, value: string) =>
    wrap(value, width - 4).map((line, index) => paint(tone, `  ${index === 0 ? mark : " "} ${line}`));
  return [`${path}:`, ...side("red", "-", before), ...side("green", "+", after)];
}

/** A secret; or what a redactor left of it. */
function hidden(value: Value | undefined): boolean {
  return value instanceof Secret || value === "***";
}

function formatSide(value: Value | undefined): string {
  return value === undefined || value === null ? "(none)" : bounded(formatValue(value));
}

/** A text of several lines that comes or goes as a whole: there is no other side that the engine could compare it with. */
function textDiff(before: Value | undefined, after: Value | undefined): string | undefined {
  const sides = [before ?? "", after ?? ""];
  const [from, to] = sides;
  if (typeof from !== "string" || typeof to !== "string") return undefined;
  return sides.some((side) => typeof side === "string" && side.includes("\n")) ? unifiedDiff(from, to) : undefined;
}

function diffLines(text: string, paint: Paint): string[] {
  return printable(text)
    .split("\n")
    .map((line) => {
      if (/^(?:---|\+\+\+) /.test(line)) return paint("bold", line);
      if (line.startsWith("@@")) return paint("cyan", line);
      if (line.startsWith("+")) return paint("green", line);
      return line.startsWith("-") ? paint("red", line) : line;
    });
}
