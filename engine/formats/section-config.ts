/**
 * Proxmox VE's section files (storage.cfg, jobs.cfg, replication.cfg, ha/*.cfg): `type: id`, then indented `key value`
 * lines; `disable` may stand alone. The tools write some lists in random order: compare those as sets.
 */
export interface ConfigSection {
  readonly type: string;
  readonly id: string;
  /** A bare word has the value "1". A key on several lines has its values joined by a line feed. */
  readonly options: ReadonlyMap<string, string>;
}

export function parseSectionConfig(text: string): readonly ConfigSection[] {
  const sections: { type: string; id: string; options: Map<string, string> }[] = [];
  for (const line of text.split("\n")) {
    const head = /^([a-z][a-z0-9-]*):\s*(\S+)\s*$/.exec(line);
    if (head) {
      sections.push({ type: head[1] ?? "", id: head[2] ?? "", options: new Map() });
      continue;
    }
    const option = /^\s+(\S+)(?:\s+(.*?))?\s*$/.exec(line);
    const open = sections.at(-1);
    if (!option || !open || line.trim().startsWith("#")) continue;
    const [, key = "", value = "1"] = option;
    const earlier = open.options.get(key);
    open.options.set(key, earlier === undefined ? value : `${earlier}\n${value}`);
  }
  return sections;
}

export function findSection(sections: readonly ConfigSection[], id: string): ConfigSection | undefined {
  return sections.find((section) => section.id === id);
}

/** A list in any of the spellings that the tools take: commas, semicolons, blanks; without duplicates, sorted. */
export function listOf(value: string | undefined): readonly string[] {
  return [...new Set((value ?? "").split(/[,;\s]+/).filter((word) => word !== ""))].sort();
}
