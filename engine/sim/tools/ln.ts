import { FileError, mayReplace, put, resolve, seconds } from "../files/file-tree.ts";
import { quoted } from "../files/quoted-name.ts";
import { absolute, fails, parseOptions, refuseArgument, says, type Tool } from "../tool.ts";

/** coreutils 9.1: symbolic links only, `-s` with `-f` and `-n`. */
export const ln: Tool = {
  name: "ln",
  rests: "recorded",
  run(context, args) {
    const { session } = context;
    const { flags, words } = parseOptions("ln", args, {
      flags: { "-s": "symbolic", "--symbolic": "symbolic", "-f": "force", "--force": "force", "-n": "no-dereference" },
    });
    const [target, name, ...more] = words;
    if (!flags.has("symbolic") || target === undefined || name === undefined || more.length > 0)
      refuseArgument("ln", `${args.join(" ")} (only -s TARGET NAME is imitated)`);
    const path = absolute(context, name);
    const failed = (why: string) => fails(1, `ln: failed to create symbolic link ${quoted(name, true)}: ${why}\n`);
    try {
      const there = resolve(session, path, !flags.has("no-dereference"));
      const inside = there.node?.type === "directory";
      const place = inside ? `${there.path}/${target.split("/").at(-1)}` : resolve(session, path, false).path;
      const old = resolve(session, place, false);
      if (old.orphan) return failed("No such file or directory");
      if (old.node !== undefined && (!flags.has("force") || old.node.type === "directory"))
        return failed("File exists");
      if (!mayReplace(session, place)) return failed("Permission denied");
      const { uid, gid } = session.user;
      put(session, place, { type: "symlink", mode: "0777", uid, gid, mtime: seconds(session.host), target });
      return says("");
    } catch (error) {
      if (error instanceof FileError) return failed(error.errno);
      throw error;
    }
  },
};
