import { fails, refuseArgument, says, type Tool, type ToolContext, type ToolResult } from "../../tool.ts";
import { add } from "./add.ts";
import { attach, detach, replace } from "./attach.ts";
import { create } from "./create.ts";
import { destroy, exportPools } from "./destroy.ts";
import { get } from "./get.ts";
import { importPools } from "./import.ts";
import { labelclear } from "./labelclear.ts";
import { list } from "./list.ts";
import { checkpoint, clear, prefetch, reguid, reopen, sync } from "./maintain.ts";
import { offline, online } from "./online.ts";
import { remove } from "./remove.ts";
import { resilver, scrub, trim, wait } from "./scrub.ts";
import { set } from "./set.ts";
import { status } from "./status.ts";
import { upgrade } from "./upgrade.ts";
import { isCommand, usageOfAll } from "./usage.ts";

type Command = (context: ToolContext, args: readonly string[]) => ToolResult;

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ["add", add],
  ["attach", attach],
  ["checkpoint", checkpoint],
  ["clear", clear],
  ["create", create],
  ["destroy", destroy],
  ["detach", detach],
  ["export", exportPools],
  ["get", get],
  ["import", importPools],
  ["labelclear", labelclear],
  ["list", list],
  ["offline", offline],
  ["online", online],
  ["prefetch", prefetch],
  ["reguid", reguid],
  ["remove", remove],
  ["reopen", reopen],
  ["replace", replace],
  ["resilver", resilver],
  ["scrub", scrub],
  ["set", set],
  ["status", status],
  ["sync", sync],
  ["trim", trim],
  ["upgrade", upgrade],
  ["version", version],
  ["wait", wait],
]);

/** OpenZFS 2.3 and 2.1, as `host.zfs.version` says. */
export const zpool: Tool = {
  name: "zpool",
  rests: "recorded",
  run(context, args) {
    const { host, user } = context.session;
    const [name, ...rest] = args;
    if (name === undefined) return usageOfAll(host, "missing command");
    if (name === "--version" || name === "-V") return version(context);
    if (!isCommand(host, name)) return usageOfAll(host, `unrecognized command '${name}'`);
    const command = COMMANDS.get(name) ?? refuseArgument("zpool", name);
    // Anyone may look; the kernel refuses the rest.
    if (user.uid !== 0 && !LOOKS.has(name)) return fails(1, `cannot ${name} pools: permission denied\n`);
    return command(context, rest);
  },
};
const LOOKS: ReadonlySet<string> = new Set(["get", "list", "status", "version"]);

function version({ session }: ToolContext): ToolResult {
  const release = session.host.zfs?.version ?? "";
  return says(`zfs-${release}\nzfs-kmod-${release}\n`);
}
