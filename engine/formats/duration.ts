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

/** The two largest units: `3 days 4 hours`. For people. */
export function sayDuration(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.max(0, Math.round(seconds));
  for (const [size, name] of [
    [86_400, "day"],
    [3600, "hour"],
    [60, "minute"],
    [1, "second"],
  ] as const) {
    const count = Math.floor(rest / size);
    if (count === 0) continue;
    parts.push(`${count} ${name}${count === 1 ? "" : "s"}`);
    rest -= count * size;
  }
  return parts.slice(0, 2).join(" ") || "0 seconds";
}
