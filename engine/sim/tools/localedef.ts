import { nodeAt } from "../files/file-tree.ts";
import { placeFile } from "../host/programs.ts";
import { fails, parseOptions, refuseArgument, says, type Tool } from "../tool.ts";

/** A few of those that the package `locales` brings. */
const KNOWN = "da_DK de_AT de_CH de_DE en_GB en_US es_ES fi_FI fr_FR it_IT nb_NO nl_NL pl_PL pt_PT sv_SE".split(" ");
const SOURCES = "/usr/share/i18n/SUPPORTED";
const PARTS =
  "ADDRESS COLLATE CTYPE IDENTIFICATION MEASUREMENT MESSAGES/SYS_LC_MESSAGES MONETARY NAME NUMERIC PAPER TELEPHONE TIME";

/** Makes a language as a folder of its own (`--no-archive -i de_DE -f UTF-8 de_DE.UTF-8`), as the real one of glibc 2.36 did. */
export const localedef: Tool = {
  name: "localedef",
  rests: "documented",
  run(context, args) {
    const { flags, values, words } = parseOptions("localedef", args, {
      flags: { "--no-archive": "folder" },
      values: { "-i": "source", "-f": "charmap" },
    });
    const [source, charmap, name] = [values.get("source")?.[0], values.get("charmap")?.[0], words[0]];
    if (!flags.has("folder") || source === undefined || charmap !== "UTF-8" || name !== `${source}.UTF-8`)
      refuseArgument("localedef", args.join(" "));
    if (context.session.user.uid !== 0) refuseArgument("localedef", "as another user than root");
    if (nodeAt(context.session.host, SOURCES) === undefined || !KNOWN.includes(source))
      return fails(4, `[error] cannot open locale definition file \`${source}': No such file or directory`);
    for (const part of PARTS.split(" ")) {
      placeFile(context, `/usr/lib/locale/${source}.utf8/LC_${part}`, `${part} of ${source}\n`, "0644");
    }
    return says("");
  },
};
