import { wrap } from "../text/wrap.ts";
import { createPaint, type Paint } from "./look.ts";

/**
 * A page of the documentation as a terminal shows it: headings, paragraphs and items wrapped, examples as they are. It
 * knows the Markdown that our own pages use, and no more.
 */
export function printManual(text: string, look: { readonly colour: boolean; readonly width: number }): string {
  const paint = createPaint(look.colour);
  const lines: string[] = [];
  for (const block of blocksOf(text)) {
    if (block.kind === "code") {
      lines.push(...block.lines.map((line) => (line === "" ? "" : `    ${paint("cyan", line)}`)), "");
    } else if (block.kind === "heading") {
      lines.push(paint("bold", inline(block.text, paint, false)), "");
    } else if (block.kind === "item") {
      const [first = "", ...more] = wrap(block.text, look.width - 2);
      lines.push(`- ${inline(first, paint)}`, ...more.map((line) => `  ${inline(line, paint)}`));
      if (block.last) lines.push("");
    } else lines.push(...wrap(block.text, look.width).map((line) => inline(line, paint)), "");
  }
  return lines.join("\n").trimEnd();
}

type Block =
  | { readonly kind: "code"; readonly lines: readonly string[] }
  | { readonly kind: "heading" | "paragraph"; readonly text: string }
  | { readonly kind: "item"; readonly text: string; readonly last: boolean };

function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    at += 1;
    if (line.trim() === "") continue;
    if (line.startsWith("```")) {
      const end = lines.indexOf("```", at);
      const last = end < 0 ? lines.length : end;
      blocks.push({ kind: "code", lines: lines.slice(at, last) });
      at = last + 1;
      continue;
    }
    const heading = /^#+ (.*)$/.exec(line);
    if (heading) {
      blocks.push({ kind: "heading", text: heading[1] ?? "" });
      continue;
    }
    const item = /^- (.*)$/.exec(line);
    const parts = [item?.[1] ?? line];
    while (at < lines.length && /^(?!- |#|```)\s*\S/.test(lines[at] ?? "")) {
      parts.push((lines[at] ?? "").trim());
      at += 1;
    }
    const joined = parts.join(" ");
    if (item) blocks.push({ kind: "item", text: joined, last: !/^- /.test(lines[at] ?? "") });
    else blocks.push({ kind: "paragraph", text: joined });
  }
  return blocks;
}

/** Marks are for the terminal's own means; without colours the backquotes of code stay, so that it can be told from words. */
function inline(text: string, paint: Paint, marked = true): string {
  const links = text.replace(/\[([^\]]+)\]\([^)]*\)/g, "$1");
  const bold = links.replace(/\*\*([^*]+)\*\*/g, (_, inner: string) => paint("bold", inner));
  if (!marked) return bold;
  return bold.replace(/`([^`]+)`/g, (whole, inner: string) => {
    const painted = paint("cyan", inner);
    return painted === inner ? whole : painted;
  });
}
