import type { Acl, AclEntry, AclPerms } from "../../engine/formats/acl.ts";
import {
  baseEntries,
  find,
  isExtended,
  masked,
  modePerms,
  sortEntries,
  unionOfGroupClass,
  withEntry,
  withoutEntry,
} from "../../engine/formats/acl.ts";
import type { Params } from "./params.ts";

/** Entries with their ids, in the order of the task. */
export interface Numbered {
  readonly entry: Omit<AclEntry, "perms"> & { readonly perms: AclPerms | null };
  readonly isDefault: boolean;
}

/** The ACL that the task asks for, made from the one that is there. */
export function wantedAcl({ state, mode, inherit }: Params, entries: readonly Numbered[], is: Acl): Acl {
  if (state === "absent") return lacking(entries, is);
  const of = (isDefault: boolean): readonly AclEntry[] =>
    entries.flatMap(({ entry, isDefault: other }) =>
      other === isDefault ? [{ ...entry, perms: entry.perms ?? "---" }] : [],
    );
  const given = of(false);
  if (state === "present") {
    return {
      access: withAll(is.access, given),
      default: of(true).length === 0 ? is.default : withAll(whole(is.default, is.access), of(true)),
    };
  }
  const access = exactAccess(given, mode, is);
  if (inherit) return { access, default: access };
  return { access, default: of(true).length === 0 ? [] : withMask(whole(of(true), access), null) };
}

/** Of base entries that nobody says: those of the mode, else as they are. */
function exactAccess(given: readonly AclEntry[], mode: string | undefined, is: Acl): readonly AclEntry[] {
  const perms = (type: "user" | "group" | "other") => find(is.access, type, null)?.perms ?? "---";
  const said = mode === undefined ? undefined : modePerms(mode);
  const base = baseEntries(said?.[0] ?? perms("user"), said?.[1] ?? perms("group"), said?.[2] ?? perms("other"));
  const entries = given.reduce(withEntry, base);
  return withMask(entries, said === undefined ? null : said[1]);
}
/** Entries as they shall be among others. A mask that would cut them short is widened, as setfacl does it. */
function withAll(is: readonly AclEntry[], given: readonly AclEntry[]): readonly AclEntry[] {
  const next = given.reduce(withEntry, is);
  if (given.some(({ type }) => type === "mask")) return next;
  const mask = find(next, "mask", null)?.perms;
  const cut =
    mask !== undefined && given.some((entry) => inGroupClass(entry) && masked(entry.perms, mask) !== entry.perms);
  return cut ? withMask(withoutEntry(next, { type: "mask", id: null }), null) : withMask(next, null);
}
function lacking(entries: readonly Numbered[], is: Acl): Acl {
  const rest = (from: readonly AclEntry[], isDefault: boolean): readonly AclEntry[] => {
    const gone = entries.filter((each) => each.isDefault === isDefault && find(from, each.entry.type, each.entry.id));
    if (gone.length === 0) return from;
    const next = gone.reduce((all, { entry }) => withoutEntry(all, entry), from);
    const named = next.some(({ id }) => id !== null);
    const maskless = withoutEntry(next, { type: "mask", id: null });
    // Without named entries the mask has nothing left to do; with it the group would get more than it had.
    const mask = find(from, "mask", null)?.perms;
    if (!named && mask !== undefined)
      return maskless.map((each) => (each.type === "group" ? { ...each, perms: masked(each.perms, mask) } : each));
    return named ? next : maskless;
  };
  return { access: rest(is.access, false), default: rest(is.default, true) };
}
function inGroupClass({ type, id }: AclEntry): boolean {
  return type === "group" || (type === "user" && id !== null);
}
/** A default ACL has all three base entries: those that are not said are those of the folder itself, as with setfacl. */
function whole(entries: readonly AclEntry[], access: readonly AclEntry[]): readonly AclEntry[] {
  return (["user", "group", "other"] as const).reduce((all, type) => {
    const model = find(access, type, null);
    return find(all, type, null) === undefined && model !== undefined ? withEntry(all, model) : all;
  }, entries);
}
function withMask(entries: readonly AclEntry[], mask: AclPerms | null): readonly AclEntry[] {
  if (!isExtended(entries) || find(entries, "mask", null) !== undefined) return sortEntries(entries);
  return withEntry(entries, { type: "mask", id: null, perms: mask ?? unionOfGroupClass(entries) });
}
