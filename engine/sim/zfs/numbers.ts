const UNITS = ["", "K", "M", "G", "T", "P", "E"] as const;

/**
 * Reads a size or count as the tool does: units are powers of 1024 in either case, `10G`, `10GB` and `10GiB` are the
 * same, fractions are rounded down. Answers with the tool's own words about what it cannot read.
 */
export function parseNumber(text: string): { readonly value: number } | { readonly error: string } {
  const match = /^(\d+(?:\.\d*)?|\.\d+)(.*)$/s.exec(text);
  if (match === null) return { error: `bad numeric value '${text}'` };
  const suffix = match[2] ?? "";
  const unit = /^(?:([KMGTPE])(?:B|IB)?|B)?$/i.exec(suffix);
  if (unit === null) return { error: `invalid numeric suffix '${suffix}'` };
  const shift = UNITS.findIndex((each) => each === (unit[1] ?? "").toUpperCase());
  const value = Math.floor(Number(match[1]) * 1024 ** shift);
  if (value >= 2 ** 64) return { error: "numeric value is too large" };
  return { value };
}

/** In at most five characters, as `zfs list` does: `96K`, `1.50G`, `10.3G`, `977K`. */
export function niceNumber(value: number): string {
  let unit = 0;
  while (value >= 1024 ** (unit + 1) && unit < UNITS.length - 1) unit += 1;
  const size = 1024 ** unit;
  if (unit === 0) return String(value);
  if (value % size === 0) return `${value / size}${UNITS[unit]}`;
  for (const digits of [2, 1]) {
    const text = `${(value / size).toFixed(digits)}${UNITS[unit]}`;
    if (text.length <= 5) return text;
  }
  return `${(value / size).toFixed(0)}${UNITS[unit]}`;
}

/** As a number of bytes: below a kilobyte it says so. */
export function niceBytes(value: number): string {
  return value < 1024 ? `${value}B` : niceNumber(value);
}

export function isPowerOfTwo(value: number): boolean {
  return value > 0 && Number.isInteger(Math.log2(value));
}

/** `Sat Nov 21 19:28 2026`, in UTC. */
export function niceDate(seconds: number): string {
  const [, weekday = "", day = "", month = "", year = "", time = ""] =
    /^(\w+), (\d+) (\w+) (\d+) (\d+:\d+)/.exec(new Date(seconds * 1000).toUTCString()) ?? [];
  return `${weekday} ${month} ${day.replace(/^0/, " ").padStart(2)} ${time} ${year}`;
}
