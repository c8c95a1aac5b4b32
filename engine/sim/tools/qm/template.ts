import { collectOutput, type Output, PveError } from "../../pve/command/pve-error.ts";
import { takeVmLock } from "../../pve/guest/config-lock.ts";
import { loadVmConf, writeVmConf } from "../../pve/vm/vm-conf.ts";
import { drivesOf, fileOf, isDisk, printDrive } from "../../pve/vm/vm-drives.ts";
import { isVmRunning } from "../../pve/vm/vm-running.ts";
import { asBaseDisk } from "../../pve/vm/vm-volumes.ts";
import { assertVmUnlocked } from "./load.ts";
import { type Subcommand, usageOf } from "./options.ts";
import { DISK, VMID } from "./words.ts";

export const template: Subcommand = {
  words: [VMID],
  options: { disk: DISK.schema },
  run({ session }, { vmid, options }) {
    return collectOutput(usageOf("template", template), (output: Output) => {
      const conf = loadVmConf(session.host, vmid, output.warn);
      takeVmLock(session, vmid, output.warn);
      assertVmUnlocked(conf);
      if (conf.snapshots.size > 0) throw new PveError("unable to create template, because VM contains snapshots");
      const only = options.get("disk");
      if (only === undefined && conf.values.get("template") === "1")
        throw new PveError("you can't convert a template to a template");
      if (isVmRunning(session.host, vmid)) throw new PveError("you can't convert a VM to template if VM is running");
      for (const { key, drive } of drivesOf(conf.values)) {
        if (!isDisk(drive) || (only !== undefined && only !== key)) continue;
        drive.set("file", asBaseDisk(session, fileOf(drive)));
        conf.values.set(key, printDrive(key, drive));
      }
      conf.values.set("template", "1");
      writeVmConf(session, vmid, conf);
    });
  },
};
