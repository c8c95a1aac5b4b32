import { nodeText } from "../files/node.ts";
import type { FrozenHost } from "../world.ts";

export interface User {
  readonly name: string;
  readonly uid: number;
  /** The primary group. */
  readonly gid: number;
  /** All groups, the primary one first. */
  readonly gids: readonly number[];
  readonly home: string;
  /** Its line of /etc/passwd. */
  readonly line: string;
}
export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
  readonly line: string;
}

/** The users of /etc/passwd, in its order. */
export function users(host: FrozenHost): readonly User[] {
  return accounts(host).users;
}

/** The groups of /etc/group, in its order. */
export function groups(host: FrozenHost): readonly Group[] {
  return accounts(host).groups;
}

interface Accounts {
  readonly users: readonly User[];
  readonly groups: readonly Group[];
}

/**
 * By both texts, one after the other: nearly every operation asks, most hosts of a lab have the same ones, and to join
 * them for a key would cost more than the rest of it.
 */
const read = new Map<string, Map<string, Accounts>>();
const mostRead = 64;

function accounts(host: FrozenHost): Accounts {
  const [passwd, group] = [textOf(host, "/etc/passwd"), textOf(host, "/etc/group")];
  const known = read.get(passwd)?.get(group);
  if (known) return known;
  const all = groupsIn(group);
  const made = { groups: all, users: usersIn(passwd, all) };
  if (!read.has(passwd) && read.size >= mostRead) read.clear();
  const others = read.get(passwd) ?? new Map<string, Accounts>();
  if (others.size >= mostRead) others.clear();
  read.set(passwd, others.set(group, made));
  return made;
}

function usersIn(text: string, all: readonly Group[]): readonly User[] {
  return lines(text).flatMap((line) => {
    const [name, , uid, gid, , home] = line.split(":");
    if (name === undefined || uid === undefined || gid === undefined) return [];
    const also = all
      .filter((group) => group.members.includes(name) && group.gid !== Number(gid))
      .map((group) => group.gid);
    return [{ name, uid: Number(uid), gid: Number(gid), gids: [Number(gid), ...also], home: home ?? "/", line }];
  });
}

function groupsIn(text: string): readonly Group[] {
  return lines(text).flatMap((line) => {
    const [name, , gid, members = ""] = line.split(":");
    if (name === undefined || gid === undefined) return [];
    return [{ name, gid: Number(gid), members: members.split(",").filter((member) => member !== ""), line }];
  });
}

/** By name, or by number as text where no one bears it as a name: what chown takes. */
export function findUser(host: FrozenHost, who: string): User | undefined {
  const all = users(host);
  return all.find((user) => user.name === who) ?? all.find((user) => /^\d+$/.test(who) && user.uid === Number(who));
}
export function findGroup(host: FrozenHost, who: string): Group | undefined {
  const all = groups(host);
  return all.find((group) => group.name === who) ?? all.find((group) => /^\d+$/.test(who) && group.gid === Number(who));
}

export function userName(host: FrozenHost, uid: number): string {
  return users(host).find((user) => user.uid === uid)?.name ?? String(uid);
}
export function groupName(host: FrozenHost, gid: number): string {
  return groups(host).find((group) => group.gid === gid)?.name ?? String(gid);
}

function textOf(host: FrozenHost, path: string): string {
  const node = host.files[path];
  return node?.type === "file" ? nodeText(node) : "";
}

function lines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}
