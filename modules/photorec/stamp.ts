/** What was carved: the image by its hash if that is known, else by its size and time; and with which options. */
export interface Stamp {
  readonly command: string;
  readonly size: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly sha256: string | null;
}

export function stampText(stamp: Stamp): string {
  return `${JSON.stringify(stamp, null, 2)}\n`;
}

/** Null where the text is no such mark. */
export function readStamp(text: string): Stamp | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { command, size, mtime, sha256 = null } = value as Readonly<Record<string, unknown>>;
    if (typeof command !== "string" || typeof size !== "number" || typeof mtime !== "number") return null;
    return { command, size, mtime, sha256: typeof sha256 === "string" ? sha256 : null };
  } catch {
    return null;
  }
}

/** A hash that came later, or went, makes no other image of it. */
export function isOf(stamp: Stamp, image: Stamp): boolean {
  if (stamp.command !== image.command || stamp.size !== image.size) return false;
  if (stamp.sha256 !== null && image.sha256 !== null) return stamp.sha256 === image.sha256;
  return stamp.mtime === image.mtime;
}
