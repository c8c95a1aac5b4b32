const UNITS = ["", "K", "M", "G", "T", "P", "E"] as const;

/**
 * Bytes of a size as zfs takes it: `10G`, `10g`, `10GB`, `10GiB`, `1.5T`, `1048576`. All units are powers of 1024, and
 * what is left of a fraction is rounded down, as zfs does. Null if it is none, or too large to be told exactly.
 */
export function parseZfsSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(?:([KMGTPE])(?:i?B)?|B)?$/i.exec(text);
  if (!match) return null;
  const unit = UNITS.findIndex((each) => each === (match[2] ?? "").toUpperCase());
  const bytes = Math.floor(Number(match[1]) * 1024 ** unit);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** The largest unit that states it exactly: `500G`, `100007936`. */
export function printZfsSize(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value !== 0 && value % 1024 === 0 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${value}${UNITS[unit]}`;
}

/** For people: `1.2 GiB`. */
export function printRoughly(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return unit === 0 ? `${value} bytes` : `${value.toFixed(value < 10 ? 1 : 0)} ${UNITS[unit]}iB`;
}
