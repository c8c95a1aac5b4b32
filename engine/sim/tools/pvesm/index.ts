import { fails, type Tool, type ToolContext, type ToolResult } from "../../tool.ts";
import { add, apiinfo, remove, set } from "./configure.ts";
import { pruneBackups } from "./prune-backups.ts";
import { scan } from "./scan.ts";
import { status } from "./status.ts";
import { alloc, exportVolume, free, importVolume, list, path } from "./volumes.ts";

const COMMANDS: Readonly<Record<string, (context: ToolContext, args: readonly string[]) => ToolResult>> = {
  add,
  alloc,
  apiinfo,
  export: exportVolume,
  free,
  help: () => ({ code: 0, stdout: USAGE, stderr: "" }),
  import: importVolume,
  list,
  path,
  "prune-backups": pruneBackups,
  remove,
  scan,
  set,
  status,
};

/** pve-storage 8.3. */
export const pvesm: Tool = {
  name: "pvesm",
  rests: "recorded",
  run(context, args) {
    const [word, ...rest] = args;
    if (context.session.user.uid !== 0) return fails(255, "please run as root\n");
    if (word === undefined) return fails(255, `ERROR: no command specified\n${USAGE}`);
    const command = COMMANDS[word] ?? only(word);
    return command === undefined
      ? fails(255, `ERROR: unknown command 'pvesm ${word}'\n${USAGE}`)
      : command(context, rest);
  },
};

/** A beginning that only one command has stands for it. */
function only(word: string) {
  const begun = [...Object.keys(COMMANDS), "extractconfig"].filter((name) => name.startsWith(word));
  return begun.length === 1 ? COMMANDS[begun[0] ?? ""] : undefined;
}

const USAGE = `USAGE: pvesm <COMMAND> [ARGS] [OPTIONS]

       pvesm scan cifs <server> [OPTIONS]
       pvesm scan glusterfs <server>
       pvesm scan iscsi <portal>
       pvesm scan lvm 
       pvesm scan lvmthin <vg>
       pvesm scan nfs <server>
       pvesm scan pbs <server> <username> --password <string> [OPTIONS] [FORMAT_OPTIONS]
       pvesm scan zfs 

       pvesm add <type> <storage> [OPTIONS]
       pvesm remove <storage>
       pvesm set <storage> [OPTIONS]

       pvesm alloc <storage> <vmid> <filename> <size> [OPTIONS]
       pvesm free <volume> [OPTIONS]
       pvesm list <storage> [OPTIONS]

       pvesm status  [OPTIONS]

       pvesm apiinfo 
       pvesm export <volume> <format> <filename> [OPTIONS]
       pvesm extractconfig <volume>
       pvesm import <volume> <format> <filename> [OPTIONS]
       pvesm path <volume>
       pvesm prune-backups <storage> [OPTIONS]

       pvesm help [<extra-args>] [OPTIONS]
`;
