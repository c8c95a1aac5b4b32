const UNITS = ["", "K", "M", "G", "T"] as const;

/** Bytes of a size as Proxmox VE writes it in a disk's `size=`: `4G`, `102M`, `104858K`, `0T`, `421946982`. Null if it is none. */
export function parsePveSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text.trim());
  if (!match) return null;
  const bytes = Number(match[1]) * 1024 ** UNITS.indexOf((match[2] ?? "") as (typeof UNITS)[number]);
  return Number.isSafeInteger(Math.round(bytes)) ? Math.round(bytes) : null;
}

/** The largest unit that states it exactly, as Proxmox VE prints it. */
export function printPveSize(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value !== 0 && value % 1024 === 0 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${value}${UNITS[unit]}`;
}
