import { entriesOf, entryDigest, entryLabel, keyDigest, type Mark, type PolicyEntry } from "./tailnet-mark.ts";
import type { NormalPolicy } from "./tailnet-normal.ts";

/** One difference between two states of a policy: `acls: added {…}`. */
export interface PolicyEdit {
  readonly section: string;
  readonly kind: "added" | "removed" | "changed";
  readonly what: string;
}

/**
 * What was edited since a policy was applied. Of what was applied only digests are left: the words of what has gone come
 * from `known`, the policy that is to be applied, as far as it still has them.
 */
export function editsSince(mark: Mark, now: NormalPolicy, known: NormalPolicy): readonly PolicyEdit[] {
  const here = entriesOf(now);
  const words = new Map(
    entriesOf(known).flatMap((entry) => namesOf(entry).map((name) => [name, entryLabel(entry)] as const)),
  );
  const edits = here.flatMap((entry): readonly PolicyEdit[] => {
    const before = mark.entries.get(entry.section) ?? [];
    const { section, key } = entry;
    if (before.includes(entryDigest(entry))) return [];
    const there = key !== null && before.some((each) => each.startsWith(`${keyDigest(key)}.`));
    return [{ section, kind: there ? "changed" : "added", what: entryLabel(entry) }];
  });
  const gone = [...mark.entries].flatMap(([section, digests]) =>
    digests
      .filter((each) => !here.some((entry) => entry.section === section && sameThing(entry, each)))
      .map((each): PolicyEdit => {
        const name = each.includes(".") ? `${section} ${each.split(".")[0]}` : `${section} ${each}`;
        return { section, kind: "removed", what: words.get(name) ?? "an entry that is not in the playbook either" };
      }),
  );
  return [...edits, ...gone];
}

/** What turns one policy into another. */
export function editsBetween(from: NormalPolicy, to: NormalPolicy): readonly PolicyEdit[] {
  const [before, after] = [entriesOf(from), entriesOf(to)];
  const has = (entries: readonly PolicyEntry[], one: PolicyEntry): boolean =>
    entries.some((each) => each.section === one.section && entryDigest(each) === entryDigest(one));
  const hasKey = (entries: readonly PolicyEntry[], one: PolicyEntry): boolean =>
    one.key !== null && entries.some((each) => each.section === one.section && each.key === one.key);
  return [
    ...after
      .filter((entry) => !has(before, entry))
      .map(
        (entry): PolicyEdit => ({
          section: entry.section,
          kind: hasKey(before, entry) ? "changed" : "added",
          what: entryLabel(entry),
        }),
      ),
    ...before
      .filter((entry) => !has(after, entry) && !hasKey(after, entry))
      .map((entry): PolicyEdit => ({ section: entry.section, kind: "removed", what: entryLabel(entry) })),
  ];
}

const SHOWN = 8;

/** In a message: the first ones, and how many more there are. */
export function editsText(edits: readonly PolicyEdit[]): string {
  const lines = edits.slice(0, SHOWN).map(({ section, kind, what }) => `${section}: ${kind} ${shortened(what)}`);
  const more = edits.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}

function shortened(text: string): string {
  return text.length > 160 ? `${text.slice(0, 157)}…` : text;
}

/** Names of an entry by which a digest of it finds its words. */
function namesOf(entry: PolicyEntry): readonly string[] {
  return [`${entry.section} ${entry.key === null ? entryDigest(entry) : keyDigest(entry.key)}`];
}

function sameThing(entry: PolicyEntry, digest: string): boolean {
  return entry.key === null ? entryDigest(entry) === digest : digest.startsWith(`${keyDigest(entry.key)}.`);
}
