import { type CommandGroups, guestTool } from "../../pve/command/guest-tool.ts";
import { clone } from "./clone.ts";
import { dumpCloudInit, pendingCloudInit, updateCloudInit } from "./cloudinit.ts";
import { config, pending } from "./config.ts";
import { create } from "./create.ts";
import { destroy } from "./destroy.ts";
import { importDisk, rescan, resize } from "./disk.ts";
import { guestCommand, guestExec } from "./guest.ts";
import { moveDisk } from "./move-disk.ts";
import { reset, resume, sendkey, suspend, wait } from "./power.ts";
import { set, unlink } from "./set.ts";
import { delsnapshot, listsnapshot, rollback, snapshot } from "./snapshot.ts";
import { start } from "./start.ts";
import { list, status } from "./status.ts";
import { reboot, shutdown, stop } from "./stop.ts";
import { template } from "./template.ts";
import { unlock } from "./unlock.ts";

/** In the order and the groups of the tool's own overview. */
const COMMANDS: CommandGroups = [
  [
    ["cloudinit dump", dumpCloudInit],
    ["cloudinit pending", pendingCloudInit],
    ["cloudinit update", updateCloudInit],
    ["disk import", importDisk],
    ["disk move", moveDisk],
    ["disk rescan", rescan],
    ["disk resize", resize],
    ["disk unlink", unlink],
    ["guest cmd", guestCommand],
    ["guest exec", guestExec],
    ["guest exec-status", "qm guest exec-status <vmid> <pid>"],
    ["guest passwd", "qm guest passwd <vmid> <username> [OPTIONS]"],
  ],
  [
    ["clone", clone],
    ["config", config],
    ["create", create],
    ["delsnapshot", delsnapshot],
    ["destroy", destroy],
    ["import", "qm import <vmid> <source> --storage <string> [OPTIONS]"],
    ["importovf", "qm importovf <vmid> <manifest> <storage> [OPTIONS]"],
    ["list", list],
    ["listsnapshot", listsnapshot],
    ["migrate", "qm migrate <vmid> <target> [OPTIONS]"],
    ["monitor", "qm monitor <vmid>"],
    ["mtunnel", "qm mtunnel "],
    ["nbdstop", "qm nbdstop <vmid>"],
    ["pending", pending],
    ["reboot", reboot],
    [
      "remote-migrate",
      "qm remote-migrate <vmid> [<target-vmid>] <target-endpoint> --target-bridge <string> --target-storage <string> [OPTIONS]",
    ],
    ["reset", reset],
    ["resume", resume],
    ["rollback", rollback],
    ["sendkey", sendkey],
    ["set", set],
    ["showcmd", "qm showcmd <vmid> [OPTIONS]"],
    ["shutdown", shutdown],
    ["snapshot", snapshot],
    ["start", start],
    ["status", status],
    ["stop", stop],
    ["suspend", suspend],
    ["template", template],
    ["terminal", "qm terminal <vmid> [OPTIONS]"],
    ["unlock", unlock],
    ["vncproxy", "qm vncproxy <vmid>"],
    ["wait", wait],
  ],
];

/** Names of former times. */
const ALIASES: Readonly<Record<string, string>> = {
  agent: "guest cmd",
  importdisk: "disk import",
  "move-disk": "disk move",
  move_disk: "disk move",
  rescan: "disk rescan",
  resize: "disk resize",
  unlink: "disk unlink",
};

/** qemu-server 8. A subcommand that stands in the table as its usage alone is not imitated. */
export const qm = guestTool("qm", COMMANDS, ALIASES);
