import { type CommandGroups, guestTool } from "../../pve/command/guest-tool.ts";
import { clone } from "./clone.ts";
import { config } from "./config.ts";
import { create } from "./create.ts";
import { destroy } from "./destroy.ts";
import { console as consoleOf, enter } from "./enter.ts";
import { exec } from "./exec.ts";
import { list } from "./list.ts";
import { df, fsck, fstrim, mount, unmount } from "./maintain.ts";
import { migrate } from "./migrate.ts";
import { moveVolume } from "./move-volume.ts";
import { pending } from "./pending.ts";
import { pull, push } from "./push.ts";
import { reboot } from "./reboot.ts";
import { rescan } from "./rescan.ts";
import { resize } from "./resize.ts";
import { restore } from "./restore.ts";
import { rollback } from "./rollback.ts";
import { set } from "./set.ts";
import { shutdown } from "./shutdown.ts";
import { delsnapshot, listsnapshot, snapshot } from "./snapshot.ts";
import { start } from "./start.ts";
import { status } from "./status.ts";
import { stop } from "./stop.ts";
import { resume, suspend } from "./suspend.ts";
import { template } from "./template.ts";
import { unlock } from "./unlock.ts";

/** In the order and the groups of the tool's own overview. */
const COMMANDS: CommandGroups = [
  [
    ["clone", clone],
    ["create", create],
    ["destroy", destroy],
    ["list", list],
    ["migrate", migrate],
    ["move-volume", moveVolume],
    ["pending", pending],
    ["resize", resize],
    ["restore", restore],
    ["template", template],
  ],
  [
    ["config", config],
    ["set", set],
  ],
  [
    ["delsnapshot", delsnapshot],
    ["listsnapshot", listsnapshot],
    ["rollback", rollback],
    ["snapshot", snapshot],
  ],
  [
    ["reboot", reboot],
    ["resume", resume],
    ["shutdown", shutdown],
    ["start", start],
    ["stop", stop],
    ["suspend", suspend],
  ],
  [
    ["console", consoleOf],
    ["cpusets", "pct cpusets "],
    ["df", df],
    ["enter", enter],
    ["exec", exec],
    ["fsck", fsck],
    ["fstrim", fstrim],
    ["mount", mount],
    ["pull", pull],
    ["push", push],
    [
      "remote-migrate",
      "pct remote-migrate <vmid> [<target-vmid>] <target-endpoint> --target-bridge <string> --target-storage <string> [OPTIONS]",
    ],
    ["rescan", rescan],
    ["status", status],
    ["unlock", unlock],
    ["unmount", unmount],
  ],
  [["help", "pct help [<extra-args>] [OPTIONS]"]],
];

/** pve-container 5. A subcommand that stands in the table as its usage alone is not imitated. */
export const pct = guestTool("pct", COMMANDS);
