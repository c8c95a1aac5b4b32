import { FileError, may, resolve } from "../files/file-tree.ts";
import { quoted } from "../files/quoted-name.ts";
import { absolute, fails, refuseArgument, says, type Tool } from "../tool.ts";

/** `if=PATH of=/dev/null count=0 status=none`: opens a file or device and reads nothing. */
export const dd: Tool = {
  name: "dd",
  rests: "documented",
  run(context, args) {
    const operands = new Map(args.map((arg) => [arg.replace(/=.*/s, ""), arg.replace(/^[^=]*=?/, "")]));
    const path = operands.get("if");
    const known = new Map([
      ["of", "/dev/null"],
      ["count", "0"],
      ["status", "none"],
    ]);
    const stray = args.find((arg) => !arg.startsWith("if=") && known.get(arg.replace(/=.*/s, "")) === undefined);
    if (path === undefined || stray !== undefined || [...known].some(([key, value]) => operands.get(key) !== value))
      refuseArgument("dd", args.join(" "));
    const failed = (why: string) => fails(1, `dd: failed to open ${quoted(path)}: ${why}\n`);
    try {
      const { node } = resolve(context.session, absolute(context, path), true);
      if (node === undefined) return failed("No such file or directory");
      if (!may(context.session.user, node, "r")) return failed("Permission denied");
      return says("");
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return failed(error.errno);
    }
  },
};
