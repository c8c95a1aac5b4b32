import { ntHash } from "../../formats/nt-hash.ts";
import { parseSmbpasswd } from "../../formats/smbpasswd.ts";
import { makeFolder } from "../files/file-changes.ts";
import { nodeAt, put, seconds } from "../files/file-tree.ts";
import { nodeText } from "../files/node.ts";
import { users } from "../host/accounts.ts";
import { fails, parseOptions, refuseArgument, says, type Tool, type ToolContext } from "../tool.ts";
import type { FrozenHost } from "../world.ts";

/** The lab keeps Samba's accounts as text, in the form in which pdbedit prints them. */
const STORE = "/var/lib/samba/private/passdb.tdb";

/** Samba 4.17. */
export const pdbedit: Tool = {
  name: "pdbedit",
  rests: "recorded",
  run({ session }, args) {
    const { flags, values, words } = parseOptions("pdbedit", args, {
      flags: { "-L": "list", "-w": "smbpasswd" },
      values: { "-u": "user" },
    });
    if (!flags.has("list") || !flags.has("smbpasswd") || words.length > 0) refuseArgument("pdbedit", args.join(" "));
    const name = values.get("user")?.at(-1);
    const lines = accountLines(session.host);
    if (name === undefined) return says(lines.map((line) => `${line}\n`).join(""));
    const found = lines.find((line) => nameOf(line).toLowerCase() === name.toLowerCase());
    return found === undefined ? fails(255, "Username not found!\n") : says(`${found}\n`);
  },
};

export const smbpasswd: Tool = {
  name: "smbpasswd",
  rests: "recorded",
  run(context, args) {
    const { flags, words } = parseOptions("smbpasswd", args, {
      flags: { "-s": "stdin", "-a": "add", "-x": "delete", "-d": "disable", "-e": "enable" },
    });
    const [name, ...more] = words;
    if (name === undefined || more.length > 0) refuseArgument("smbpasswd", args.join(" "));
    const { session } = context;
    if (session.user.uid !== 0) refuseArgument("smbpasswd", "as another user than root");
    const lines = accountLines(session.host);
    const old = lines.find((line) => nameOf(line) === name);
    const rest = lines.filter((line) => line !== old);
    const missing = fails(1, `Failed to find entry for user ${name}.\n`);
    if (flags.has("delete")) {
      if (old === undefined) return missing;
      keep(context, rest);
      return says(`Deleted user ${name}.\n`);
    }
    if (flags.has("disable") || flags.has("enable")) {
      if (old === undefined) return missing;
      const letters = parseSmbpasswd(old)[0]?.flags.replace("D", "") ?? "U";
      keep(context, [...rest, withFlags(old, flags.has("disable") ? `D${letters}` : letters)]);
      return says(`${flags.has("disable") ? "Disabled" : "Enabled"} user ${name}.\n`);
    }
    if (!flags.has("stdin")) refuseArgument("smbpasswd", "a password from the terminal");
    const [first = "", second] = Buffer.from(context.stdin).toString("utf8").split("\n");
    if (first !== second) return fails(1, "Mismatch - password unchanged.\nUnable to get new password.\n");
    const user = users(session.host).find((each) => each.name === name);
    if (old === undefined && (!flags.has("add") || user === undefined)) {
      return fails(
        1,
        flags.has("add") ? `Failed to add entry for user ${name}.\n` : `Failed to find entry for user ${name}.\n`,
      );
    }
    const uid = user?.uid ?? parseSmbpasswd(old ?? "")[0]?.uid ?? 0;
    const changed = seconds(session.host).toString(16).toUpperCase().padStart(8, "0");
    const letters = old === undefined ? "U" : (parseSmbpasswd(old)[0]?.flags ?? "U");
    const line = `${name}:${uid}:${"X".repeat(32)}:${ntHash(first)}:[${letters.padEnd(11)}]:LCT-${changed}:`;
    keep(context, [...rest, line]);
    return says(old === undefined ? `Added user ${name}.\n` : "");
  },
};

function accountLines(host: FrozenHost): readonly string[] {
  const node = nodeAt(host, STORE);
  return node?.type === "file"
    ? nodeText(node)
        .split("\n")
        .filter((line) => line !== "")
    : [];
}
function keep({ session }: ToolContext, lines: readonly string[]): void {
  makeFolder(session, "/var/lib/samba/private", true, { mode: "0700" });
  const content = [...lines]
    .sort()
    .map((line) => `${line}\n`)
    .join("");
  put(session, STORE, { type: "file", mode: "0600", uid: 0, gid: 0, mtime: seconds(session.host), content });
}
function nameOf(line: string): string {
  return line.split(":", 1)[0] ?? "";
}
function withFlags(line: string, letters: string): string {
  return line.replace(/\[[^\]]*\]/, `[${letters.padEnd(11)}]`);
}
