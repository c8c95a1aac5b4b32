/** A line with its own ending: `\n`, `\r\n`, or none where the file ends without a newline. */
export interface TextLine {
  readonly text: string;
  readonly end: "" | "\n" | "\r\n";
}

/** Takes a text apart so that `joinLines` gives it back byte for byte. */
export function splitLines(text: string): readonly TextLine[] {
  const lines: TextLine[] = [];
  for (const [, line = "", end = ""] of text.matchAll(/([^\n]*?)(\r\n|\n|$)/g)) {
    if (line !== "" || end !== "") lines.push({ text: line, end: end === "\r\n" ? "\r\n" : end === "\n" ? "\n" : "" });
  }
  return lines;
}

export function joinLines(lines: readonly TextLine[]): string {
  return lines.map(({ text, end }) => text + end).join("");
}

/** The ending that most lines have; `\n` where there is none to go by. */
export function usualEnd(lines: readonly TextLine[]): "\n" | "\r\n" {
  // A last line without an ending has no vote.
  const crlf = lines.filter(({ end }) => end === "\r\n").length;
  return crlf > lines.filter(({ end }) => end === "\n").length ? "\r\n" : "\n";
}

/** Puts a line in at `index`; a last line that had no ending gets one when something follows it. */
export function insertLine(lines: readonly TextLine[], index: number, text: string): readonly TextLine[] {
  const end = usualEnd(lines);
  const before = lines.slice(0, index).map((line) => (line.end === "" ? { ...line, end } : line));
  return [...before, { text, end }, ...lines.slice(index)];
}
