import { decodeDescription, encodeDescription } from "../../../formats/pve-conf.ts";
import { nodeAt, put, seconds } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { ROLES } from "./roles.ts";

/** /etc/pve/user.cfg: who may do what. A user's texts are decoded. */
export interface UserCfg {
  readonly users: Map<string, PveUser>;
  readonly groups: Map<string, PveGroup>;
  /** Privileges by role, those that come with Proxmox VE among them. */
  readonly roles: Map<string, ReadonlySet<string>>;
  readonly pools: Map<string, Pool>;
  readonly acl: AclEntry[];
  /** What reading it says on stderr. */
  readonly warnings: string;
}
export interface PveUser {
  enable: boolean;
  /** Of root, where the file has none of it, nothing is known. */
  expire?: number;
  firstname: string;
  lastname: string;
  email: string;
  comment: string;
  keys: string;
  readonly tokens: Map<string, PveToken>;
}
export interface PveToken {
  expire: number;
  privsep: boolean;
  comment: string;
}
export interface PveGroup {
  comment: string;
  readonly users: Set<string>;
}
export interface Pool {
  comment: string;
  readonly guests: Set<string>;
  readonly storages: Set<string>;
}
export interface AclEntry {
  readonly path: string;
  readonly kind: "group" | "user" | "token";
  /** Without the @ of a group. */
  readonly who: string;
  readonly role: string;
  readonly propagate: boolean;
}

const PATH = "/etc/pve/user.cfg";
const WWW_DATA = 33;

export function newUser(): PveUser {
  return { enable: true, firstname: "", lastname: "", email: "", comment: "", keys: "", tokens: new Map() };
}

export function readUserCfg(host: FrozenHost): UserCfg {
  const node = nodeAt(host, PATH);
  const lines = node?.type === "file" ? nodeText(node).split("\n") : [];
  const cfg = {
    users: new Map<string, PveUser>(),
    groups: new Map<string, PveGroup>(),
    roles: new Map(Object.entries(ROLES).map(([name, privs]) => [name, new Set(privs)] as const)),
    pools: new Map<string, Pool>(),
    acl: [] as AclEntry[],
  };
  let warnings = "";
  for (const line of lines) {
    const [kind, id = "", ...fields] = line.split(":").map((field) => field.trim());
    const field = (index: number) => fields[index] ?? "";
    const text = (index: number) => decodeDescription(field(index));
    if (kind === "user") {
      cfg.users.set(id, {
        enable: field(0) === "1",
        expire: Number(field(1)),
        firstname: text(2),
        lastname: text(3),
        email: field(4),
        comment: text(5),
        keys: field(6),
        tokens: new Map(),
      });
    } else if (kind === "token") {
      const [user = "", token = ""] = id.split("!");
      const entry = { expire: Number(field(0)), privsep: field(1) === "1", comment: text(2) };
      cfg.users.get(user)?.tokens.set(token, entry);
    } else if (kind === "group") cfg.groups.set(id, { users: listed(field(0)), comment: text(1) });
    else if (kind === "pool")
      cfg.pools.set(id, { comment: text(0), guests: listed(field(1)), storages: listed(field(2)) });
    else if (kind === "role") cfg.roles.set(id, listed(field(0)));
    else if (kind === "acl")
      for (const member of listed(field(1))) {
        const who = memberOf(member);
        if (who.kind === "token" && !tokenIn(cfg.users, who.who)) {
          warnings += `user config - ignore invalid acl token '${who.who}'\n`;
          continue;
        }
        for (const role of listed(field(2))) cfg.acl.push({ path: field(0), ...who, role, propagate: id === "1" });
      }
  }
  // Root is there whatever the file says.
  if (!cfg.users.has("root@pam")) cfg.users.set("root@pam", newUser());
  return { ...cfg, warnings };
}

function listed(text: string): Set<string> {
  return new Set(text.split(",").filter((word) => word !== ""));
}
function memberOf(text: string): Pick<AclEntry, "kind" | "who"> {
  if (text.startsWith("@")) return { kind: "group", who: text.slice(1) };
  return { kind: text.includes("!") ? "token" : "user", who: text };
}
function tokenIn(users: ReadonlyMap<string, PveUser>, full: string): boolean {
  const [user = "", token = ""] = full.split("!");
  return users.get(user)?.tokens.has(token) === true;
}

/** The whole file anew, everything in the order of its names. */
export function writeUserCfg(session: Session, cfg: UserCfg): void {
  const mtime = seconds(session.host);
  put(session, PATH, { type: "file", mode: "0640", uid: 0, gid: WWW_DATA, mtime, content: printUserCfg(cfg) });
}

function printUserCfg({ users, groups, roles, pools, acl }: UserCfg): string {
  const code = encodeDescription;
  const userLines = sorted(users).map(([id, user]) => {
    const { enable, expire = 0, firstname, lastname, email, comment, keys } = user;
    const tokens = sorted(user.tokens).map(
      ([name, token]) => `token:${id}!${name}:${token.expire}:${token.privsep ? 1 : 0}:${code(token.comment)}:\n`,
    );
    const texts = [code(firstname), code(lastname), email, code(comment), keys].join(":");
    return `user:${id}:${enable ? 1 : 0}:${expire}:${texts}:\n${tokens.join("")}`;
  });
  const groupLines = sorted(groups).map(
    ([id, group]) => `group:${id}:${[...group.users].sort().join(",")}:${code(group.comment)}:\n`,
  );
  const poolLines = sorted(pools).map(([id, { comment, guests, storages }]) => {
    const ids = [...guests].sort((a, b) => Number(a) - Number(b));
    return `pool:${id}:${code(comment)}:${ids.join(",")}:${[...storages].sort().join(",")}:\n`;
  });
  const roleLines = sorted(roles)
    .filter(([id]) => !Object.hasOwn(ROLES, id))
    .map(([id, privs]) => `role:${id}:${[...privs].sort().join(",")}:\n`);
  return [userLines, groupLines, poolLines, roleLines, aclLines(acl)].map((lines) => lines.join("")).join("\n");
}

/** Of each path those with the same roles on one line, first what does not reach further down. */
function aclLines(acl: readonly AclEntry[]): readonly string[] {
  const paths = [...new Set(acl.map(({ path }) => path))].sort();
  return paths.flatMap((path) =>
    [false, true].flatMap((propagate) => {
      const rolesOf = new Map<string, string[]>();
      for (const entry of acl) {
        if (entry.path !== path || entry.propagate !== propagate) continue;
        const member = entry.kind === "group" ? `@${entry.who}` : entry.who;
        rolesOf.set(member, [...(rolesOf.get(member) ?? []), entry.role]);
      }
      const byRoles = new Map<string, string[]>();
      for (const [member, roles] of rolesOf) {
        const list = [...roles].sort().join(",");
        byRoles.set(list, [...(byRoles.get(list) ?? []), member]);
      }
      return sorted(byRoles).map(
        ([roles, members]) => `acl:${propagate ? 1 : 0}:${path}:${members.sort().join(",")}:${roles}:\n`,
      );
    }),
  );
}

export function sorted<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
