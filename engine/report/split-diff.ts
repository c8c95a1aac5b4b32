/** A row of a diff with both sides beside each other. */
export interface DiffRow {
  readonly kind: "hunk" | "same" | "changed" | "note";
  readonly before?: string;
  readonly after?: string;
}

/** A unified diff → rows: what was taken away stands beside what came in its place. */
export function splitDiff(unified: string): readonly DiffRow[] {
  const rows: DiffRow[] = [];
  let removed: string[] = [];
  let added: string[] = [];
  const flush = (): void => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
      const [before, after] = [removed[index], added[index]];
      rows.push({ kind: "changed", ...(before !== undefined && { before }), ...(after !== undefined && { after }) });
    }
    removed = [];
    added = [];
  };
  let inHunk = false;
  for (const line of unified.split("\n")) {
    // The two lines that name the sides; within a hunk a line may begin like them.
    if (!inHunk && /^(?:---|\+\+\+) (?:before|after)$/.test(line)) continue;
    if (line.startsWith("@@")) {
      flush();
      inHunk = true;
      rows.push({ kind: "hunk", before: line });
    } else if (inHunk && line.startsWith("-")) {
      if (added.length > 0) flush();
      removed.push(line.slice(1));
    } else if (inHunk && line.startsWith("+")) added.push(line.slice(1));
    else {
      flush();
      if (inHunk && line.startsWith(" ")) rows.push({ kind: "same", before: line.slice(1), after: line.slice(1) });
      else if (line !== "") rows.push({ kind: "note", before: line });
    }
  }
  flush();
  return rows;
}
