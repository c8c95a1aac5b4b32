import { insertLine, joinLines, splitLines, type TextLine } from "./text-lines.ts";

/**
 * INI files as text: sections in brackets, `option = value` a line, comments behind `#` or `;`. All that is not asked
 * about stays byte for byte. What stands behind a value is part of it, for readers differ on comments there.
 */
export interface IniPlace {
  /** Null: above the first section. */
  readonly section: string | null;
  /** Whether names in another case are the same. */
  readonly ignoreCase: boolean;
}

/** Whether the section is there (the part above the first one always is). */
export function hasSection(text: string, place: IniPlace): boolean {
  return place.section === null || rangesOf(splitLines(text), place).length > 0;
}

/** The values of an option in a section, in order; null for an option that stands there without `=`. */
export function iniValues(text: string, place: IniPlace, option: string): readonly (string | null)[] {
  const lines = splitLines(text);
  return placesOf(lines, place, option).map((index) => parseOption(lines[index]?.text ?? "")?.value ?? null);
}

/** The option exactly these times in the section: lines that are there are changed, more come after them, others go. */
export function withIniValues(text: string, place: IniPlace, option: string, values: readonly string[]): string {
  const lines = splitLines(text);
  const there = placesOf(lines, place, option);
  const shape = shapeOf(lines, place, there);
  const written = (value: string) => `${shape.indent}${option}${shape.separator}${value}`.trimEnd();
  const kept = there.slice(0, values.length);
  let next: readonly TextLine[] = lines.map((line, index) => {
    const value = values[kept.indexOf(index)];
    if (!kept.includes(index) || value === undefined) return line;
    return parseOption(line.text)?.value === value
      ? line
      : { ...line, text: rewritten(line.text, value) ?? written(value) };
  });
  const gone = new Set(there.slice(values.length));
  const more = values.slice(kept.length);
  if (more.length > 0) {
    const last = kept.at(-1);
    const section = last === undefined ? endOfSection(next, place) : last + 1;
    if (section === null) next = appendSection(next, place.section ?? "", more.map(written));
    else next = more.reduce((all, value, index) => insertLine(all, section + index, written(value)), next);
  }
  return joinLines(next.filter((_, index) => !gone.has(index)));
}

/** The section with an (empty) header, where there is none yet. */
export function withSection(text: string, place: IniPlace): string {
  return hasSection(text, place) ? text : joinLines(appendSection(splitLines(text), place.section ?? "", []));
}

/** Without the section and all that is in it. Comments above its header belong to what was before. */
export function withoutSection(text: string, place: IniPlace): string {
  const lines = splitLines(text);
  const gone = new Set(
    rangesOf(lines, place).flatMap(({ from, to }) => lines.slice(from, to).map((_, index) => from + index)),
  );
  return joinLines(lines.filter((_, index) => !gone.has(index)));
}

interface Range {
  /** The header's line. */
  readonly from: number;
  readonly to: number;
}
function rangesOf(lines: readonly TextLine[], { section, ignoreCase }: IniPlace): readonly Range[] {
  const headers = lines.flatMap((line, index) => {
    const name = headerOf(line.text);
    return name === null ? [] : [{ index, name }];
  });
  if (section === null) return [{ from: -1, to: headers[0]?.index ?? lines.length }];
  return headers.flatMap(({ index, name }, at) =>
    same(name, section, ignoreCase) ? [{ from: index, to: headers[at + 1]?.index ?? lines.length }] : [],
  );
}
function placesOf(lines: readonly TextLine[], place: IniPlace, option: string): readonly number[] {
  return rangesOf(lines, place).flatMap(({ from, to }) =>
    lines.slice(from + 1, to).flatMap((line, index) => {
      const found = parseOption(line.text);
      return found !== null && same(found.name, option, place.ignoreCase) ? [from + 1 + index] : [];
    }),
  );
}
/** After the last line of the (last such) section that says something; null where there is no such section. */
function endOfSection(lines: readonly TextLine[], place: IniPlace): number | null {
  const range = rangesOf(lines, place).at(-1);
  if (range === undefined) return null;
  const said = lines.slice(0, range.to).findLastIndex((line, index) => index >= range.from && line.text.trim() !== "");
  return Math.max(said, range.from) + 1;
}
function appendSection(lines: readonly TextLine[], section: string, body: readonly string[]): readonly TextLine[] {
  const gap = lines.length > 0 && lines.at(-1)?.text.trim() !== "" ? [""] : [];
  return [...gap, `[${section}]`, ...body].reduce((all, line) => insertLine(all, all.length, line), lines);
}

/** How options around are written: a new one looks the same. */
function shapeOf(lines: readonly TextLine[], place: IniPlace, there: readonly number[]) {
  const inSection = rangesOf(lines, place).flatMap(({ from, to }) => lines.slice(from + 1, to));
  const models = [...there.map((index) => lines[index]), ...inSection, ...lines].map((line) =>
    parseOption(line?.text ?? ""),
  );
  const model = models.find((option) => option !== null && option.separator.trim() !== "");
  return { indent: model?.indent ?? "", separator: model?.separator ?? " = " };
}
/** The line with another value, its name and blanks as they were. */
function rewritten(line: string, value: string): string | null {
  const option = parseOption(line);
  if (option === null || option.separator.trim() === "") return null;
  const separator =
    /[ \t]$/.test(option.separator) || value === "" || !/^[ \t]/.test(option.separator)
      ? option.separator
      : `${option.separator} `;
  return `${option.indent}${option.name}${separator}${value}`.trimEnd();
}

function headerOf(line: string): string | null {
  return /^\s*\[([^\]]*)\]/.exec(line)?.[1]?.trim() ?? null;
}
interface IniOption {
  readonly indent: string;
  readonly name: string;
  /** With the blanks around it; empty for an option without a value. */
  readonly separator: string;
  readonly value: string | null;
}
function parseOption(line: string): IniOption | null {
  const [, indent = "", rest = ""] = /^(\s*)(.*?)\s*$/.exec(line) ?? [];
  if (rest === "" || /^[#;[]/.test(rest)) return null;
  const [, name = "", separator = "", value = ""] = /^([^=]*?)(\s*=\s*)(.*)$/.exec(rest) ?? [];
  if (separator === "") return { indent, name: rest, separator: "", value: null };
  return { indent, name, separator, value };
}
function same(one: string, other: string, ignoreCase: boolean): boolean {
  return ignoreCase ? one.toLowerCase() === other.toLowerCase() : one === other;
}
