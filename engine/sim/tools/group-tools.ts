import { addRow, changeRow, freeId, withField } from "../host/account-files.ts";
import { findGroup, findUser, groups, users } from "../host/accounts.ts";
import { fails, parseOptions, refuseArgument, says, type Tool, type ToolContext, type ToolResult } from "../tool.ts";

// shadow 4.13 of Debian 12. Without root's rights each of them ends at the lock that it cannot take.

export const groupadd: Tool = {
  name: "groupadd",
  rests: "recorded",
  run(context, args) {
    const { flags, values, words } = parseOptions("groupadd", args, {
      flags: { "-r": "system", "--system": "system" },
      values: { "-g": "gid", "--gid": "gid" },
    });
    const name = onlyWord("groupadd", words);
    const { host } = context.session;
    if (!isName(name)) return fails(3, `groupadd: '${name}' is not a valid group name\n`);
    const gid = values.get("gid")?.at(-1);
    if (gid !== undefined && !/^\d+$/.test(gid)) return fails(3, `groupadd: invalid group ID '${gid}'\n`);
    const taken = groups(host).map((group) => group.gid);
    if (findByName(context, name) !== undefined) return fails(9, `groupadd: group '${name}' already exists\n`);
    if (gid !== undefined && taken.includes(Number(gid))) return fails(4, `groupadd: GID '${gid}' already exists\n`);
    const denied = locked(context, "groupadd", "/etc/group");
    if (denied !== null) return denied;
    addGroup(context, name, gid === undefined ? freeId(taken, flags.has("system")) : Number(gid));
    return says("");
  },
};

export const groupmod: Tool = {
  name: "groupmod",
  rests: "recorded",
  run(context, args) {
    const { values, words } = parseOptions("groupmod", args, { values: { "-g": "gid", "--gid": "gid" } });
    const name = onlyWord("groupmod", words);
    const gid = values.get("gid")?.at(-1);
    if (gid === undefined || !/^\d+$/.test(gid)) refuseArgument("groupmod", args.join(" "));
    const group = findByName(context, name);
    if (group === undefined) return fails(6, `groupmod: group '${name}' does not exist\n`);
    if (groups(context.session.host).some((each) => each.gid === Number(gid) && each.name !== name)) {
      return fails(4, `groupmod: GID '${gid}' already exists\n`);
    }
    const denied = locked(context, "groupmod", "/etc/group");
    if (denied !== null) return denied;
    changeRow(context.session, "/etc/group", name, (row) => withField(row, 2, gid));
    // The primary group of users is kept by its number.
    for (const { name: user } of users(context.session.host).filter((each) => each.gid === group.gid)) {
      changeRow(context.session, "/etc/passwd", user, (row) => withField(row, 3, gid));
    }
    return says("");
  },
};

export const groupdel: Tool = {
  name: "groupdel",
  rests: "recorded",
  run(context, args) {
    const { words } = parseOptions("groupdel", args, {});
    const name = onlyWord("groupdel", words);
    const group = findByName(context, name);
    if (group === undefined) return fails(6, `groupdel: group '${name}' does not exist\n`);
    const owner = users(context.session.host).find(({ gid }) => gid === group.gid);
    if (owner !== undefined) return fails(8, `groupdel: cannot remove the primary group of user '${owner.name}'\n`);
    const denied = locked(context, "groupdel", "/etc/group");
    if (denied !== null) return denied;
    dropGroup(context, name);
    return says("");
  },
};

export const gpasswd: Tool = {
  name: "gpasswd",
  rests: "recorded",
  run(context, args) {
    const { values, words } = parseOptions("gpasswd", args, { values: { "-M": "members", "--members": "members" } });
    const members = values.get("members")?.at(-1);
    if (members === undefined) refuseArgument("gpasswd", args.join(" "));
    const name = onlyWord("gpasswd", words);
    const names = members.split(",").filter((each) => each !== "");
    const stranger = names.find((each) => findUser(context.session.host, each)?.name !== each);
    if (context.session.user.uid !== 0) return fails(1, "gpasswd: Permission denied.\n");
    if (stranger !== undefined) return fails(3, `gpasswd: user '${stranger}' does not exist\n`);
    if (findByName(context, name) === undefined) {
      return fails(3, `gpasswd: group '${name}' does not exist in /etc/group\n`);
    }
    setMembers(context, name, names);
    return says("");
  },
};

export function addGroup({ session }: ToolContext, name: string, gid: number): void {
  addRow(session, "/etc/group", [name, "x", String(gid), ""]);
  addRow(session, "/etc/gshadow", [name, "!", "", ""]);
}
export function dropGroup({ session }: ToolContext, name: string): void {
  changeRow(session, "/etc/group", name, () => null);
  changeRow(session, "/etc/gshadow", name, () => null);
}
export function setMembers({ session }: ToolContext, name: string, members: readonly string[]): void {
  changeRow(session, "/etc/group", name, (row) => withField(row, 3, members.join(",")));
  changeRow(session, "/etc/gshadow", name, (row) => withField(row, 3, members.join(",")));
}

function findByName({ session }: ToolContext, name: string) {
  const found = findGroup(session.host, name);
  return found?.name === name ? found : undefined;
}
/** Debian's shadow takes nearly every name. */
export function isName(name: string): boolean {
  return name !== "" && !/^[-~+]|[:,\s]/.test(name);
}
export function onlyWord(tool: string, words: readonly string[]): string {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0) refuseArgument(tool, words.join(" ") || "no name");
  return word;
}
export function locked({ session }: ToolContext, tool: string, file: string): ToolResult | null {
  if (session.user.uid === 0) return null;
  return fails(
    tool.startsWith("group") ? 10 : 1,
    `${tool}: Permission denied.\n${tool}: cannot lock ${file}; try again later.\n`,
  );
}
