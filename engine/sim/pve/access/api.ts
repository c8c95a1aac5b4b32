import type { Schema } from "../command/schema.ts";

import { EMAIL, GROUP_ID, PRIVILEGE_LIST, ROLE_ID, TOKEN_ID, USER_ID } from "./names.ts";

const text: Schema = { kind: "string" };
const boolean: Schema = { kind: "boolean" };
const count: Schema = { kind: "integer", min: 0 };

/** Parameters of each call of access control, on the command line as in the API. */
const USER = {
  comment: text,
  email: EMAIL,
  enable: boolean,
  expire: count,
  firstname: text,
  groups: text,
  keys: text,
  lastname: text,
} as const;
export const OPTIONS = {
  addUser: { ...USER, password: text },
  modifyUser: { ...USER, append: boolean },
  group: { comment: text },
  addRole: { privs: PRIVILEGE_LIST },
  modifyRole: { append: boolean, privs: PRIVILEGE_LIST },
  acl: { groups: text, propagate: boolean, roles: text, tokens: text, users: text },
  token: { comment: text, expire: count, privsep: boolean },
} as const;
export const IDS = { groupid: GROUP_ID, roleid: ROLE_ID, tokenid: TOKEN_ID, userid: USER_ID } as const;

/** Columns of lists, numbers at the right. */
export const COLUMNS = {
  users: [
    "userid",
    "comment",
    "email",
    "enable",
    { right: "expire" },
    "firstname",
    "groups",
    "keys",
    "lastname",
    "realm-type",
    "tfa-locked-until",
    "tokens",
    "totp-locked",
  ],
  groups: ["groupid", "comment", "users"],
  roles: ["roleid", "privs", "special"],
  acl: ["path", "roleid", "type", "ugid", "propagate"],
  tokens: ["tokenid", "comment", { right: "expire" }, "privsep"],
  realms: ["realm", "type", "comment", "tfa"],
} as const;

export const REALMS = [
  { comment: "Linux PAM standard authentication", realm: "pam", type: "pam" },
  { comment: "Proxmox VE authentication server", realm: "pve", type: "pve" },
];
