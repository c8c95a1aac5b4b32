import type { Place } from "../../errors/diagnostic.ts";
import { escapeXml } from "../../text/escape-xml.ts";
import { plural } from "../../text/plural.ts";

/** A piece of HTML that is safe as it stands; a plain string never is. */
export interface Html {
  readonly html: string;
}
type Piece = Html | string | number | false | null | undefined | readonly Piece[];

/** `html\`<b>${text}</b>\``: texts are escaped, pieces of HTML are not, what is not there leaves nothing. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return { html: parts.map((part, index) => part + rendered(pieces[index])).join("") };
}

/** For what this engine has written itself. */
export function trusted(text: string): Html {
  return { html: text };
}

function rendered(piece: Piece): string {
  if (piece === undefined || piece === null || piece === false) return "";
  if (typeof piece === "string" || typeof piece === "number") return escapeXml(String(piece));
  return isPieces(piece) ? piece.map(rendered).join("") : piece.html;
}

function isPieces(piece: Html | readonly Piece[]): piece is readonly Piece[] {
  return Array.isArray(piece);
}

export function shownPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** Some names, and how many more there are. */
export function someOf(names: readonly string[], count: number, shown = 60): string {
  const first = names.slice(0, shown).join(", ");
  return count > Math.min(names.length, shown)
    ? `${first} and ${plural(count - Math.min(names.length, shown), "more host")}`
    : first;
}
