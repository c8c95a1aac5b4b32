import { nodeAt, put, seconds } from "../../files/file-tree.ts";
import { nodeText, sha256 } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import { distinctWords } from "../command/formats.ts";
import { ParameterError, PveError } from "../command/pve-error.ts";

import { newUser, type PveUser, readUserCfg, sorted, type UserCfg, writeUserCfg } from "./user-cfg.ts";

/** What is given, by the names of the API's parameters. */
export type Given = ReadonlyMap<string, string>;
export interface Changed {
  readonly stderr: string;
}

const SHADOW = "/etc/pve/priv/shadow.cfg";
const REALM_TYPES: Readonly<Record<string, string>> = { pam: "pam", pve: "pve" };

export function existingUser(cfg: UserCfg, id: string, prefix = ""): PveUser {
  const user = cfg.users.get(id);
  if (user === undefined) throw new PveError(`${prefix}no such user ('${id}')`);
  return user;
}

export function addUser(session: Session, given: Given): Changed {
  const cfg = readUserCfg(session.host);
  const id = given.get("userid") ?? "";
  checkPassword(given);
  if (cfg.users.has(id)) throw new PveError(`create user failed: user '${id}' already exists`, 2);
  const user = { ...newUser(), expire: 0 };
  setFields(user, given);
  // The code is an errno that leaked: here it always is this one.
  join(cfg, id, given, "create user failed: ", 2);
  cfg.users.set(id, user);
  const password = given.get("password");
  if (password !== undefined) setPassword(session, id, password);
  writeUserCfg(session, cfg);
  return { stderr: cfg.warnings };
}

export function modifyUser(session: Session, given: Given): Changed {
  const cfg = readUserCfg(session.host);
  const id = given.get("userid") ?? "";
  const user = existingUser(cfg, id, "update user failed: ");
  setFields(user, given);
  join(cfg, id, given, "update user failed: ", 255);
  writeUserCfg(session, cfg);
  return { stderr: cfg.warnings };
}

/** Also of one that is not there, and of root, whom the next reading brings back. */
export function deleteUser(session: Session, given: Given): Changed {
  const cfg = readUserCfg(session.host);
  const id = given.get("userid") ?? "";
  cfg.users.delete(id);
  for (const group of cfg.groups.values()) group.users.delete(id);
  const acl = cfg.acl.filter(({ kind, who }) => kind !== "user" || who !== id);
  writeUserCfg(session, { ...cfg, acl });
  if (shadowLines(session).some((line) => line.startsWith(`${nameOf(id)}:`)) && id.endsWith("@pve"))
    writeShadow(session, nameOf(id), null);
  return { stderr: cfg.warnings };
}

function setFields(user: PveUser, given: Given): void {
  for (const field of ["firstname", "lastname", "email", "comment", "keys"] as const) {
    const value = given.get(field);
    if (value !== undefined) user[field] = value;
  }
  const enable = given.get("enable");
  const expire = given.get("expire");
  if (enable !== undefined) user.enable = enable === "1";
  if (expire !== undefined) user.expire = Number(expire);
}

function join(cfg: UserCfg, id: string, given: Given, prefix: string, code: number): void {
  const groups = given.get("groups");
  if (groups === undefined) return;
  const wanted = distinctWords(groups);
  const missing = wanted.find((group) => !cfg.groups.has(group));
  if (missing !== undefined) throw new PveError(`${prefix}no such group '${missing}'`, code);
  if (given.get("append") !== "1") for (const group of cfg.groups.values()) group.users.delete(id);
  for (const group of wanted) cfg.groups.get(group)?.users.add(id);
}

function checkPassword(given: Given): void {
  const password = given.get("password");
  if (password !== undefined && password.length < 8)
    throw new ParameterError(new Map([["password", "value must be at least 8 characters long"]]));
}

export function setPassword(session: Session, id: string, password: string): void {
  const hash = sha256(`${id} ${password}`).slice(0, 43);
  writeShadow(session, nameOf(id), `$5$${hash.slice(0, 8)}$${hash}`);
}
function nameOf(id: string): string {
  return id.slice(0, id.lastIndexOf("@"));
}
function shadowLines(session: Session): readonly string[] {
  const node = nodeAt(session.host, SHADOW);
  return node?.type === "file"
    ? nodeText(node)
        .split("\n")
        .filter((line) => line !== "")
    : [];
}
function writeShadow(session: Session, name: string, hash: string | null): void {
  const others = shadowLines(session).filter((line) => !line.startsWith(`${name}:`));
  const lines = [...others, ...(hash === null ? [] : [`${name}:${hash}:`])].map((line) => `${line}\n`);
  const mtime = seconds(session.host);
  put(session, SHADOW, { type: "file", mode: "0600", uid: 0, gid: 33, mtime, content: lines.join("") });
}

/** One user as lists show him. */
export function userRecord(cfg: UserCfg, id: string, user: PveUser, full: boolean) {
  const text = (value: string) => (value === "" ? undefined : value);
  const realm = REALM_TYPES[id.slice(id.lastIndexOf("@") + 1)];
  const groups = sorted(cfg.groups).filter(([, { users }]) => users.has(id));
  return {
    comment: text(user.comment),
    email: text(user.email),
    enable: user.enable ? 1 : 0,
    expire: user.expire,
    firstname: text(user.firstname),
    groups: full ? groups.map(([name]) => name).join(",") : undefined,
    keys: text(user.keys),
    lastname: text(user.lastname),
    "realm-type": realm,
    tokens: full ? tokenList(user) : undefined,
    userid: id,
  };
}
function tokenList(user: PveUser) {
  if (user.tokens.size === 0) return null;
  return sorted(user.tokens).map(([tokenid, { comment, expire, privsep }]) => ({
    comment: comment === "" ? undefined : comment,
    expire,
    privsep: privsep ? 1 : 0,
    tokenid,
  }));
}

/** One user as he is shown alone. */
export function userDetails(cfg: UserCfg, id: string) {
  const user = existingUser(cfg, id);
  const {
    groups: _groups,
    "realm-type": _realm,
    tokens: _tokens,
    userid: _id,
    ...rest
  } = userRecord(cfg, id, user, false);
  const groups = sorted(cfg.groups).filter(([, { users }]) => users.has(id));
  const tokens = tokenList(user);
  return {
    ...rest,
    groups: groups.map(([name]) => name),
    tokens: tokens === null ? null : Object.fromEntries(tokens.map(({ tokenid, ...token }) => [tokenid, token])),
  };
}
