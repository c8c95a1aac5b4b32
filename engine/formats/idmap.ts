/** One `lxc.idmap` line: `count` ids of a container from `inside` on are those of the host from `host` on. */
export interface IdRange {
  readonly kind: "u" | "g";
  readonly inside: number;
  readonly host: number;
  readonly count: number;
}
/** One line of /etc/subuid or /etc/subgid: ids that a user may hand out. */
export interface SubIdRange {
  readonly user: string;
  readonly start: number;
  readonly count: number;
}

const HIGHEST = 4294967295;
const OF = { u: { what: "uid", file: "/etc/subuid" }, g: { what: "gid", file: "/etc/subgid" } } as const;

export function parseIdRange(value: string): IdRange | { readonly error: string } {
  const words = /^([ug])\s+(\d+)\s+(\d+)\s+(\d+)$/.exec(value.trim());
  if (!words) return { error: `"${value}" is no id map: expected "u INSIDE HOST COUNT" or "g INSIDE HOST COUNT"` };
  const [inside = 0, host = 0, count = 0] = words.slice(2).map(Number);
  if (count < 1) return { error: `"${value}" maps no id at all` };
  if (inside + count - 1 > HIGHEST || host + count - 1 > HIGHEST)
    return { error: `"${value}" goes beyond the last id` };
  return { kind: words[1] === "u" ? "u" : "g", inside, host, count };
}

export function printIdRange({ kind, inside, host, count }: IdRange): string {
  return `${kind} ${inside} ${host} ${count}`;
}

export function parseSubIds(text: string): readonly SubIdRange[] {
  return text.split("\n").flatMap((line) => {
    const [, user = "", start, count] = /^([^:#\s]+):(\d+):(\d+)\s*$/.exec(line) ?? [];
    return start === undefined ? [] : [{ user, start: Number(start), count: Number(count) }];
  });
}

/**
 * What is wrong with all the lines of one container taken together; empty if it can start. One line replaces the whole
 * of the usual map, so the lines must say everything: both kinds, and root.
 */
export function idMapProblems(ranges: readonly IdRange[]): readonly string[] {
  if (ranges.length === 0) return [];
  return (["u", "g"] as const).flatMap((kind) => {
    const mine = ranges.filter((range) => range.kind === kind);
    if (mine.length === 0) return [`no ${OF[kind].what} is mapped: a map names both, u and g`];
    const problems = [...overlaps(mine, "inside"), ...overlaps(mine, "host")];
    if (!mine.some(({ inside }) => inside === 0))
      problems.push(`${OF[kind].what} 0, the container's root, is not mapped`);
    return problems;
  });
}

function overlaps(ranges: readonly IdRange[], side: "inside" | "host"): string[] {
  const sorted = [...ranges].sort((a, b) => a[side] - b[side]);
  return sorted.flatMap((range, index) => {
    const before = sorted[index - 1];
    if (before === undefined || before[side] + before.count <= range[side]) return [];
    const where = side === "inside" ? "of the container" : "of the host";
    return [
      `${OF[range.kind].what} ${range[side]} ${where} is mapped twice: by "${printIdRange(before)}" and by "${printIdRange(range)}"`,
    ];
  });
}

/** Ids that stay unmapped below the highest that is: their files belong to nobody inside. */
export function idMapGaps(ranges: readonly IdRange[]): readonly string[] {
  return (["u", "g"] as const).flatMap((kind) => {
    const sorted = ranges.filter((range) => range.kind === kind).sort((a, b) => a.inside - b.inside);
    return sorted.slice(1).flatMap((range, index) => {
      const before = sorted[index];
      const next = before === undefined ? 0 : before.inside + before.count;
      return next < range.inside ? [`${OF[kind].what} ${next} to ${range.inside - 1}`] : [];
    });
  });
}

/** Lines that root lacks in the two files to hand out what is mapped: without them the container does not start. */
export function missingSubIds(
  ranges: readonly IdRange[],
  allowed: { readonly u: readonly SubIdRange[]; readonly g: readonly SubIdRange[] },
): readonly { readonly file: string; readonly line: string }[] {
  return ranges.flatMap(({ kind, host, count }) => {
    const mine = allowed[kind].filter(({ user }) => user === "root" || user === "0");
    // newuidmap wants each range inside of one line; two lines that touch do not make one.
    const covered = mine.some((range) => range.start <= host && host + count <= range.start + range.count);
    return covered ? [] : [{ file: OF[kind].file, line: `root:${host}:${count}` }];
  });
}
