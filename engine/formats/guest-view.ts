import type { ConfEntry, GuestConf } from "./pve-conf.ts";
import { mergedEntries, parseGuestConf, pendingDeletes, pendingEntries } from "./pve-conf.ts";

/** A guest's configuration in the three forms that count. */
export interface ConfView {
  readonly exists: boolean;
  readonly text: string;
  /** In force. */
  readonly current: ReadonlyMap<string, string>;
  /** Waiting for the next start, without what it will delete. */
  readonly pending: ReadonlyMap<string, string>;
  readonly pendingDeletes: ReadonlySet<string>;
  /** As it will be after the next start: what is compared with what is wanted. */
  readonly merged: ReadonlyMap<string, string>;
  readonly description: string;
  readonly raw: readonly ConfEntry[];
  readonly snapshots: readonly string[];
}

export function confView(text: string | null): ConfView {
  const conf: GuestConf = parseGuestConf(text ?? "");
  const plain = (entries: readonly ConfEntry[]) =>
    new Map(entries.filter(({ raw }) => !raw).map(({ key, value }) => [key, value]));
  const pending = plain(pendingEntries(conf));
  pending.delete("delete");
  return {
    exists: text !== null,
    text: text ?? "",
    current: plain(conf.current),
    pending,
    pendingDeletes: new Set(pendingDeletes(conf)),
    merged: plain(mergedEntries(conf)),
    description: conf.description.replace(/\n+$/, ""),
    raw: conf.current.filter(({ raw }) => raw),
    snapshots: conf.sections.filter(({ kind }) => kind === "snapshot").map(({ name }) => name),
  };
}

/** Entries of one kind (`net`, `mp`, `dev`), lowest number first. */
export function slotsOf(entries: ReadonlyMap<string, string>, kind: string): readonly (readonly [string, string])[] {
  const form = new RegExp(`^${kind}(\\d+)$`);
  return [...entries]
    .filter(([key]) => form.test(key))
    .sort(([a], [b]) => Number(a.slice(kind.length)) - Number(b.slice(kind.length)));
}

/** Hands out keys for new entries: those of entries that go first, then the lowest that nothing uses, pending or not. */
export function freeSlots({ current, pending }: ConfView, kind: string, reuse: readonly string[]): () => string {
  const left = [...reuse];
  const taken = new Set([...current.keys(), ...pending.keys()]);
  let next = 0;
  return () => {
    const reused = left.shift();
    if (reused !== undefined) return reused;
    while (taken.has(`${kind}${next}`)) next += 1;
    const key = `${kind}${next}`;
    taken.add(key);
    return key;
  };
}

/** A switch as Proxmox VE takes it, in whatever spelling. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(1|on|yes|true)$/i.test(value);
}
