import { nodeAt, put, seconds } from "../../files/file-tree.ts";
import { nodeText, sha256 } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import { ParameterError, PveError } from "../command/pve-error.ts";
import { type PveToken, readUserCfg, sorted, type UserCfg, writeUserCfg } from "./user-cfg.ts";
import { type Changed, existingUser, type Given } from "./users.ts";

const SECRETS = "/etc/pve/priv/token.cfg";

function existingToken(cfg: UserCfg, user: string, token: string): PveToken {
  const found = cfg.users.get(user)?.tokens.get(token);
  if (found === undefined) throw new PveError(`no such token '${token}' for user '${user}'`);
  return found;
}

/** Says the secret, this once. What was given is shown as it was given. */
export function addToken(session: Session, given: Given) {
  const cfg = readUserCfg(session.host);
  const userid = given.get("userid") ?? "";
  const tokenid = given.get("tokenid") ?? "";
  const user = existingUser(cfg, userid);
  if (user.tokens.has(tokenid)) throw new ParameterError(new Map([["tokenid", "Token already exists."]]));
  const [comment = "", expire = "0", privsep = "1"] = ["comment", "expire", "privsep"].map((name) => given.get(name));
  user.tokens.set(tokenid, { comment, expire: Number(expire), privsep: privsep === "1" });
  writeUserCfg(session, cfg);
  const hex = sha256(`token ${userid} ${tokenid} ${session.host.clockMs}`);
  const value = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  const full = `${userid}!${tokenid}`;
  writeSecret(session, full, value.join("-"));
  const info = {
    comment: given.get("comment"),
    expire: given.get("expire"),
    privsep: given.get("privsep") ?? 1,
  };
  return { data: { "full-tokenid": full, info, value: value.join("-") }, stderr: cfg.warnings };
}

export function modifyToken(session: Session, given: Given) {
  const cfg = readUserCfg(session.host);
  const token = existingToken(cfg, given.get("userid") ?? "", given.get("tokenid") ?? "");
  const comment = given.get("comment");
  const expire = given.get("expire");
  const privsep = given.get("privsep");
  if (comment !== undefined) token.comment = comment;
  if (expire !== undefined) token.expire = Number(expire);
  if (privsep !== undefined) token.privsep = privsep === "1";
  writeUserCfg(session, cfg);
  return { data: tokenRecord(token), stderr: cfg.warnings };
}

export function removeToken(session: Session, given: Given): Changed {
  const cfg = readUserCfg(session.host);
  const [userid = "", tokenid = ""] = [given.get("userid"), given.get("tokenid")];
  existingToken(cfg, userid, tokenid);
  cfg.users.get(userid)?.tokens.delete(tokenid);
  const acl = cfg.acl.filter(({ kind, who }) => kind !== "token" || who !== `${userid}!${tokenid}`);
  writeUserCfg(session, { ...cfg, acl });
  writeSecret(session, `${userid}!${tokenid}`, null);
  return { stderr: cfg.warnings };
}

export function showToken(session: Session, given: Given) {
  return tokenRecord(existingToken(readUserCfg(session.host), given.get("userid") ?? "", given.get("tokenid") ?? ""));
}

export function listTokens(session: Session, given: Given) {
  const user = existingUser(readUserCfg(session.host), given.get("userid") ?? "");
  return sorted(user.tokens).map(([tokenid, token]) => ({ ...tokenRecord(token), tokenid }));
}

function tokenRecord({ comment, expire, privsep }: PveToken) {
  return { comment: comment === "" ? undefined : comment, expire, privsep: privsep ? 1 : 0 };
}

function writeSecret(session: Session, full: string, value: string | null): void {
  const node = nodeAt(session.host, SECRETS);
  const lines =
    node?.type === "file"
      ? nodeText(node)
          .split("\n")
          .filter((line) => line !== "")
      : [];
  const others = lines.filter((line) => !line.startsWith(`${full} `));
  const all = [...others, ...(value === null ? [] : [`${full} ${value}`])].map((line) => `${line}\n`);
  const mtime = seconds(session.host);
  put(session, SECRETS, { type: "file", mode: "0600", uid: 0, gid: 33, mtime, content: all.join("") });
}
