import { FileError, resolve } from "../../files/file-tree.ts";
import type { Session } from "../../session.ts";
import type { Frozen } from "../../world.ts";
import { allDatasets, findDataset, findSnapshot } from "../../zfs/find-dataset.ts";
import { mountHolding } from "../../zfs/mount-dataset.ts";
import { nameFault } from "../../zfs/names.ts";
import type { Subject } from "../../zfs/property-value.ts";
import type { Dataset } from "../../zfs/state.ts";

export type SubjectType = "filesystem" | "volume" | "snapshot" | "bookmark";
interface Selection {
  readonly subjects: readonly Subject[];
  /** What could not be opened. */
  readonly errors: readonly string[];
}

/**
 * What `zfs get` and `zfs list` are about: the named ones, with what is below them down to a depth, or everything; in
 * the order of the tool, each once.
 */
export function selectSubjects(
  session: Session,
  words: readonly string[],
  { depth, types }: { readonly depth: number; readonly types: ReadonlySet<SubjectType> },
): Selection {
  const { host } = session;
  const found = new Map<string, Subject>();
  const errors: string[] = [];
  const add = (subject: Subject) => {
    if (types.has(subject.kind)) found.set(subject.name, subject);
  };
  const withParts = (dataset: Frozen<Dataset>, parts: boolean) => {
    add({ kind: dataset.type, name: dataset.name, dataset });
    if (!parts) return;
    for (const snapshot of dataset.snapshots) {
      add({ kind: "snapshot", name: `${dataset.name}@${snapshot.name}`, dataset, snapshot });
    }
    for (const bookmark of dataset.bookmarks ?? []) {
      add({ kind: "bookmark", name: `${dataset.name}#${bookmark.name}`, dataset, bookmark });
    }
  };
  if (words.length === 0) for (const dataset of allDatasets(host)) withParts(dataset, true);
  for (const word of words) {
    const opened = openSubject(session, word);
    if ("error" in opened) {
      errors.push(opened.error);
      continue;
    }
    const { kind, name, dataset } = opened;
    if (kind === "snapshot" || kind === "bookmark") {
      // A snapshot that is named is shown, whatever types are asked for by default.
      found.set(name, opened);
      continue;
    }
    const level = (other: string) => other.split("/").length - name.split("/").length;
    // Snapshots are one level below their dataset.
    for (const each of allDatasets(host, name)) {
      if (level(each.name) <= depth) withParts(each, level(each.name) < depth || onlyParts(types));
    }
    if (depth === 0 && !types.has(dataset.type) && !onlyParts(types)) found.delete(name);
  }
  const subjects = [...found.values()].sort(
    (a, b) => compare(a.dataset.name, b.dataset.name) || rank(a) - rank(b) || made(a) - made(b),
  );
  return { subjects, errors };
}

function onlyParts(types: ReadonlySet<SubjectType>): boolean {
  return !types.has("filesystem") && !types.has("volume");
}
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
function rank({ kind }: Subject): number {
  return kind === "snapshot" ? 1 : kind === "bookmark" ? 2 : 0;
}
// Those of one moment stay in the order of their making: sorting is stable.
function made(subject: Subject): number {
  return subject.kind === "snapshot" ? subject.snapshot.createdMs : 0;
}

/** A dataset, snapshot or bookmark by name, or a file system by a path in it. */
export function openSubject(session: Session, word: string): Subject | { readonly error: string } {
  const { host } = session;
  const missing = { error: `cannot open '${word}': dataset does not exist` };
  if (word.startsWith("/") || word.startsWith("./")) return byPath(session, word);
  const fault = nameFault(word, "any", false);
  if (fault !== null) return { error: `cannot open '${word}': ${fault}` };
  const dataset = findDataset(host, word.split(/[@#]/, 1)[0] ?? "");
  if (dataset === undefined) return missing;
  if (word.includes("@")) {
    const snapshot = findSnapshot(host, word);
    return snapshot === undefined ? missing : { kind: "snapshot", name: word, dataset, snapshot };
  }
  if (word.includes("#")) {
    const bookmark = dataset.bookmarks?.find(({ name }) => word.endsWith(`#${name}`));
    return bookmark === undefined ? missing : { kind: "bookmark", name: word, dataset, bookmark };
  }
  return { kind: dataset.type, name: word, dataset };
}

function byPath(session: Session, path: string): Subject | { readonly error: string } {
  const { host } = session;
  let real: string;
  try {
    const found = resolve(session, path, true);
    if (found.node === undefined) return { error: `cannot open '${path}': No such file or directory` };
    real = found.path;
  } catch (error) {
    if (error instanceof FileError) return { error: `cannot open '${path}': ${error.errno}` };
    throw error;
  }
  const mount = mountHolding(host, real);
  const dataset = mount?.fstype === "zfs" ? findDataset(host, mount.source) : undefined;
  if (dataset === undefined) return { error: `'${path}': not a ZFS filesystem` };
  return { kind: dataset.type, name: dataset.name, dataset };
}

/** `-t filesystem,snap`; the name of the wrong one if there is one. */
export function subjectTypes(
  words: readonly string[],
): { readonly types: ReadonlySet<SubjectType> } | { readonly wrong: string } {
  const types = new Set<SubjectType>();
  for (const word of words.flatMap((each) => each.split(","))) {
    const meant = Object.hasOwn(TYPES, word) ? TYPES[word] : undefined;
    if (meant === undefined) return { wrong: word };
    for (const type of meant) types.add(type);
  }
  return { types };
}
const TYPES: Readonly<Record<string, readonly SubjectType[]>> = {
  filesystem: ["filesystem"],
  fs: ["filesystem"],
  volume: ["volume"],
  vol: ["volume"],
  snapshot: ["snapshot"],
  snap: ["snapshot"],
  bookmark: ["bookmark"],
  all: ["filesystem", "volume", "snapshot", "bookmark"],
};
