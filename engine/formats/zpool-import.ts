/** A pool that `zpool import` offers. */
export interface ImportablePool {
  readonly name: string;
  readonly id: string;
  readonly state: string;
  readonly status: string | null;
  readonly action: string | null;
  /** All words of its layout: names of disks and of groups. */
  readonly parts: readonly string[];
}

/** The listing of `zpool import`, without arguments. */
export function parsePoolImport(text: string): readonly ImportablePool[] {
  return text.split(/^(?= *pool: )/m).flatMap((part) => (/^ *pool: /.test(part) ? [poolOf(part)] : []));
}

function poolOf(text: string): ImportablePool {
  const fields = new Map<string, string>();
  const parts: string[] = [];
  let field = "";
  for (const line of text.split("\n")) {
    const head = /^ *(pool|id|state|status|action|comment|see|config): ?(.*)$/.exec(line);
    if (head) {
      field = head[1] ?? "";
      fields.set(field, (head[2] ?? "").trim());
    } else if (field === "config") {
      const name = line.trim().split(/\s/, 1)[0] ?? "";
      if (name !== "") parts.push(name);
    } else if (line.trim() !== "") fields.set(field, `${fields.get(field) ?? ""} ${line.trim()}`.trim());
  }
  const said = (name: string) => fields.get(name) || null;
  return {
    name: said("pool") ?? "",
    id: said("id") ?? "",
    state: said("state") ?? "",
    status: said("status"),
    action: said("action"),
    // The first is the pool itself.
    parts: parts.slice(1),
  };
}
