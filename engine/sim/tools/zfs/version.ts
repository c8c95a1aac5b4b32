import { refuseArgument, says } from "../../tool.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { type ZfsCommand, zfsOptions } from "./options.ts";

/** `zfs version`: of the tools and of the kernel's module. */
export const version: ZfsCommand = (context, args) => {
  const { host } = context.session;
  const rules = rulesOf(host);
  const options = zfsOptions(context, "version", args, { letters: rules.json ? "j" : "" });
  if ("failure" in options) return options.failure;
  const tools = `zfs-${host.zfs?.version}`;
  const kernel = `zfs-kmod-${host.zfs?.version}`;
  if (!options.flags.has("j")) return says(`${tools}\n${kernel}\n`);
  const output = { command: "zfs version", vers_major: 0, vers_minor: 1 };
  return says(`${JSON.stringify({ output_version: output, zfs_version: { userland: tools, kernel } })}\n`);
};

/** `zfs upgrade`: everything is of the newest format. */
export const upgrade: ZfsCommand = (_context, args) => {
  if (args.length > 0) refuseArgument("zfs", `upgrade ${args.join(" ")}`);
  return says(
    "This system is currently running ZFS filesystem version 5.\n\nAll filesystems are formatted with the current version.\n",
  );
};
