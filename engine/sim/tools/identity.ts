import { findUser, groupName, groups, users } from "../host/accounts.ts";
import { isBusybox } from "../host/busybox.ts";
import { fails, parseOptions, refuseArgument, says, type Tool } from "../tool.ts";

export const id: Tool = {
  name: "id",
  rests: "recorded",
  run({ session }, args) {
    const { host } = session;
    const { flags, words } = parseOptions("id", args, {
      flags: {
        "-u": "user",
        "--user": "user",
        "-g": "group",
        "--group": "group",
        "-G": "groups",
        "--groups": "groups",
        "-n": "name",
        "--name": "name",
      },
    });
    const [name, ...more] = words;
    if (more.length > 0) refuseArgument("id", more.join(" "));
    const user = name === undefined ? session.user : findUser(host, name);
    if (user === undefined) return fails(1, `id: '${name}': no such user\n`);
    const group = (gid: number) => (flags.has("name") ? groupName(host, gid) : String(gid));
    const what = ["user", "group", "groups"].filter((flag) => flags.has(flag));
    if (what.length > 1) return fails(1, 'id: cannot print "only" of more than one choice\n');
    if (flags.has("user")) return says(`${flags.has("name") ? user.name : user.uid}\n`);
    if (flags.has("group")) return says(`${group(user.gid)}\n`);
    if (flags.has("groups")) return says(`${user.gids.map(group).join(" ")}\n`);
    if (flags.has("name")) return fails(1, "id: cannot print only names or real IDs in default format\n");
    const full = (gid: number) => `${gid}(${groupName(host, gid)})`;
    // busybox tells only of groups that were set beside the primary one.
    const further =
      user.gids.length === 1 && isBusybox(session, "id") ? "" : ` groups=${user.gids.map(full).join(",")}`;
    return says(`uid=${user.uid}(${user.name}) gid=${full(user.gid)}${further}\n`);
  },
};

export const getent: Tool = {
  name: "getent",
  rests: "recorded",
  run({ session }, args) {
    const { words } = parseOptions("getent", args, {});
    const [database, ...keys] = words;
    if (database !== "passwd" && database !== "group") refuseArgument("getent", database ?? "no database");
    const entries =
      database === "passwd"
        ? users(session.host).map(({ name, uid, line }) => ({ name, number: uid, line }))
        : groups(session.host).map(({ name, gid, line }) => ({ name, number: gid, line }));
    if (keys.length === 0) return says(entries.map(({ line }) => `${line}\n`).join(""));
    const found = keys.map((key) =>
      entries.find((entry) => (/^\d+$/.test(key) ? entry.number === Number(key) : entry.name === key)),
    );
    const stdout = found.flatMap((entry) => (entry === undefined ? [] : [`${entry.line}\n`])).join("");
    return { code: found.includes(undefined) ? 2 : 0, stdout, stderr: "" };
  },
};
