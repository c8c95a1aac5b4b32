import { makeFolder, own } from "../files/file-changes.ts";
import { drop, nodeAt, put, seconds } from "../files/file-tree.ts";
import { addRow, changeRow, freeId, rowsOf, withField } from "../host/account-files.ts";
import { findGroup, findUser, groups, users } from "../host/accounts.ts";
import { fails, parseOptions, refuseArgument, says, type Tool, type ToolContext, type ToolResult } from "../tool.ts";
import { addGroup, dropGroup, isName, locked, onlyWord, setMembers } from "./group-tools.ts";

const VALUES = {
  "-u": "uid",
  "-g": "group",
  "-G": "groups",
  "-d": "home",
  "-s": "shell",
  "-c": "comment",
  "-e": "expires",
};

/** shadow 4.13 of Debian 12. */
export const useradd: Tool = {
  name: "useradd",
  rests: "recorded",
  run(context, args) {
    const { flags, values, words } = parseOptions("useradd", args, {
      flags: { "-r": "system", "-m": "home", "-M": "no-home", "-N": "no-group" },
      values: VALUES,
    });
    const name = onlyWord("useradd", words);
    const { session } = context;
    const { host } = session;
    const value = (what: string) => values.get(what)?.at(-1);
    const fault = fieldFault("useradd", value);
    if (fault !== null) return fault;
    if (!isName(name)) {
      return fails(3, `useradd: invalid user name '${name}': use --badname to ignore\n`);
    }
    if (users(host).some((each) => each.name === name)) return fails(9, `useradd: user '${name}' already exists\n`);
    const wanted = [value("group"), ...listOf(value("groups"))].filter((each) => each !== undefined);
    const missing = wanted.find((each) => findGroup(host, each) === undefined);
    if (missing !== undefined) return fails(6, `useradd: group '${missing}' does not exist\n`);
    const taken = users(host).map(({ uid }) => uid);
    const uid = value("uid");
    if (uid !== undefined && taken.includes(Number(uid))) return fails(4, `useradd: UID ${uid} is not unique\n`);
    const own = value("group") === undefined && !flags.has("no-group");
    if (own && findGroup(host, name)?.name === name) {
      const way = "if you want to add this user to that group, use -g.";
      return fails(9, `useradd: group ${name} exists - ${way}\n`);
    }
    const denied = locked(context, "useradd", "/etc/passwd");
    if (denied !== null) return denied;
    const number = uid === undefined ? freeId(taken, flags.has("system")) : Number(uid);
    const gid = own
      ? freeId(
          groups(host).map((each) => each.gid),
          flags.has("system"),
          number,
        )
      : (findGroup(host, value("group") ?? "100")?.gid ?? 100);
    const home = value("home") ?? `/home/${name}`;
    const shell = value("shell") ?? "/bin/sh";
    if (own) addGroup(context, name, gid);
    addRow(session, "/etc/passwd", [name, "x", String(number), String(gid), value("comment") ?? "", home, shell]);
    const [days, expires] = [String(Math.floor(seconds(host) / 86_400)), daysOf(value("expires") ?? "")];
    // Without a -p a new account is locked. A system account's password has no age.
    const age = flags.has("system") ? ["", "", "", ""] : ["0", "99999", "7", ""];
    addRow(session, "/etc/shadow", [name, "!", days, ...age, expires, ""]);
    for (const group of listOf(value("groups"))) join(context, name, group);
    const ranged = uid === undefined || (number >= 1000 && number <= 60_000);
    for (const file of flags.has("system") || !ranged ? [] : (["/etc/subuid", "/etc/subgid"] as const)) {
      const ends = rowsOf(host, file).map(([, from, count]) => Number(from) + Number(count));
      addRow(session, file, [name, String(Math.max(100_000, ...ends)), "65536"]);
    }
    const far = "outside of the UID_MIN 1000 and UID_MAX 60000 range.";
    const warning = ranged || flags.has("system") ? "" : `useradd warning: ${name}'s uid ${number} ${far}\n`;
    const made = flags.has("home") ? makeHome(context, home, number, gid) : says("");
    return { ...made, stderr: `${warning}${made.stderr}` };
  },
};

