import {
  type Acl,
  type AclEntry,
  aclLines,
  aclOfMode,
  bitsOf,
  find,
  isExtended,
  masked,
  modeOfAcl,
  modePerms,
  parseAcl,
  permsOf,
} from "../../formats/acl.ts";
import type { User } from "../host/accounts.ts";
import type { Frozen, FrozenHost, Node, NodeAcl } from "../world.ts";

// As Linux does it: with a mask the middle digit of a mode is the mask, and what is made in a folder takes its default entries.

/** The ACL of a node, that of its mode where it has no other. */
export function aclOf(node: Frozen<Node>): Acl {
  const kept = node.acl;
  const mode = aclOfMode(node.mode);
  if (kept === undefined) return mode;
  const text = [...(kept.access ?? aclLines(mode)), ...(kept.default ?? []).map((line) => `default:${line}`)].join(
    "\n",
  );
  return parseAcl(text) ?? mode;
}

/** The mode and the ACL that a node has with these entries. */
export function keptAcl(node: Frozen<Node>, acl: Acl): { readonly mode: string; readonly acl?: NodeAcl } {
  const access = isExtended(acl.access) ? aclLines({ access: acl.access, default: [] }) : undefined;
  const inherited = acl.default.length > 0 ? aclLines({ access: acl.default, default: [] }) : undefined;
  const kept = { ...(access && { access }), ...(inherited && { default: inherited }) };
  return { mode: modeOfAcl(acl.access, node.mode.charAt(0)), ...(Object.keys(kept).length > 0 && { acl: kept }) };
}

/** What chmod does: the middle digit goes to the mask, and named entries stay. */
export function chmodded(node: Frozen<Node>, mode: string): { readonly mode: string; readonly acl?: NodeAcl } {
  if (node.acl?.access === undefined) return { mode };
  const acl = aclOf(node);
  const [user, group, other] = modePerms(mode);
  const perms: Readonly<Record<string, string>> = { user, mask: group, other };
  const access = acl.access.map((entry) =>
    entry.id === null && perms[entry.type] !== undefined ? { ...entry, perms: perms[entry.type] ?? "---" } : entry,
  );
  return keptAcl({ ...node, mode }, { ...acl, access });
}

/** What a new file or folder has that is made with a mode in a folder with default entries; null if it has none. `exactly`: the mode is set afterwards too. */
export function inheritedAcl(
  host: FrozenHost,
  folder: string,
  type: Node["type"],
  mode: string,
  exactly: boolean,
): { readonly mode: string; readonly acl?: NodeAcl } | null {
  const above = Object.hasOwn(host.files, folder) ? host.files[folder] : undefined;
  if (above?.acl?.default === undefined || (type !== "file" && type !== "directory")) return null;
  const given = aclOf(above).default;
  const allowed = modePerms(mode);
  const cut = (entry: AclEntry): AclEntry => {
    const index = entry.type === "user" ? 0 : entry.type === "other" ? 2 : 1;
    const decides = entry.id === null && (entry.type !== "group" || find(given, "mask", null) === undefined);
    if (!decides) return entry;
    const digit = allowed[index] ?? "---";
    return { ...entry, perms: exactly ? digit : permsOf(bitsOf(entry.perms) & bitsOf(digit)) };
  };
  const node: Node = { type: "directory", mode: mode.padStart(4, "0"), uid: 0, gid: 0, mtime: 0 };
  return keptAcl(node, { access: given.map(cut), default: type === "directory" ? given : [] });
}

/** Whether the ACL gives a user who is not root this right. */
export function aclAllows(user: Pick<User, "uid" | "gids">, node: Frozen<Node>, right: "r" | "w" | "x"): boolean {
  const { access } = aclOf(node);
  const mask = find(access, "mask", null)?.perms ?? "rwx";
  if (user.uid === node.uid) return find(access, "user", null)?.perms.includes(right) ?? false;
  const named = find(access, "user", user.uid);
  if (named !== undefined) return masked(named.perms, mask).includes(right);
  const groups = access.filter(({ type, id }) => type === "group" && user.gids.includes(id ?? node.gid));
  if (groups.length > 0) return groups.some(({ perms }) => masked(perms, mask).includes(right));
  return find(access, "other", null)?.perms.includes(right) ?? false;
}
