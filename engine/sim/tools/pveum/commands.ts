import { changeAcl, listAcl } from "../../pve/access/acl.ts";
import { COLUMNS, IDS, OPTIONS, REALMS } from "../../pve/access/api.ts";
import {
  addGroup,
  addRole,
  deleteGroup,
  deleteRole,
  listGroups,
  listRoles,
  modifyGroup,
  modifyRole,
} from "../../pve/access/groups-and-roles.ts";
import { permissionsOf } from "../../pve/access/permissions.ts";
import { addToken, listTokens, modifyToken, removeToken } from "../../pve/access/tokens.ts";
import { readUserCfg, sorted } from "../../pve/access/user-cfg.ts";
import { addUser, deleteUser, existingUser, type Given, modifyUser, userRecord } from "../../pve/access/users.ts";
import type { Schema } from "../../pve/command/schema.ts";

import type { Session } from "../../session.ts";
import { NotImitated } from "../../tool.ts";
import type { Column, Json } from "../pvesh/api.ts";

export interface Command {
  readonly words: Readonly<Record<string, Schema>>;
  readonly options?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** The columns of a list, or a record. Unsaid: nothing is printed. */
  readonly prints?: readonly Column[] | "record";
  run(session: Session, given: Given): { readonly data?: Json; readonly stderr: string };
}

const { groupid, roleid, tokenid, userid } = IDS;
const text: Schema = { kind: "string" };
const lists = (prints: readonly Column[], work: (session: Session, given: Given) => Json): Command => ({
  words: {},
  prints,
  run: (session, given) => ({ data: work(session, given), stderr: readUserCfg(session.host).warnings }),
});
const acl = (remove: boolean): Command => ({
  words: { path: text },
  options: OPTIONS.acl,
  required: ["roles"],
  run: (session, given) => changeAcl(session, given, remove),
});
const permissions = (session: Session, given: Given): Json => {
  const cfg = readUserCfg(session.host);
  const id = given.get("userid") ?? "";
  const token = existingUser(cfg, id).tokens.get(given.get("tokenid") ?? "");
  if (token?.privsep) throw new NotImitated("the embedded lab's pveum tells no permissions of a token of its own");
  return permissionsOf(cfg, id);
};

/** Every subcommand of pveum that the lab has. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  "user list": {
    ...lists(COLUMNS.users, ({ host }, given) => {
      const cfg = readUserCfg(host);
      return sorted(cfg.users).map(([id, user]) => userRecord(cfg, id, user, given.get("full") === "1"));
    }),
    options: { full: { kind: "boolean" } },
  },
  "user add": { words: { userid }, options: OPTIONS.addUser, run: addUser },
  "user modify": { words: { userid }, options: OPTIONS.modifyUser, run: modifyUser },
  "user delete": { words: { userid }, run: deleteUser },
  "user permissions": {
    words: { userid },
    prints: "record",
    run: (session, given) => ({ data: permissions(session, given), stderr: "" }),
  },
  "user token add": { words: { userid, tokenid }, options: OPTIONS.token, prints: "record", run: addToken },
  "user token modify": { words: { userid, tokenid }, options: OPTIONS.token, prints: "record", run: modifyToken },
  "user token remove": { words: { userid, tokenid }, run: removeToken },
  "user token delete": { words: { userid, tokenid }, run: removeToken },
  "user token list": { ...lists(COLUMNS.tokens, listTokens), words: { userid } },
  "user token permissions": {
    words: { userid, tokenid },
    prints: "record",
    run: (session, given) => ({ data: permissions(session, given), stderr: "" }),
  },
  "group list": lists(COLUMNS.groups, listGroups),
  "group add": { words: { groupid }, options: OPTIONS.group, run: addGroup },
  "group modify": { words: { groupid }, options: OPTIONS.group, run: modifyGroup },
  "group delete": { words: { groupid }, run: deleteGroup },
  "role list": lists(COLUMNS.roles, listRoles),
  "role add": { words: { roleid }, options: OPTIONS.addRole, run: addRole },
  "role modify": { words: { roleid }, options: OPTIONS.modifyRole, run: modifyRole },
  "role delete": { words: { roleid }, run: deleteRole },
  "acl list": lists(COLUMNS.acl, listAcl),
  "acl modify": acl(false),
  "acl delete": acl(true),
  "realm list": lists(COLUMNS.realms, () => REALMS),
};