export const usermod: Tool = {
  name: "usermod",
  rests: "recorded",
  run(context, args) {
    const { flags, values, words } = parseOptions("usermod", args, {
      flags: { "-L": "lock", "-U": "unlock", "-m": "move", "-a": "append" },
      values: VALUES,
    });
    const name = onlyWord("usermod", words);
    const { session } = context;
    const { host } = session;
    const value = (what: string) => values.get(what)?.at(-1);
    const user = users(host).find((each) => each.name === name);
    if (user === undefined) return fails(6, `usermod: user '${name}' does not exist\n`);
    const fault = fieldFault("usermod", value);
    if (fault !== null) return fault;
    const wanted = [value("group"), ...listOf(value("groups"))].filter((each) => each !== undefined);
    const missing = wanted.find((each) => findGroup(host, each) === undefined);
    if (missing !== undefined) return fails(6, `usermod: group '${missing}' does not exist\n`);
    const uid = value("uid");
    if (uid !== undefined && users(host).some((each) => each.uid === Number(uid) && each.name !== name)) {
      return fails(4, `usermod: UID '${uid}' already exists\n`);
    }
    const denied = locked(context, "usermod", "/etc/passwd");
    if (denied !== null) return denied;
    const password = rowsOf(host, "/etc/shadow").find(([each]) => each === name)?.[1] ?? "";
    if (flags.has("unlock") && /^!+$/.test(password)) {
      return says(
        "",
        `usermod: unlocking the user's password would result in a passwordless account.\nYou should set a password with usermod -p to unlock this user's password.\n`,
      );
    }
    const gid = value("group") === undefined ? undefined : findGroup(host, value("group") ?? "")?.gid;
    const set: readonly (readonly [number, string | undefined])[] = [
      [2, uid],
      [3, gid?.toString()],
      [4, value("comment")],
      [5, value("home")],
      [6, value("shell")],
    ];
    changeRow(session, "/etc/passwd", name, (row) =>
      set.reduce((all, [index, each]) => (each === undefined ? all : withField(all, index, each)), row),
    );
    const expires = value("expires");
    changeRow(session, "/etc/shadow", name, (row) => {
      const kept = expires === undefined ? row : withField(row, 7, daysOf(expires));
      if (flags.has("lock") && !password.startsWith("!")) return withField(kept, 1, `!${password}`);
      return flags.has("unlock") ? withField(kept, 1, password.replace(/^!/, "")) : kept;
    });
    if (values.has("groups")) setGroups(context, name, listOf(value("groups")), flags.has("append"));
    const home = value("home") ?? user.home;
    if (flags.has("move") && home !== user.home) moveHome(context, user.home, home);
    if (uid !== undefined || gid !== undefined)
      takeHome(context, home, user, { uid: Number(uid ?? user.uid), gid: gid ?? user.gid });
    return says("");
  },
};

export const userdel: Tool = {
  name: "userdel",
  rests: "recorded",
  run(context, args) {
    const { flags, words } = parseOptions("userdel", args, { flags: { "-r": "home", "--remove": "home" } });
    const name = onlyWord("userdel", words);
    const { session } = context;
    const user = findUser(session.host, name);
    if (user?.name !== name) return fails(6, `userdel: user '${name}' does not exist\n`);
    const denied = locked(context, "userdel", "/etc/passwd");
    if (denied !== null) return denied;
    for (const file of ["/etc/passwd", "/etc/shadow", "/etc/subuid", "/etc/subgid"] as const) {
      changeRow(session, file, name, () => null);
    }
    setGroups(context, name, [], false);
    // The group of the same name goes with its user, if nobody else has it.
    const group = findGroup(session.host, name);
    const free =
      group !== undefined && group.members.length === 0 && !users(session.host).some(({ gid }) => gid === group.gid);
    if (group?.name === name && group.gid === user.gid && free) dropGroup(context, name);
    if (!flags.has("home")) return says("");
    const said = `userdel: ${name} mail spool (/var/mail/${name}) not found\n`;
    const node = nodeAt(session.host, user.home);
    if (node?.type !== "directory")
      return fails(12, `${said}userdel: ${name} home directory (${user.home}) not found\n`);
    if (node.uid !== user.uid) return fails(12, `${said}userdel: ${user.home} not owned by ${name}, not removing\n`);
    drop(session, user.home);
    return says("", said);
  },
};

