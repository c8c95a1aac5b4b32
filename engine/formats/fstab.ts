import { joinLines, splitLines, type TextLine, usualEnd } from "./text-lines.ts";

/** A line of /etc/fstab. */
export interface FstabEntry {
  readonly source: string;
  readonly target: string;
  readonly fstype: string;
  readonly options: readonly string[];
  readonly dump: number;
  readonly pass: number;
}

/** The entries for a target, with the index of their line. */
export function fstabEntries(
  text: string,
  target: string,
): readonly { readonly line: number; readonly entry: FstabEntry }[] {
  return splitLines(text).flatMap(({ text: line }, index) => {
    const entry = parseEntry(line);
    return entry?.target === target ? [{ line: index, entry }] : [];
  });
}

/** The text with the entry in the place of the one for its target, else at the end. Every other line stays byte for byte. */
export function withFstabEntry(text: string, entry: FstabEntry): string {
  const lines = splitLines(text);
  const at = lines.findIndex(({ text: line }) => parseEntry(line)?.target === entry.target);
  const end = usualEnd(lines);
  const added: TextLine = { text: entryLine(entry), end };
  if (at >= 0) return joinLines(lines.map((line, index) => (index === at ? { ...added, end: line.end || end } : line)));
  const whole = lines.map((line) => (line.end === "" ? { ...line, end } : line));
  return joinLines([...whole, added]);
}
export function withoutFstabEntries(text: string, target: string): string {
  return joinLines(splitLines(text).filter(({ text: line }) => parseEntry(line)?.target !== target));
}

export function entryLine({ source, target, fstype, options, dump, pass }: FstabEntry): string {
  const words = [source, target, fstype, options.length === 0 ? "defaults" : options.join(",")].map(escapeWord);
  return [...words, dump, pass].join(" ");
}

function parseEntry(line: string): FstabEntry | null {
  if (/^\s*(#|$)/.test(line)) return null;
  const [source, target, fstype, options = "defaults", dump = "0", pass = "0"] = line
    .trim()
    .split(/[ \t]+/)
    .map(plainWord);
  if (source === undefined || target === undefined || fstype === undefined) return null;
  return {
    source,
    target: target.length > 1 ? target.replace(/\/+$/, "") || "/" : target,
    fstype,
    options: options.split(",").filter((option) => option !== "" && option !== "defaults"),
    dump: Number(dump) || 0,
    pass: Number(pass) || 0,
  };
}

/** Blanks, tabs and backslashes as the kernel and mount write them. */
export function escapeWord(word: string): string {
  return word.replace(/[ \t\n\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
export function plainWord(word: string): string {
  return word.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
