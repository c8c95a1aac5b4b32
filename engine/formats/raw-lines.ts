import { joinLines, splitLines, type TextLine } from "./text-lines.ts";

/** A raw `lxc.*` line of a container's configuration. Its key may be there several times, and the order of those counts. */
export interface RawLine {
  readonly key: string;
  readonly value: string;
}

interface Placed {
  readonly line: TextLine;
  readonly raw: RawLine | null;
}

/** `lxc.key: value` or `lxc.key = value`; null if it is no such line. */
export function parseRawLine(text: string): RawLine | null {
  const [, key, value] = /^(lxc\.[a-z0-9_.-]+)\s*[:=]\s*(.*?)\s*$/i.exec(text) ?? [];
  return key === undefined || value === undefined ? null : { key, value };
}

export function sameRawLine(a: RawLine, b: RawLine): boolean {
  return a.key === b.key && oneBlank(a.value) === oneBlank(b.value);
}
export function printRawLine({ key, value }: RawLine): string {
  return `${key}: ${value}`;
}

/** The raw lines in force, those above the first section. */
export function rawLinesOf(conf: string): readonly RawLine[] {
  return takeApart(conf).head.flatMap(({ raw }) => raw ?? []);
}

/**
 * The configuration with these lines in it, each once, lines of one key in this order. `only`: without any other raw line.
 * Every other line stays as it is, byte for byte, and so do the sections: text at the end of the file would be a
 * snapshot's.
 */
export function withRawLines(conf: string, wanted: readonly RawLine[], { only }: { readonly only: boolean }): string {
  const { head, rest } = takeApart(conf);
  const kept: Placed[] = [];
  for (const placed of head) {
    const { raw } = placed;
    const isWanted = raw !== null && wanted.some((each) => sameRawLine(each, raw));
    const twice = raw !== null && isWanted && kept.some((each) => each.raw !== null && sameRawLine(each.raw, raw));
    if (!twice && !(only && raw !== null && !isWanted)) kept.push(placed);
  }
  for (const key of new Set(wanted.map((each) => each.key))) {
    reorder(
      kept,
      wanted.filter((each) => each.key === key),
    );
  }
  wanted.forEach((line, index) => {
    if (indexOf(kept, line) >= 0) return;
    insertAt(kept, placeFor(kept, wanted, index), line);
  });
  return joinLines([...kept.map(({ line }) => line), ...rest]);
}

/** Without these lines; without any raw line if it is `all`. */
export function withoutRawLines(conf: string, unwanted: readonly RawLine[] | "all"): string {
  const { head, rest } = takeApart(conf);
  const kept = head.filter(
    ({ raw }) => raw === null || (unwanted !== "all" && !unwanted.some((each) => sameRawLine(each, raw))),
  );
  return joinLines([...kept.map(({ line }) => line), ...rest]);
}

function takeApart(conf: string): { readonly head: readonly Placed[]; readonly rest: readonly TextLine[] } {
  const lines = splitLines(conf);
  const section = lines.findIndex(({ text }) => /^\[[^\]]+\]\s*$/.test(text));
  const end = section < 0 ? lines.length : section;
  return {
    head: lines.slice(0, end).map((line) => ({ line, raw: parseRawLine(line.text) })),
    rest: lines.slice(end),
  };
}

/** Lines of one key that stand in another order change places among themselves. */
function reorder(head: Placed[], wanted: readonly RawLine[]): void {
  const there = wanted.filter((line) => indexOf(head, line) >= 0);
  const places = there.map((line) => indexOf(head, line));
  const sorted = [...places].sort((a, b) => a - b);
  if (places.every((place, index) => place === sorted[index])) return;
  const lines = places.map((place) => head[place]);
  sorted.forEach((place, index) => {
    const line = lines[index];
    if (line !== undefined) head[place] = line;
  });
}

/** Behind the line that the task names before it, if that keeps the order among those of its key. */
function placeFor(head: readonly Placed[], wanted: readonly RawLine[], index: number): number {
  const own = wanted[index];
  const before = wanted.slice(0, index);
  const sameBefore = before.filter((each) => each.key === own?.key).map((each) => indexOf(head, each));
  const sameAfter = wanted
    .slice(index + 1)
    .filter((each) => each.key === own?.key)
    .map((each) => indexOf(head, each))
    .filter((place) => place >= 0);
  const least = Math.max(-1, ...sameBefore) + 1;
  const most = Math.min(head.length, ...sameAfter);
  const last = before.at(-1);
  const behind = last === undefined ? endOf(head) : indexOf(head, last) + 1;
  if (behind >= least && behind <= most) return behind;
  return sameAfter.length > 0 ? most : least;
}

/** Behind the last line that is not blank: the blank ones set off the sections. */
function endOf(head: readonly Placed[]): number {
  return head.findLastIndex(({ line }) => line.text.trim() !== "") + 1;
}
function indexOf(head: readonly Placed[], line: RawLine): number {
  return head.findIndex(({ raw }) => raw !== null && sameRawLine(raw, line));
}
function insertAt(head: Placed[], index: number, raw: RawLine): void {
  const before = head[index - 1];
  if (before !== undefined && before.line.end === "")
    head[index - 1] = { ...before, line: { ...before.line, end: "\n" } };
  head.splice(index, 0, { line: { text: printRawLine(raw), end: "\n" }, raw });
}

function oneBlank(value: string): string {
  return value.trim().split(/\s+/).join(" ");
}