/** Takes hashes alone (`-e`), a `name:hash` a line. */
export const chpasswd: Tool = {
  name: "chpasswd",
  rests: "recorded",
  run(context, args) {
    if (args.length !== 1 || (args[0] !== "-e" && args[0] !== "--encrypted"))
      refuseArgument("chpasswd", args.join(" ") || "a plain password");
    const { session } = context;
    const denied = locked(context, "chpasswd", "/etc/passwd");
    if (denied !== null) return denied;
    const rows = Buffer.from(context.stdin)
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "");
    for (const [index, line] of rows.entries()) {
      const name = line.split(":", 1)[0] ?? "";
      if (!line.includes(":"))
        return fails(
          1,
          `chpasswd: line ${index + 1}: missing new password\nchpasswd: error detected, changes ignored\n`,
        );
      if (users(session.host).some((each) => each.name === name)) continue;
      return fails(
        1,
        `chpasswd: line ${index + 1}: user '${name}' does not exist\nchpasswd: error detected, changes ignored\n`,
      );
    }
    const days = String(Math.floor(seconds(session.host) / 86_400));
    for (const line of rows) {
      const at = line.indexOf(":");
      const [name, hash] = [line.slice(0, at), line.slice(at + 1)];
      if (!rowsOf(session.host, "/etc/shadow").some(([each]) => each === name)) {
        addRow(session, "/etc/shadow", [name, hash, days, "0", "99999", "7", "", "", ""]);
      } else changeRow(session, "/etc/shadow", name, (row) => withField(withField(row, 1, hash), 2, days));
    }
    return says("");
  },
};

function fieldFault(tool: string, value: (what: string) => string | undefined): ToolResult | null {
  const [uid, home, shell, comment, expires] = ["uid", "home", "shell", "comment", "expires"].map(value);
  if (uid !== undefined && !/^\d+$/.test(uid)) return fails(3, `${tool}: invalid user ID '${uid}'\n`);
  if (home !== undefined && (!home.startsWith("/") || /[:\n]/.test(home)))
    return fails(3, `${tool}: invalid home directory '${home}'\n`);
  if (shell !== undefined && shell !== "" && (!shell.startsWith("/") || /[:\n]/.test(shell)))
    return fails(3, `${tool}: invalid shell '${shell}'\n`);
  if (comment !== undefined && /[:\n]/.test(comment)) return fails(3, `${tool}: invalid comment '${comment}'\n`);
  if (expires !== undefined && expires !== "" && Number.isNaN(Date.parse(expires)))
    return fails(3, `${tool}: invalid date '${expires}'\n`);
  return null;
}
function daysOf(date: string): string {
  return date === "" ? "" : String(Date.parse(`${date}T00:00:00Z`) / 86_400_000);
}
function listOf(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").filter((each) => each !== "");
}
function join(context: ToolContext, user: string, wanted: string): void {
  const group = findGroup(context.session.host, wanted);
  if (group !== undefined && !group.members.includes(user)) setMembers(context, group.name, [...group.members, user]);
}
function setGroups(context: ToolContext, user: string, wanted: readonly string[], append: boolean): void {
  const kept = wanted.map((each) => findGroup(context.session.host, each)?.name);
  for (const group of groups(context.session.host)) {
    if (!append && group.members.includes(user) && !kept.includes(group.name)) {
      setMembers(
        context,
        group.name,
        group.members.filter((each) => each !== user),
      );
    }
  }
  for (const each of wanted) join(context, user, each);
}

function makeHome(context: ToolContext, home: string, uid: number, gid: number): ToolResult {
  const { session } = context;
  if (nodeAt(session.host, home) !== undefined) {
    return says(
      "",
      `useradd: warning: the home directory ${home} already exists.\nuseradd: Not copying any file from skel directory into it.\n`,
    );
  }
  makeFolder(session, home, true, { mode: "0755" });
  own(session, home, { owner: String(uid), group: String(gid) });
  return says("");
}
function moveHome({ session }: ToolContext, from: string, to: string): void {
  if (nodeAt(session.host, from)?.type !== "directory" || nodeAt(session.host, to) !== undefined) return;
  const moved = Object.entries(session.host.files).filter(([path]) => path === from || path.startsWith(`${from}/`));
  for (const [path, node] of moved) put(session, `${to}${path.slice(from.length)}`, { ...node });
  drop(session, from);
}
/** What of the home belonged to the old number belongs to the new one. */
function takeHome(
  { session }: ToolContext,
  home: string,
  from: { readonly uid: number; readonly gid: number },
  to: { readonly uid: number; readonly gid: number },
): void {
  for (const [path, node] of Object.entries(session.host.files)) {
    if (path !== home && !path.startsWith(`${home}/`)) continue;
    const ids = { uid: node.uid === from.uid ? to.uid : node.uid, gid: node.gid === from.gid ? to.gid : node.gid };
    if (ids.uid !== node.uid || ids.gid !== node.gid) put(session, path, { ...node, ...ids });
  }
}
