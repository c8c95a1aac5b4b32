import { createHash } from "node:crypto";
import type { Hujson, HujsonComment, Json } from "./hujson.ts";
import { type NormalPolicy, stableText } from "./tailnet-normal.ts";
import { entryText, isArray, isObject } from "./tailnet-sections.ts";

/**
 * The line by which a policy tells what was applied last: digests of its meaning, of its comments, and of each entry, so
 * that whoever applies next, on whatever machine, can name what was edited in between. It is a comment of the policy.
 */
export interface Mark {
  readonly meaning: string;
  readonly comments: string;
  /** By section; an entry of a map as `key.value`. */
  readonly entries: ReadonlyMap<string, readonly string[]>;
}
const BEGIN = "lab: applied ";
const NOTE = "(edits made here are found by the next run of the playbook)";

/** One thing in a section: a rule of a list, a name of a map. */
export interface PolicyEntry {
  readonly section: string;
  /** Null: of a list. */
  readonly key: string | null;
  readonly value: Json;
}

export function entriesOf(policy: NormalPolicy): readonly PolicyEntry[] {
  return Object.entries(policy).flatMap(([section, value]): readonly PolicyEntry[] => {
    if (isArray(value)) return value.map((each) => ({ section, key: null, value: each }));
    if (!isObject(value)) return [{ section, key: "", value }];
    return Object.entries(value).flatMap(([key, each]): readonly PolicyEntry[] =>
      // Who may approve what: each network is an entry of its own.
      isObject(each) && section === "autoApprovers"
        ? Object.entries(each).map(([name, who]) => ({ section, key: `${key} ${name}`, value: who }))
        : [{ section, key, value: each }],
    );
  });
}

export function entryDigest({ key, value }: PolicyEntry): string {
  return key === null ? digest(stableText(value), 8) : `${keyDigest(key)}.${digest(stableText(value), 8)}`;
}
export function keyDigest(key: string): string {
  return digest(key, 8);
}
/** As it may stand in a message. */
export function entryLabel({ section, key, value }: PolicyEntry): string {
  return key === null ? entryText(section, value) : key === "" ? "its value" : key;
}

export function markOf(policy: NormalPolicy, comments: readonly HujsonComment[]): Mark {
  const entries = new Map<string, string[]>();
  for (const entry of entriesOf(policy)) {
    entries.set(entry.section, [...(entries.get(entry.section) ?? []), entryDigest(entry)]);
  }
  return {
    meaning: digest(stableText(policy), 32),
    comments: digest(JSON.stringify(commentLines(comments)), 12),
    entries,
  };
}

export function printMark({ meaning, comments, entries }: Mark): string {
  const parts = [...entries].map(([section, digests]) => `${section}:${digests.join(",")}`);
  return `// ${BEGIN}${[meaning, comments, ...parts, NOTE].join(" ")}\n`;
}

/** The mark of a policy; null where it has none that can be read. */
export function readMark({ comments }: Hujson): Mark | null {
  const line =
    comments
      .find(isMark)
      ?.text.slice(BEGIN.length)
      .replace(/\s*\(.*$/, "") ?? "";
  const [meaning = "", ofComments = "", ...parts] = line.split(" ");
  if (!/^[0-9a-f]{32}$/.test(meaning) || !/^[0-9a-f]{12}$/.test(ofComments)) return null;
  const entries = parts.map((part): [string, readonly string[]] => {
    const colon = part.indexOf(":");
    return [part.slice(0, colon), part.slice(colon + 1).split(",")];
  });
  return { meaning, comments: ofComments, entries: new Map(entries) };
}

/** The text without lines of ours, which can be put in front again: a policy that was copied from the admin console has one. */
export function withoutMark(text: string): string {
  // A mark of the byte order is one in front of everything only.
  return text.replace(/^\uFEFF/, "").replace(/^[ \t]*\/\/ lab: applied [^\n]*(?:\n|$)/gm, "");
}

/** The comments that people wrote, each with the place that it is about. */
export function commentLines(comments: readonly HujsonComment[]): readonly string[] {
  return comments
    .filter((comment) => !isMark(comment) && comment.text !== "")
    .map(({ at, text }) => `${at === "" ? "(top)" : at.trim()}: ${text.replaceAll("\n", " / ")}`);
}

function isMark({ text }: HujsonComment): boolean {
  return text.startsWith(BEGIN);
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}
