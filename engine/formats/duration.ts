export { formatDuration } from "../text/duration.ts";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds from `90`, `"90s"`, `"10m"`, `"1h"`, `"7d"`, `"2w"`, `"1h30m"`; undefined for anything else. */
export function parseDuration(text: string | number): number | undefined {
  if (typeof text === "number") return Number.isSafeInteger(text) && text >= 0 ? text : undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  if (!/^(?:\d{1,9}[smhdw])+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw])/g)) seconds += Number(count) * (SECONDS[unit ?? ""] ?? 0);
  return seconds;
}
