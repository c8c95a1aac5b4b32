/** One thing in an archive, as it stands there. */
export interface ArchiveMember {
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "hardlink" | "other";
  /** Where a link points, as written. */
  readonly target?: string;
}

const TAR_TYPES: Readonly<Record<string, ArchiveMember["type"]>> = {
  "-": "file",
  C: "file",
  d: "directory",
  l: "symlink",
  h: "hardlink",
};

/**
 * `tar --list --verbose --full-time --numeric-owner --quoting-style=c`: names stand in quotes, so that a link's two are told
 * apart and a line is a member, whatever their names hold. Null for a line that is none of that.
 */
export function parseTarListing(text: string): readonly ArchiveMember[] | null {
  const members: ArchiveMember[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const found =
      /^(\S)\S{9}\S* +\S+ +\S+ \d{4}-\d\d-\d\d \S+ ("(?:[^"\\]|\\.)*")(?: (?:->|link to) ("(?:[^"\\]|\\.)*"))?$/.exec(
        line,
      );
    if (found === null) return null;
    const [, letter = "", quoted = "", target] = found;
    const type = TAR_TYPES[letter] ?? "other";
    members.push({ path: unquoteC(quoted), type, ...(target !== undefined && { target: unquoteC(target) }) });
  }
  return members;
}

const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** A text in C's quotes. Octal escapes are bytes, several of which may be one character. */
export function unquoteC(quoted: string): string {
  const bytes: number[] = [];
  const inner = quoted.slice(1, -1);
  for (const [, octal, letter, plain] of inner.matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (letter !== undefined) bytes.push(ESCAPES[letter] ?? letter.charCodeAt(0));
    else bytes.push(...Buffer.from(plain ?? "", "utf8"));
  }
  return Buffer.from(bytes).toString("utf8");
}

/** `unzip -Z`: a head of two lines, a line for each member, a line of sums. Null for what is none of that. */
export function parseZipListing(text: string): readonly ArchiveMember[] | null {
  const lines = text.trimEnd().split("\n");
  if (!/^Archive: /.test(lines[0] ?? "") || !/^\d+ files?, /.test(lines.at(-1) ?? "")) return null;
  const members: ArchiveMember[] = [];
  for (const line of lines.slice(1, -1)) {
    if (/^Zip file size: /.test(line)) continue;
    const found = /^(\S)\S+ +\d+\.\d +\S+ +\d+ +\S+ +\S+ +\S+ \d\d:\d\d (.+)$/.exec(line);
    if (found === null) return null;
    const [, letter = "", path = ""] = found;
    const type = path.endsWith("/")
      ? "directory"
      : letter === "l"
        ? "symlink"
        : /[-?d]/.test(letter)
          ? "file"
          : "other";
    members.push({ path, type });
  }
  return members;
}
