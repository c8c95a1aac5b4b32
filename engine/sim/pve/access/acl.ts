import type { Session } from "../../session.ts";
import { distinctWords } from "../command/formats.ts";
import { ParameterError, PveError } from "../command/pve-error.ts";

import { type AclEntry, readUserCfg, type UserCfg, writeUserCfg } from "./user-cfg.ts";
import type { Changed, Given } from "./users.ts";

/** Paths that rights can be given on; whether there is such a thing is not asked. */
const VALID = [
  /^\/$/,
  /^\/access(\/groups(\/[\w.-]+)?|\/realm(\/[\w.-]+)?)?$/,
  /^\/mapping(\/[\w.-]+){0,2}$/,
  /^\/nodes(\/[\w.-]+)?$/,
  /^\/pool(\/[\w.-]+){0,3}$/,
  /^\/sdn(\/[\w.-]+){0,4}$/,
  /^\/storage(\/[\w.-]+)?$/,
  /^\/vms(\/[1-9]\d{2,})?$/,
];

/** Adds rights, or takes them away (`remove`). */
export function changeAcl(session: Session, given: Given, remove: boolean): Changed {
  const lists = ["users", "tokens", "groups"] as const;
  if (lists.every((name) => (given.get(name) ?? "") === "")) {
    const why = "either 'users', 'groups' or 'tokens' is required.";
    throw new ParameterError(new Map(lists.map((name) => [name, why])));
  }
  const path = `/${(given.get("path") ?? "").replace(/^\/+|\/+$/g, "").replaceAll(/\/{2,}/g, "/")}`;
  if (!remove && !VALID.some((pattern) => pattern.test(path)))
    throw new ParameterError(new Map([["path", `invalid ACL path '${given.get("path")}'`]]));
  const cfg = readUserCfg(session.host);
  const propagate = given.get("propagate") !== "0";
  let acl = cfg.acl;
  for (const role of distinctWords(given.get("roles") ?? "")) {
    if (!cfg.roles.has(role)) throw new PveError(`ACL update failed: role '${role}' does not exist`);
    for (const [list, kind] of [
      ["groups", "group"],
      ["users", "user"],
      ["tokens", "token"],
    ] as const) {
      for (const who of distinctWords(given.get(list) ?? "")) {
        const missing = remove ? null : absent(cfg, kind, who);
        if (missing !== null) throw new PveError(`ACL update failed: ${missing}`);
        const same = (each: AclEntry) =>
          each.path === path && each.kind === kind && each.who === who && each.role === role;
        acl = acl.filter((each) => !same(each));
        if (!remove) acl = [...acl, { path, kind, who, role, propagate }];
      }
    }
  }
  writeUserCfg(session, { ...cfg, acl });
  return { stderr: cfg.warnings };
}

function absent(cfg: UserCfg, kind: AclEntry["kind"], who: string): string | null {
  if (kind === "user") return cfg.users.has(who) ? null : `user '${who}' does not exist`;
  if (kind === "group") return cfg.groups.has(who) ? null : `group '${who}' does not exist`;
  const [user = "", token = ""] = who.split("!");
  return cfg.users.get(user)?.tokens.has(token) ? null : `no such token '${token}' for user '${user}'`;
}

export function listAcl(session: Session) {
  const entries = readUserCfg(session.host).acl.map(({ path, propagate, role, kind, who }) => ({
    path,
    propagate: propagate ? 1 : 0,
    roleid: role,
    type: kind,
    ugid: who,
  }));
  const order = (entry: (typeof entries)[number]) => `${entry.path}\0${entry.ugid}\0${entry.roleid}`;
  return entries.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}
