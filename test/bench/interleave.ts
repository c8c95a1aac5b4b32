import type { Series } from "./figures.ts";
import { type Command, type TimedRun, timedProcess } from "./timed-process.ts";

/** Something that is measured as it stands: beside others, in turn. */
export interface Measured {
  readonly name: string;
  readonly command: Command;
  /** Outside of the time that is taken. */
  before?(): void;
  /** Throws where it has failed. */
  check?(run: TimedRun): Readonly<Record<string, number>> | undefined;
  readonly watchMemory?: boolean;
  /** It goes on from what this one has made: without it there is nothing to measure. */
  readonly needs?: string;
}

/** A B C A B C: whatever else the machine does hits all of them alike. */
export async function interleave(
  all: readonly Measured[],
  { runs, limitMs, say }: { readonly runs: number; readonly limitMs: number; say(text: string): void },
): Promise<readonly Series[]> {
  const series = all.map((each) => ({ each, ms: [] as number[], cpuMs: [] as number[], counts: {} }));
  const late = new Set<string>();
  for (let run = 0; run < runs; run += 1) {
    for (const entry of series) {
      const { name, command, before, check, needs, watchMemory = false } = entry.each;
      if (needs !== undefined && late.has(needs)) late.add(name);
      if (late.has(name)) continue;
      before?.();
      const began = Date.now();
      const slow = setInterval(() => say(`  ${name}: at it for ${Math.round((Date.now() - began) / 1000)} s`), 30_000);
      const timed = await timedProcess(command, { limitMs, watchMemory }).finally(() => clearInterval(slow));
      if (timed.code === null) {
        late.add(name);
        continue;
      }
      const counts = check?.(timed) ?? {};
      entry.ms.push(timed.ms);
      entry.cpuMs.push(timed.cpuMs);
      entry.counts = timed.peakBytes === null ? counts : { ...counts, peakBytes: timed.peakBytes };
      say(`  ${name}: ${(timed.ms / 1000).toFixed(2)} s`);
    }
  }
  return series.map(({ each: { name }, ms, cpuMs, counts }) => ({
    name,
    ms,
    cpuMs,
    counts,
    ...(late.has(name) ? { note: `> ${limitMs / 1000} s` } : {}),
  }));
}
