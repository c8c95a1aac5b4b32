import type { Told } from "./contenders/contender.ts";

/** What was measured of one thing: every run's time, and what was counted. */
export interface Series {
  readonly name: string;
  /** Empty: it took longer than `limitMs`, and was ended. */
  readonly ms: readonly number[];
  /** Processor time on the controller. */
  readonly cpuMs: readonly number[];
  /** Of the last run: counts do not vary, or do so for a reason. */
  readonly counts: Told["counts"];
  /** Said beside the figure: why there is none, or what to know of it. */
  readonly note?: string;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** null: there is nothing to take it of. */
export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = [...values].sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  if (min === undefined || max === undefined || low === undefined || high === undefined) return null;
  return { median: (low + high) / 2, min, max };
}

/** `0.61 s`, `12.4 s`: three digits, more would be noise. */
export function seconds(ms: number): string {
  return `${threeDigits(ms / 1000)} s`;
}

export function ratio(of: number, to: number): string {
  return `${threeDigits(of / to)} ×`;
}

function threeDigits(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

/** A table of Markdown. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return line(header) + line(header.map((_, index) => (index === 0 ? "---" : "--:"))) + rows.map(line).join("");
}
