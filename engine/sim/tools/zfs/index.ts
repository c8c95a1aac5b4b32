import { fails, NotImitated, type Tool } from "../../tool.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { allow, unallow } from "./allow.ts";
import { bookmark } from "./bookmark.ts";
import { clone, promote } from "./clone.ts";
import { create } from "./create.ts";
import { destroy } from "./destroy.ts";
import { diff } from "./diff.ts";
import { get } from "./get.ts";
import { hold, holds, release } from "./hold.ts";
import { inherit } from "./inherit.ts";
import { changeKey, loadKey, unloadKey } from "./keys.ts";
import { list } from "./list.ts";
import { mount, share, unmount, unshare } from "./mount.ts";
import { project, wait, zone } from "./nothing-to-do.ts";
import type { ZfsCommand } from "./options.ts";
import { rename } from "./rename.ts";
import { rollback } from "./rollback.ts";
import { receive, send } from "./send.ts";
import { set } from "./set.ts";
import { snapshot } from "./snapshot.ts";
import { allUsage } from "./usage.ts";
import { groupspace, userspace } from "./userspace.ts";
import { upgrade, version } from "./version.ts";

const COMMANDS: ReadonlyMap<string, ZfsCommand> = new Map(
  Object.entries({
    allow,
    bookmark,
    "change-key": changeKey,
    clone,
    create,
    destroy,
    diff,
    get,
    groupspace,
    hold,
    holds,
    inherit,
    list,
    "load-key": loadKey,
    mount,
    project,
    promote,
    receive,
    recv: receive,
    release,
    rename,
    rollback,
    send,
    set,
    share,
    snap: snapshot,
    snapshot,
    umount: unmount,
    unallow,
    "unload-key": unloadKey,
    unmount,
    unshare,
    unzone: zone("unzone"),
    upgrade,
    userspace,
    version,
    "--version": version,
    "-V": version,
    wait,
    zone: zone("zone"),
  }),
);
/** Commands of the real tool that the lab has not. */
const NOT_HERE = new Set(["program", "projectspace", "redact", "help"]);

/** OpenZFS 2.3.2, and 2.1 where a host has that. */
export const zfs: Tool = {
  name: "zfs",
  rests: "recorded",
  run(context, args) {
    const { host } = context.session;
    const rules = rulesOf(host);
    const [name, ...rest] = args;
    if (host.zfs === undefined) {
      return fails(
        1,
        "The ZFS modules cannot be auto-loaded.\nTry running 'modprobe zfs' as root to manually load them.\n",
      );
    }
    if (name === undefined) return allUsage(rules, "missing command");
    const absent = (name === "zone" || name === "unzone") && !rules.zones;
    const command = absent ? undefined : COMMANDS.get(name);
    if (command !== undefined) return command(context, rest);
    if (NOT_HERE.has(name)) {
      throw new NotImitated(`the embedded lab's zfs does not know "${name}"`);
    }
    return allUsage(rules, `unrecognized command '${name}'`);
  },
};
