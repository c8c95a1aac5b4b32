import type { Manual } from "../doc/manual.ts";
import { indent } from "../text/indent.ts";
import { printable } from "../text/printable.ts";
import { wrap } from "../text/wrap.ts";
import { createPaint } from "./look.ts";

/** A page of the manual as man shows one: titles at the margin, their texts below and to the right. */
export function printManPage(page: Manual, look: { readonly colour: boolean; readonly width: number }): string {
  const paint = createPaint(look.colour);
  const width = Math.max(40, Math.min(look.width, 100));
  const lines: string[] = [];
  /** Without colours the backquotes stay: they tell code from words. */
  const inline = (said: string): string =>
    said.replace(/`([^`]+)`/g, (whole, inner: string) => {
      const painted = paint("cyan", inner);
      return painted === inner ? whole : painted;
    });
  const paragraph = (said: string, margin: number): string[] =>
    indent(wrap(printable(said), width - margin).map(inline), margin);
  for (const { title, blocks } of page.sections) {
    lines.push(paint("bold", title));
    blocks.forEach((block, index) => {
      if (index > 0) lines.push("");
      if (block.kind === "text") lines.push(...joined(block.text).flatMap((each) => paragraph(each, 4)));
      else if (block.kind === "code")
        lines.push(
          ...block.text.split("\n").map((line) => (line === "" ? "" : `    ${paint("cyan", printable(line))}`)),
        );
      else
        block.terms.forEach(({ name, notes, text, depth }, at) => {
          const margin = 4 + Math.min(depth, 4) * 2;
          if (at > 0) lines.push("");
          lines.push(...term(name, notes, margin));
          if (text !== "") lines.push(...joined(text).flatMap((each) => paragraph(each, margin + 4)));
        });
    });
    lines.push("");
  }
  return lines.join("\n").trimEnd();

  function term(name: string, notes: readonly string[], margin: number): string[] {
    const noted = notes.filter((note) => note !== "").join(" · ");
    const [first = "", ...more] = wrap(printable(noted === "" ? name : `${name}  ${noted}`), width - margin - 4);
    const head = first.startsWith(name) ? `${paint("bold", name)}${inline(first.slice(name.length))}` : inline(first);
    return indent([head, ...more.map((line) => `    ${inline(line)}`)], margin);
  }
}

/** Paragraphs as one line each; the lines of a list, and what is indented, stay. */
function joined(said: string): string[] {
  return said
    .split(/\n(?=\s*[-|]|\s{2,})|\n\s*\n/)
    .map((part) => part.replace(/\s*\n\s*/g, " "))
    .filter((part) => part.trim() !== "");
}
