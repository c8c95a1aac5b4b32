import { insertLine, joinLines, splitLines, usualEnd } from "./text-lines.ts";

/** The lines between which a block stands. */
export interface BlockMarkers {
  readonly begin: string;
  readonly end: string;
}
export type FoundBlock =
  | { readonly kind: "none" }
  /** Lines from `start` (the begin marker) to `end` (the end marker), both counted. */
  | { readonly kind: "block"; readonly start: number; readonly end: number; readonly text: string }
  | { readonly kind: "broken"; readonly why: string };

export function findBlock(text: string, { begin, end }: BlockMarkers): FoundBlock {
  const lines = splitLines(text);
  const places = (marker: string) => lines.flatMap((line, index) => (line.text.trim() === marker ? [index] : []));
  const [starts, ends] = [places(begin), places(end)];
  const [start, last] = [starts[0], ends[0]];
  if (start === undefined && last === undefined) return { kind: "none" };
  if (starts.length > 1 || ends.length > 1) {
    return {
      kind: "broken",
      why: `the marks of the block stand there more than once (lines ${numbers([...starts, ...ends])})`,
    };
  }
  if (start === undefined || last === undefined) {
    const [there, missing] = start === undefined ? [end, begin] : [begin, end];
    return { kind: "broken", why: `"${there}" stands there without "${missing}"` };
  }
  if (last < start)
    return {
      kind: "broken",
      why: `the end of the block stands before its beginning (lines ${numbers([last, start])})`,
    };
  const inner = lines.slice(start + 1, last).map((line) => line.text);
  return { kind: "block", start, end: last, text: inner.join("\n") };
}

/** The text with the block at its place, or before line `at` where there is none yet. */
export function withBlock(text: string, markers: BlockMarkers, block: string, at: number): string {
  const lines = splitLines(text);
  const found = findBlock(text, markers);
  const fresh = [markers.begin, ...(block === "" ? [] : block.split("\n")), markers.end];
  if (found.kind === "block") {
    const end = usualEnd(lines);
    const last = lines[found.end]?.end ?? end;
    const inner = fresh.map((line, index) => ({ text: line, end: index === fresh.length - 1 ? last : end }));
    return joinLines([...lines.slice(0, found.start), ...inner, ...lines.slice(found.end + 1)]);
  }
  return joinLines(fresh.reduce((all, line, index) => insertLine(all, at + index, line), lines));
}

export function withoutBlock(text: string, markers: BlockMarkers): string {
  const found = findBlock(text, markers);
  if (found.kind !== "block") return text;
  const lines = splitLines(text);
  return joinLines([...lines.slice(0, found.start), ...lines.slice(found.end + 1)]);
}

function numbers(indexes: readonly number[]): string {
  return [...indexes]
    .sort((a, b) => a - b)
    .map((index) => index + 1)
    .join(", ");
}
