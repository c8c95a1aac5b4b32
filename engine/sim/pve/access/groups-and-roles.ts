import type { Session } from "../../session.ts";
import { distinctWords } from "../command/formats.ts";
import { ParameterError, PveError } from "../command/pve-error.ts";

import { ROLES } from "./roles.ts";
import { readUserCfg, sorted, writeUserCfg } from "./user-cfg.ts";
import type { Changed, Given } from "./users.ts";

export function addGroup(session: Session, given: Given): Changed {
  const cfg = readUserCfg(session.host);
  const id = given.get("groupid") ?? "";
  if (cfg.groups.has(id)) throw new PveError(`create group failed: group '${id}' already exists`);
  cfg.groups.set(id, { comment: given.get("comment") ?? "", users: new Set() });
  writeUserCfg(session, cfg);
  return { stderr: cfg.warnings };
}

export function modifyGroup(session: Session, given: Given): Changed {
  const cfg = readUserCfg(session.host);
  const id = given.get("groupid") ?? "";
  const group = cfg.groups.get(id);
  if (group === undefined) throw new PveError(`update group failed: group '${id}' does not exist`);
  group.comment = given.get("comment") ?? group.comment;
  writeUserCfg(session, cfg);
  return { stderr: cfg.warnings };
}

export function deleteGroup(session: Session, given: Given): Changed {
  const cfg = readUserCfg(session.host);
  const id = given.get("groupid") ?? "";
  if (!cfg.groups.delete(id)) throw new PveError(`delete group failed: group '${id}' does not exist`);
  const acl = cfg.acl.filter(({ kind, who }) => kind !== "group" || who !== id);
  writeUserCfg(session, { ...cfg, acl });
  return { stderr: cfg.warnings };
}

export function listGroups(session: Session) {
  return sorted(readUserCfg(session.host).groups).map(([groupid, { comment, users }]) => ({
    comment: comment === "" ? undefined : comment,
    groupid,
    users: [...users].sort().join(","),
  }));
}
export function showGroup(session: Session, given: Given) {
  const id = given.get("groupid") ?? "";
  const group = readUserCfg(session.host).groups.get(id);
  if (group === undefined) throw new PveError(`group '${id}' does not exist`);
  return { comment: group.comment === "" ? undefined : group.comment, members: [...group.users].sort() };
}

// ---- roles ----

export function addRole(session: Session, given: Given): Changed {
  const cfg = readUserCfg(session.host);
  const id = given.get("roleid") ?? "";
  if (/^pve/i.test(id)) {
    const why = "cannot use role ID starting with the (case-insensitive) 'PVE' namespace";
    throw new ParameterError(new Map([["roleid", why]]));
  }
  if (cfg.roles.has(id)) throw new PveError(`create role failed: role '${id}' already exists`);
  cfg.roles.set(id, new Set(distinctWords(given.get("privs") ?? "")));
  writeUserCfg(session, cfg);
  return { stderr: cfg.warnings };
}

/** Without privileges it has none afterwards. */
export function modifyRole(session: Session, given: Given): Changed {
  const cfg = readUserCfg(session.host);
  const id = given.get("roleid") ?? "";
  if (Object.hasOwn(ROLES, id)) throw new PveError(`auto-generated role '${id}' cannot be modified`);
  const role = cfg.roles.get(id);
  if (role === undefined) throw new PveError(`update role failed: role '${id}' does not exist`);
  const kept = given.get("append") === "1" ? [...role] : [];
  cfg.roles.set(id, new Set([...kept, ...distinctWords(given.get("privs") ?? "")]));
  writeUserCfg(session, cfg);
  return { stderr: cfg.warnings };
}

export function deleteRole(session: Session, given: Given): Changed {
  const cfg = readUserCfg(session.host);
  const id = given.get("roleid") ?? "";
  if (Object.hasOwn(ROLES, id)) throw new PveError(`auto-generated role '${id}' cannot be deleted`);
  if (!cfg.roles.delete(id)) throw new PveError(`delete role failed: role '${id}' does not exist`);
  writeUserCfg(session, { ...cfg, acl: cfg.acl.filter(({ role }) => role !== id) });
  return { stderr: cfg.warnings };
}

export function listRoles(session: Session) {
  return sorted(readUserCfg(session.host).roles).map(([roleid, privs]) => ({
    privs: [...privs].sort().join(","),
    roleid,
    special: Object.hasOwn(ROLES, roleid) ? 1 : 0,
  }));
}
