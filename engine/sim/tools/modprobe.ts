import { KERNEL } from "../files/virtual-files.ts";
import {
  loadedModules,
  loadModule,
  moduleBytes,
  moduleFile,
  moduleKnown,
  moduleUsers,
  moduleUses,
  unloadModule,
  withNeeds,
} from "../host/kernel-modules.ts";
import { fails, parseOptions, refuseArgument, says, type Tool } from "../tool.ts";

/** kmod 30. Options of modprobe.d are not shown among the words that it prints. */
export const modprobe: Tool = {
  name: "modprobe",
  rests: "recorded",
  run({ session }, args) {
    const { flags, words } = parseOptions("modprobe", args, {
      flags: {
        ...{ "-r": "remove", "--remove": "remove", "-n": "dry", "--dry-run": "dry", "--show": "dry" },
        ...{ "-D": "depends", "--show-depends": "depends", "-q": "quiet", "--quiet": "quiet" },
      },
    });
    const [word, ...more] = words;
    if (word === undefined) return fails(1, "modprobe: ERROR: missing parameters. See -h.\n");
    // Words behind the name are options of the module, and modules only with -r or -a.
    if (more.length > 0) refuseArgument("modprobe", more.join(" "));
    const name = word.replaceAll("-", "_");
    const fatal = (said: string) => fails(1, flags.has("quiet") ? "" : `modprobe: FATAL: Module ${word} ${said}\n`);
    const module = moduleKnown(session.host, name);
    if (module === undefined)
      return fatal(flags.has("remove") ? "not found." : `not found in directory /lib/modules/${KERNEL}`);
    if (flags.has("depends"))
      return module === "builtin"
        ? says(`builtin ${name}\n`)
        : says(
            withNeeds(name)
              .map((each) => `insmod /lib/modules/${KERNEL}/${moduleFile(each)} \n`)
              .join(""),
          );
    const loaded = loadedModules(session.host).includes(name);
    if (flags.has("remove")) {
      if (module === "builtin") return fatal("is builtin.");
      if (!loaded) return says("");
      if (moduleUses(session.host, name) > 0) return fatal("is in use.");
      if (!flags.has("dry")) {
        if (session.user.uid !== 0)
          return fails(1, `modprobe: ERROR: could not remove '${name}': Operation not permitted\n`);
        unloadModule(session.change(), name);
      }
      return says("");
    }
    if (loaded || module === "builtin" || flags.has("dry")) return says("");
    if (session.user.uid !== 0)
      return fails(1, `modprobe: ERROR: could not insert '${name}': Operation not permitted\n`);
    loadModule(session.change(), name);
    return says("");
  },
};

/** kmod 30. */
export const lsmod: Tool = {
  name: "lsmod",
  rests: "recorded",
  run({ session: { host } }, args) {
    if (args.length > 0) return fails(1, "Usage: lsmod\n");
    const rows = [...loadedModules(host)].reverse().map((name) => {
      const users = moduleUsers(host, name);
      const row = `${name.padEnd(19)} ${String(moduleBytes(name)).padStart(8)}  ${moduleUses(host, name)}`;
      return `${row}${users.length === 0 ? "" : ` ${users.join(",")}`}\n`;
    });
    return says(`Module                  Size  Used by\n${rows.join("")}`);
  },
};
