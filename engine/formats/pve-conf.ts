/**
 * The configuration of a guest, `/etc/pve/lxc/N.conf` or `/etc/pve/qemu-server/N.conf`: `#` lines that are its
 * description, `key: value` lines that are in force, then sections: pending changes (`[pve:pending]` of a container,
 * `[PENDING]` of a VM), snapshots by name, `[special:…]`. Text appended to the file falls into the last section.
 */
export interface GuestConf {
  /** Decoded; empty if there is none. A container's ends in a line feed when read by `pct`, so compare without trailing ones. */
  readonly description: string;
  readonly current: readonly ConfEntry[];
  readonly sections: readonly ConfSection[];
}
export interface ConfEntry {
  readonly key: string;
  readonly value: string;
  /** A raw `lxc.…` line: its key may be repeated and its place among its kind counts. */
  readonly raw: boolean;
}
export interface ConfSection {
  readonly name: string;
  readonly kind: "pending" | "special" | "snapshot";
  readonly description: string;
  readonly entries: readonly ConfEntry[];
}

export function parseGuestConf(text: string): GuestConf {
  const blocks = splitSections(text);
  const [first, ...rest] = blocks;
  const head = readBlock(first?.lines ?? []);
  return {
    description: head.description,
    current: head.entries,
    sections: rest.map(({ name, lines }) => ({ name, kind: kindOf(name), ...readBlock(lines) })),
  };
}

/** The value in force; undefined if the key is not set. Of a key written twice the last counts. */
export function confValue(entries: readonly ConfEntry[], key: string): string | undefined {
  return entries.findLast((entry) => !entry.raw && entry.key === key)?.value;
}

export function pendingEntries(conf: GuestConf): readonly ConfEntry[] {
  return conf.sections.find(({ kind }) => kind === "pending")?.entries ?? [];
}

/** What a restart will delete: keys of the pending section's `delete` line (`!` in front forces it). */
export function pendingDeletes(conf: GuestConf): readonly string[] {
  const listed = confValue(pendingEntries(conf), "delete") ?? "";
  return listed
    .split(/[,;\s]+/)
    .map((key) => key.replace(/^!/, ""))
    .filter((key) => key !== "");
}

/** The entries as they will be after the next restart. */
export function mergedEntries(conf: GuestConf): readonly ConfEntry[] {
  const pending = pendingEntries(conf).filter(({ key }) => key !== "delete");
  const gone = new Set([...pendingDeletes(conf), ...pending.map(({ key }) => key)]);
  const kept = conf.current.filter(({ key, raw }) => raw || !gone.has(key));
  const added = pending.filter(({ raw }) => !raw);
  return [...kept, ...added].sort((a, b) => (a.raw || b.raw ? Number(a.raw) - Number(b.raw) : a.key < b.key ? -1 : 1));
}

/** `#` lines keep `:`, `%`, control characters and all beyond ASCII percent-encoded, as UTF-8. */
export function encodeDescription(text: string): string {
  return [...Buffer.from(text, "utf8")]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return byte < 0x20 || byte > 0x7e || char === ":" || char === "%"
        ? `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
        : char;
    })
    .join("");
}

export function decodeDescription(text: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const hex = /^%([0-9A-Fa-f]{2})/.exec(text.slice(at, at + 3));
    if (hex) {
      bytes.push(Number.parseInt(hex[1] ?? "", 16));
      at += 2;
    } else bytes.push(...Buffer.from(text.charAt(at), "utf8"));
  }
  return Buffer.from(bytes).toString("utf8");
}

function splitSections(text: string): readonly { readonly name: string; readonly lines: string[] }[] {
  const blocks: { name: string; lines: string[] }[] = [{ name: "", lines: [] }];
  for (const line of text.split("\n")) {
    const name = /^\[([^\]]+)\]\s*$/.exec(line)?.[1];
    if (name !== undefined) blocks.push({ name, lines: [] });
    else blocks.at(-1)?.lines.push(line);
  }
  return blocks;
}

function readBlock(lines: readonly string[]): { readonly description: string; readonly entries: readonly ConfEntry[] } {
  let description = "";
  const entries: ConfEntry[] = [];
  for (const line of lines) {
    const comment = /^#(.*)$/.exec(line);
    const raw = /^(lxc\.[a-z0-9_.-]+)\s*[:=]\s*(.*?)\s*$/i.exec(line);
    const entry = /^([a-z][a-z_]*\d*):\s*(.*?)\s*$/.exec(line);
    if (comment) description += `${decodeDescription(comment[1] ?? "")}\n`;
    else if (raw) entries.push({ key: raw[1] ?? "", value: raw[2] ?? "", raw: true });
    else if (entry?.[1] === "description") description += decodeDescription(entry[2] ?? "");
    else if (entry) entries.push({ key: entry[1] ?? "", value: entry[2] ?? "", raw: false });
  }
  return { description, entries };
}

function kindOf(name: string): ConfSection["kind"] {
  if (name === "pve:pending" || name === "PENDING") return "pending";
  return name.startsWith("special:") ? "special" : "snapshot";
}
