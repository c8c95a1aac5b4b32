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
  showGroup,
} from "../../pve/access/groups-and-roles.ts";
import { addToken, listTokens, modifyToken, removeToken, showToken } from "../../pve/access/tokens.ts";
import { readUserCfg, sorted } from "../../pve/access/user-cfg.ts";
import {
  addUser,
  type Changed,
  deleteUser,
  type Given,
  modifyUser,
  userDetails,
  userRecord,
} from "../../pve/access/users.ts";
import type { Session } from "../../session.ts";
import type { ApiCall, ApiMethod, ApiPath, Json } from "./api.ts";

const given = ({ path, options }: ApiCall): Given => new Map([...Object.entries(path), ...options]);

/** A call that changes something and says nothing. */
const changes = (work: (session: Session, all: Given) => Changed, options: ApiMethod["options"] = {}): ApiMethod => ({
  options,
  run: (call) => ({ data: null, ...work(call.session, given(call)) }),
});
const shows = (work: (session: Session, all: Given) => Json, columns?: ApiMethod["columns"]): ApiMethod => ({
  ...(columns !== undefined && { columns }),
  run: (call) => ({ data: work(call.session, given(call)) }),
});
const required = (name: keyof typeof IDS, method: ApiMethod): ApiMethod => ({
  ...method,
  options: { ...method.options, [name]: IDS[name] },
  required: [name],
});

/** Users, groups, roles, rights and tokens. */
export const accessPaths: readonly ApiPath[] = [
  {
    path: "/access/users",
    get: {
      columns: COLUMNS.users,
      options: { enabled: { kind: "boolean" }, full: { kind: "boolean" } },
      run: ({ session: { host }, options }) => {
        const cfg = readUserCfg(host);
        const enabled = options.get("enabled");
        const shown = sorted(cfg.users).filter(
          ([, { enable }]) => enabled === undefined || enable === (enabled === "1"),
        );
        return {
          data: shown.map(([id, user]) => userRecord(cfg, id, user, options.get("full") === "1")),
          stderr: cfg.warnings,
        };
      },
    },
    create: required("userid", changes(addUser, OPTIONS.addUser)),
  },
  {
    path: "/access/users/{userid}",
    get: shows((session, all) => userDetails(readUserCfg(session.host), all.get("userid") ?? "")),
    set: changes(modifyUser, OPTIONS.modifyUser),
    delete: changes(deleteUser),
  },
  { path: "/access/users/{userid}/token", get: shows(listTokens, COLUMNS.tokens) },
  {
    path: "/access/users/{userid}/token/{tokenid}",
    get: shows(showToken),
    create: { options: OPTIONS.token, run: (call) => addToken(call.session, given(call)) },
    set: { options: OPTIONS.token, run: (call) => modifyToken(call.session, given(call)) },
    delete: changes(removeToken),
  },
  {
    path: "/access/groups",
    get: shows(listGroups, COLUMNS.groups),
    create: required("groupid", changes(addGroup, OPTIONS.group)),
  },
  {
    path: "/access/groups/{groupid}",
    get: shows(showGroup),
    set: changes(modifyGroup, OPTIONS.group),
    delete: changes(deleteGroup),
  },
  {
    path: "/access/roles",
    get: shows(listRoles, COLUMNS.roles),
    create: required("roleid", changes(addRole, OPTIONS.addRole)),
  },
  {
    path: "/access/roles/{roleid}",
    get: shows((session, all) => {
      const privileges = readUserCfg(session.host).roles.get(all.get("roleid") ?? "") ?? [];
      return Object.fromEntries([...privileges].map((each) => [each, 1]));
    }),
    set: changes(modifyRole, OPTIONS.modifyRole),
    delete: changes(deleteRole),
  },
  {
    path: "/access/acl",
    get: shows(listAcl, COLUMNS.acl),
    set: {
      options: { ...OPTIONS.acl, delete: { kind: "boolean" }, path: { kind: "string" } },
      required: ["path", "roles"],
      run: ({ session, options }) => ({
        data: null,
        ...changeAcl(session, options, options.get("delete") === "1"),
      }),
    },
  },
  { path: "/access/domains", get: shows(() => REALMS, COLUMNS.realms) },
];
