import { groupName } from "../../host/accounts.ts";
import type { Session } from "../../session.ts";
import { findDataset } from "../../zfs/find-dataset.ts";
import { parentName } from "../../zfs/names.ts";

/** Whether someone may do a thing to a dataset: root may, others what `zfs allow` granted here or above. */
export function mayDo({ host, user }: Session, name: string, right: string): boolean {
  if (user.uid === 0) return true;
  const mine = new Set(["everyone", `user ${user.name}`, ...user.gids.map((gid) => `group ${groupName(host, gid)}`)]);
  for (let at: string | null = name; at !== null; at = parentName(at)) {
    const permissions = findDataset(host, at)?.permissions ?? [];
    const scopes = at === name ? ["both", "local"] : ["both", "descendent"];
    for (const { scope, who, rights } of permissions) {
      if (!scopes.includes(scope) || !mine.has(who)) continue;
      if (rights.includes(right)) return true;
      const sets = permissions.filter((each) => each.scope === "set" && rights.includes(each.who));
      if (sets.some((each) => each.rights.includes(right))) return true;
    }
  }
  return false;
}
