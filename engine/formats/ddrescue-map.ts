/** GNU ddrescue's map of a rescue: what was read, what not yet, what cannot be. The only truth about how far it came. */
export interface DdrescueMap {
  /** The command that wrote it last, its words joined by blanks; null in a map without that comment. */
  readonly commandLine: string | null;
  /** `?` copying, `*` trimming, `/` scraping, `-` retrying, `F` filling, `G` generating, `+` finished. */
  readonly status: string;
  readonly pass: number;
  readonly blocks: readonly DdrescueBlock[];
}
export interface DdrescueBlock {
  /** Bytes. */
  readonly at: number;
  readonly size: number;
  /** `?` not tried, `*` not trimmed, `/` not scraped, `-` bad, `+` rescued. */
  readonly status: string;
}
/** Bytes by what became of them. */
export interface DdrescueSummary {
  readonly rescued: number;
  readonly bad: number;
  readonly badAreas: number;
  /** Not tried, not trimmed or not scraped: there is more to do. */
  readonly left: number;
  readonly extent: number;
}

/** The map, or why it is none. */
export function parseDdrescueMap(text: string): DdrescueMap | { readonly error: string } {
  let commandLine: string | null = null;
  let head: readonly string[] | null = null;
  const blocks: DdrescueBlock[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith("#")) {
      commandLine ??= /^# Command line: (.*)$/.exec(line)?.[1] ?? null;
      continue;
    }
    if (line.trim() === "") continue;
    const words = line.trim().split(/\s+/);
    const broken = { error: `line ${index + 1} is no part of a map: ${JSON.stringify(line.slice(0, 60))}` };
    if (head === null) {
      head = words;
      if (numberIn(words[0]) === null || !/^[?*/\-FG+]$/.test(words[1] ?? "")) return broken;
      continue;
    }
    const [at, size, status = ""] = [numberIn(words[0]), numberIn(words[1]), words[2]];
    if (at === null || size === null || !/^[?*/\-+]$/.test(status) || words.length !== 3) return broken;
    const last = blocks.at(-1);
    // Gaps and overlaps would make sums of nothing.
    if (last !== undefined && at !== last.at + last.size) return broken;
    blocks.push({ at, size, status });
  }
  if (head === null) return { error: "it is empty" };
  return { commandLine, status: head[1] ?? "?", pass: numberIn(head[2]) ?? 1, blocks };
}

function numberIn(word = ""): number | null {
  if (!/^(0x[0-9a-fA-F]+|\d+)$/.test(word)) return null;
  const value = Number(word);
  return Number.isSafeInteger(value) ? value : null;
}

export function summaryOf({ blocks }: DdrescueMap): DdrescueSummary {
  const sum = (statuses: string) =>
    blocks.reduce((total, { size, status }) => total + (statuses.includes(status) ? size : 0), 0);
  const last = blocks.at(-1);
  return {
    rescued: sum("+"),
    bad: sum("-"),
    badAreas: blocks.filter(({ status }) => status === "-").length,
    left: sum("?*/"),
    extent: last === undefined ? 0 : last.at + last.size,
  };
}

/** The same as ddrescue writes it; times are left out. */
export function printDdrescueMap({ commandLine, status, pass, blocks }: DdrescueMap, position: number): string {
  const hex = (value: number) => `0x${value.toString(16).toUpperCase().padStart(8, "0")}`;
  const finished = status === "+" ? "# Finished\n" : "";
  const rows = blocks.map(({ at, size, status: each }) => `${hex(at)}  ${hex(size)}  ${each}\n`);
  return `# Mapfile. Created by GNU ddrescue version 1.27
# Command line: ${commandLine ?? ""}
${finished}# current_pos  current_status  current_pass
${hex(position)}     ${status}               ${pass}
#      pos        size  status
${rows.join("")}`;
}
