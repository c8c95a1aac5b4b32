/** A pool as `zpool status -P` tells it: by indentation, for the JSON form is of OpenZFS 2.3 alone. */
export interface PoolStatus {
  readonly name: string;
  /** ONLINE, DEGRADED, FAULTED, UNAVAIL, SUSPENDED. */
  readonly state: string;
  /** What is wrong, and what to do about it, in the tool's words; null if all is well. */
  readonly trouble: string | null;
  readonly action: string | null;
  readonly scan: string | null;
  readonly errors: string | null;
  readonly vdevs: readonly StatusVdev[];
  readonly logs: readonly StatusVdev[];
  readonly special: readonly StatusVdev[];
  readonly dedup: readonly StatusVdev[];
  readonly cache: readonly StatusVdev[];
  readonly spares: readonly StatusVdev[];
}
export interface StatusVdev {
  /** `disk`, `mirror`, `raidz1`, `draid1:2d:4c:1s`. The number behind it means nothing: it changes when others go. */
  readonly type: string;
  readonly state: string;
  readonly slots: readonly StatusSlot[];
}
/** The place of one disk. While it is being replaced, or a spare stands in for it, there are several in it. */
export interface StatusSlot {
  readonly state: string;
  readonly paths: readonly string[];
}
type Class = "vdevs" | "logs" | "special" | "dedup" | "cache" | "spares";
const CLASSES: ReadonlySet<string> = new Set(["logs", "special", "dedup", "cache", "spares"]);

interface Row {
  readonly depth: number;
  readonly name: string;
  readonly state: string;
  readonly was: string | null;
}

/** All pools that the text tells of. */
export function parsePoolStatus(text: string): readonly PoolStatus[] {
  return text.split(/^(?= *pool: )/m).flatMap((part) => (/^ *pool: /.test(part) ? [poolOf(part)] : []));
}

function poolOf(text: string): PoolStatus {
  const fields = new Map<string, string>();
  const rows: Row[] = [];
  let field = "";
  for (const line of text.split("\n")) {
    const head =
      /^ {0,4}(pool|state|status|action|see|scan|remove|checkpoint|expand|dedup|config|errors):(?: (.*))?$/.exec(line);
    if (head) {
      field = head[1] ?? "";
      fields.set(field, head[2] ?? "");
    } else if (field === "config") {
      const row = rowOf(line);
      if (row !== null) rows.push(row);
    } else if (line.trim() !== "") fields.set(field, `${fields.get(field) ?? ""} ${line.trim()}`.trim());
  }
  const classes: Record<Class, StatusVdev[]> = { vdevs: [], logs: [], special: [], dedup: [], cache: [], spares: [] };
  let at: Class = "vdevs";
  rows.forEach((row, index) => {
    if (row.depth === 0) at = index > 0 && isClass(row.name) ? row.name : "vdevs";
    else if (row.depth === 1) classes[at].push(vdevOf(row, below(rows, index)));
  });
  const said = (name: string) => fields.get(name) || null;
  return {
    name: said("pool") ?? "",
    state: said("state") ?? "",
    trouble: said("status"),
    action: said("action"),
    scan: said("scan"),
    errors: said("errors") === "No known data errors" ? null : said("errors"),
    ...classes,
  };
}

function rowOf(line: string): Row | null {
  const match = /^\t( *)(\S.*?)\s*$/.exec(line);
  const [, indent = "", rest = ""] = match ?? [];
  if (match === null || /^NAME\s+STATE\b/.test(rest)) return null;
  const told =
    /^(.+?)\s+(ONLINE|DEGRADED|FAULTED|OFFLINE|UNAVAIL|REMOVED|AVAIL|INUSE|SPLIT|SUSPENDED)(?:\s+(.*))?$/.exec(rest);
  // A disk that is gone is told by its number; its place is behind `was`.
  const was = /\bwas (\/.*?)(?:\/old)?$/.exec(told?.[3] ?? "")?.[1] ?? null;
  return { depth: indent.length / 2, name: told?.[1] ?? rest, state: told?.[2] ?? "", was };
}

function below(rows: readonly Row[], index: number): readonly Row[] {
  const depth = rows[index]?.depth ?? 0;
  const rest = rows.slice(index + 1);
  const end = rest.findIndex((row) => row.depth <= depth);
  return end < 0 ? rest : rest.slice(0, end);
}

function vdevOf(row: Row, under: readonly Row[]): StatusVdev {
  const group = /^(mirror|raidz\d|draid\d[^-]*)-\d+$/.exec(row.name);
  if (group === null || row.name.startsWith("/"))
    return { type: "disk", state: row.state, slots: [slotOf(row, under)] };
  const slots = under.flatMap((child, index) =>
    child.depth === row.depth + 1 ? [slotOf(child, below(under, index))] : [],
  );
  return { type: group[1] ?? "disk", state: row.state, slots };
}

/** `replacing-1` and `spare-0` stand in the place of a disk and hold several. */
function slotOf(row: Row, under: readonly Row[]): StatusSlot {
  const leaves = under.filter(({ name }) => !/^(replacing|spare)-\d+$/.test(name));
  const disks = leaves.length > 0 ? leaves : [row];
  return { state: row.state, paths: disks.map(({ name, was }) => was ?? name) };
}

function isClass(name: string): name is Class {
  return CLASSES.has(name);
}
