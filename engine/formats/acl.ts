/**
 * POSIX ACLs as `getfacl -n` prints them and `setfacl --set-file` reads them. Ids are numbers throughout: names are
 * another matter on each side of a container's id map.
 */

export type AclType = "user" | "group" | "mask" | "other";
/** Three characters: `r-x`. */
export type AclPerms = string;
export interface AclEntry {
  readonly type: AclType;
  /** Null: the owner, the owning group, or what has no id. */
  readonly id: number | null;
  readonly perms: AclPerms;
}
/** The entries that decide, and those that what is made in the folder inherits (none: an empty list). */
export interface Acl {
  readonly access: readonly AclEntry[];
  readonly default: readonly AclEntry[];
}

/** What the kernel shows of an id that the container's map does not hold. */
export const UNMAPPED_ID = 4_294_967_295;

/** Reads what `getfacl -ncpE` prints; null if it is none of that. */
export function parseAcl(text: string): Acl | null {
  const access: AclEntry[] = [];
  const inherited: AclEntry[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const match = /^(default:)?(user|group|mask|other):(\d*):([r-][w-][x-])/.exec(line);
    if (match === null) return null;
    const [, isDefault, type = "", id = "", perms = ""] = match;
    const entry = { type: type as AclType, id: id === "" ? null : Number(id), perms };
    (isDefault === undefined ? access : inherited).push(entry);
  }
  return access.length === 0 ? null : { access: sortEntries(access), default: sortEntries(inherited) };
}

export function aclLines(acl: Acl): readonly string[] {
  return [...acl.access.map(entryText), ...acl.default.map((entry) => `default:${entryText(entry)}`)];
}
export function entryText({ type, id, perms }: AclEntry): string {
  return `${type}:${id ?? ""}:${perms}`;
}

/** An ACL that a mode alone says. */
export function aclOfMode(mode: string): Acl {
  const [user = "---", group = "---", other = "---"] = modePerms(mode);
  return { access: baseEntries(user, group, other), default: [] };
}
export function baseEntries(user: AclPerms, group: AclPerms, other: AclPerms): readonly AclEntry[] {
  return [
    { type: "user", id: null, perms: user },
    { type: "group", id: null, perms: group },
    { type: "other", id: null, perms: other },
  ];
}
/** Owner's, group's and others' permissions of `0750`. */
export function modePerms(mode: string): readonly [AclPerms, AclPerms, AclPerms] {
  const digit = (index: number) => permsOf(Number.parseInt(mode.padStart(4, "0").charAt(index), 8));
  return [digit(1), digit(2), digit(3)];
}
/** The mode that a stat shows of these entries; `special` is the first digit. */
export function modeOfAcl(access: readonly AclEntry[], special: string): string {
  const of = (type: AclType) => bitsOf(find(access, type, null)?.perms ?? "---");
  const group = find(access, "mask", null) === undefined ? of("group") : of("mask");
  return `${special}${of("user")}${group}${of("other")}`;
}

export function find(entries: readonly AclEntry[], type: AclType, id: number | null): AclEntry | undefined {
  return entries.find((entry) => entry.type === type && entry.id === id);
}
/** With this entry in the place of the one it is about. */
export function withEntry(entries: readonly AclEntry[], entry: AclEntry): readonly AclEntry[] {
  return sortEntries([...withoutEntry(entries, entry), entry]);
}
export function withoutEntry(
  entries: readonly AclEntry[],
  { type, id }: Pick<AclEntry, "type" | "id">,
): readonly AclEntry[] {
  return entries.filter((entry) => entry.type !== type || entry.id !== id);
}
export function isExtended(entries: readonly AclEntry[]): boolean {
  return entries.some(({ type, id }) => type === "mask" || id !== null);
}

/** All that the group class is given: what a mask must hold to cut nothing off. */
export function unionOfGroupClass(entries: readonly AclEntry[]): AclPerms {
  const bits = entries
    .filter(({ type, id }) => type === "group" || (type === "user" && id !== null))
    .reduce((sum, { perms }) => sum | bitsOf(perms), 0);
  return permsOf(bits);
}
/** What a mask leaves of permissions. */
export function masked(perms: AclPerms, mask: AclPerms): AclPerms {
  return permsOf(bitsOf(perms) & bitsOf(mask));
}

/**
 * Entries of a file that lies in such a folder: may a folder be searched, a file is run only if it is a program. The x goes
 * where the kernel takes it from a new file, from the mask and not from what is behind it, so that a file that
 * somebody has just made in the folder is as it shall be.
 */
export function ofFile(entries: readonly AclEntry[], executable: boolean): readonly AclEntry[] {
  if (executable) return entries;
  const hasMask = find(entries, "mask", null) !== undefined;
  return entries.map((entry) => {
    const decides = entry.id === null && (entry.type !== "group" || !hasMask);
    return decides ? { ...entry, perms: entry.perms.replace("x", "-") } : entry;
  });
}

export function bitsOf(perms: AclPerms): number {
  return (perms.includes("r") ? 4 : 0) | (perms.includes("w") ? 2 : 0) | (perms.includes("x") ? 1 : 0);
}
export function permsOf(bits: number): AclPerms {
  return `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${bits & 1 ? "x" : "-"}`;
}

const ORDER: readonly AclType[] = ["user", "group", "mask", "other"];
/** As getfacl prints them: by type, the one without an id first, then by id. */
export function sortEntries(entries: readonly AclEntry[]): readonly AclEntry[] {
  return [...entries].sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type) || (a.id ?? -1) - (b.id ?? -1));
}
