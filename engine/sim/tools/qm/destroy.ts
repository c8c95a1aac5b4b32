import { drop, nodeAt } from "../../files/file-tree.ts";
import { collectOutput, type Output, PveError } from "../../pve/command/pve-error.ts";
import { forgetGuest, isHighlyAvailable } from "../../pve/guest/forget-guest.ts";
import { freeVolume, ownerOf, volumePath, volumesOf } from "../../pve/storage/volumes.ts";
import { type VmConf, vmConfPath } from "../../pve/vm/vm-conf.ts";
import { drivesOf, fileOf, isCloudInit, isDisk, linkedTo } from "../../pve/vm/vm-drives.ts";
import { isVmRunning } from "../../pve/vm/vm-running.ts";
import type { Session } from "../../session.ts";
import { loadVmForChange } from "./load.ts";
import { isOn, type Subcommand, usageOf } from "./options.ts";
import { VMID } from "./words.ts";

export const destroy: Subcommand = {
  words: [VMID],
  options: {
    "destroy-unreferenced-disks": { kind: "boolean" },
    purge: { kind: "boolean" },
    skiplock: { kind: "boolean" },
  },
  run({ session }, call) {
    const { vmid } = call;
    const purge = isOn(call, "purge");
    return collectOutput(usageOf("destroy", destroy), (output) => {
      const conf = loadVmForChange(session, vmid, output, isOn(call, "skiplock"));
      if (conf.values.get("protection") === "1")
        throw new PveError(`can't remove VM ${vmid} - protection mode enabled`);
      const available = isHighlyAvailable(session, vmid);
      if (!purge && available)
        throw new PveError(`unable to remove VM ${vmid} - used in HA resources and purge parameter not set.`);
      if (isVmRunning(session.host, vmid)) throw new PveError(`VM ${vmid} is running - destroy failed`, 25);
      const volumes = volumesIn(conf).filter((volid) => [vmid, null].includes(ownerOf(volid)));
      const base = volumes.find((volid) => linkedTo(session.host, volid).length > 0);
      if (base !== undefined) throw new PveError(`base volume '${base}' is still in use by linked cloned`);
      output.beginTask();
      freeAll(session, volumes, output);
      if (isOn(call, "destroy-unreferenced-disks"))
        for (const volid of volumesOf(session.host, vmid)) freeVolume(session, volid);
      if (purge) output.out(`purging VM ${vmid} from related configurations..`);
      if (available) output.out(`NOTE: removed VM ${vmid} from HA resource configuration.`);
      forgetGuest(session, vmid, purge);
      delete session.change().pve?.vms[vmid];
      const path = `/etc/pve/${vmConfPath(session.host, vmid)}`;
      if (nodeAt(session.host, path) !== undefined) drop(session, path);
    });
  },
};

/** What its drives, those of its snapshots, and its unused entries hold. */
function volumesIn(conf: VmConf): readonly string[] {
  const parts = [conf, conf.pending, ...conf.snapshots.values()];
  const drives = parts.flatMap(({ values }) => drivesOf(values));
  const held = drives.filter(({ drive }) => isDisk(drive) || isCloudInit(drive)).map(({ drive }) => fileOf(drive));
  const unused = [...conf.values].filter(([key]) => /^unused\d+$/.test(key)).map(([, value]) => value);
  return [...new Set([...held, ...unused])];
}

function freeAll(session: Session, volumes: readonly string[], output: Output): void {
  for (const volid of volumes)
    if (!freeVolume(session, volid)) output.warn(`disk image '${volumePath(session.host, volid)}' does not exist`);
}
