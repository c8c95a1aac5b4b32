import type { AclEntry, UserCfg } from "./user-cfg.ts";

/** What the overview of somebody's permissions shows beside the paths that have entries. */
const ALWAYS = ["/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms"];

/**
 * Privileges by path, and whether they reach further down. The deepest entry of a user counts before one of a group of
 * his, and takes the place of all that came from above.
 */
export function permissionsOf(cfg: UserCfg, user: string): Readonly<Record<string, Readonly<Record<string, 0 | 1>>>> {
  const paths = [...new Set([...ALWAYS, ...cfg.acl.map(({ path }) => path)])].sort();
  const found = paths.map((path) => [path, privilegesAt(cfg, user, path)] as const);
  return Object.fromEntries(found.filter(([, privileges]) => Object.keys(privileges).length > 0));
}

function privilegesAt(cfg: UserCfg, user: string, path: string): Readonly<Record<string, 0 | 1>> {
  if (user === "root@pam") return privilegesOf(cfg, [{ role: "Administrator", propagate: true }]);
  const levels = [
    "/",
    ...path.split("/").flatMap((part, index, all) => (part === "" ? [] : [all.slice(0, index + 1).join("/")])),
  ];
  let entries: readonly Pick<AclEntry, "role" | "propagate">[] = [];
  for (const [index, level] of levels.entries()) {
    const last = index === levels.length - 1;
    const here = cfg.acl.filter((entry) => entry.path === level && (last || entry.propagate));
    const own = here.filter(({ kind, who }) => kind === "user" && who === user);
    const groups = here.filter(({ kind, who }) => kind === "group" && cfg.groups.get(who)?.users.has(user) === true);
    if (own.length > 0) entries = own;
    else if (groups.length > 0) entries = groups;
  }
  return privilegesOf(cfg, entries);
}

function privilegesOf(cfg: UserCfg, entries: readonly Pick<AclEntry, "role" | "propagate">[]) {
  const found: Record<string, 0 | 1> = {};
  if (entries.some(({ role }) => role === "NoAccess")) return found;
  for (const { role, propagate } of entries)
    for (const privilege of cfg.roles.get(role) ?? []) found[privilege] = propagate ? 1 : (found[privilege] ?? 0);
  return found;
}
