import { drop, nodeAt } from "../../files/file-tree.ts";
import { collectOutput, PveError } from "../../pve/command/pve-error.ts";
import { confPath, writeConf } from "../../pve/container/container-conf.ts";
import { mountedVolumes } from "../../pve/container/mount-points.ts";
import { forgetGuest, isHighlyAvailable, replicationJob } from "../../pve/guest/forget-guest.ts";
import { freeVolume, ownerOf, volumesOf } from "../../pve/storage/volumes.ts";
import { loadForChange } from "./load.ts";
import { type Subcommand, usageOf } from "./options.ts";
import { VMID } from "./words.ts";

export const destroy: Subcommand = {
  words: [VMID],
  options: {
    force: { kind: "boolean" },
    purge: { kind: "boolean" },
    "destroy-unreferenced-disks": { kind: "boolean" },
  },
  run({ session }, { vmid, options }) {
    return collectOutput(usageOf("destroy", destroy), (output) => {
      const conf = loadForChange(session, vmid, output);
      if (conf.values.get("protection") === "1")
        throw new PveError(`can't remove CT ${vmid} - protection mode enabled`);
      if (options.get("purge") !== "1" && isHighlyAvailable(session, vmid))
        throw new PveError(`unable to remove CT ${vmid} - used in HA resources and purge parameter not set.`);
      const job = options.get("purge") === "1" ? undefined : replicationJob(session, vmid);
      if (job !== undefined)
        throw new PveError(`There is a replication job '${job}' for guest '${vmid}' - Please remove that first.`);
      const running = session.host.pve?.containers[vmid]?.running;
      if (running && options.get("force") !== "1")
        throw new PveError(`unable to destroy CT ${vmid} - container is running`);
      output.beginTask();
      if (running) output.out(`forced to stop CT ${vmid} before destroying!`);
      conf.values.set("lock", "destroyed");
      writeConf(session, vmid, conf);
      const parts = [conf, ...conf.snapshots.values()];
      const unused = [...conf.values].filter(([key]) => /^unused\d+$/.test(key)).map(([, value]) => value);
      const named = [...parts.flatMap(({ values }) => mountedVolumes(values)), ...unused];
      const all = options.get("destroy-unreferenced-disks") === "1" ? volumesOf(session.host, vmid) : [];
      // A volume that bears another guest's number is that guest's.
      for (const volid of new Set([...named, ...all])) if (ownerOf(volid) === vmid) freeVolume(session, volid);
      delete session.change().pve?.containers[vmid];
      if (options.get("purge") === "1") output.out(`purging CT ${vmid} from related configurations..`);
      forgetGuest(session, vmid, options.get("purge") === "1");
      for (const path of [`/etc/pve/${confPath(session.host, vmid)}`, `/var/lib/lxc/${vmid}`])
        if (nodeAt(session.host, path) !== undefined) drop(session, path);
    });
  },
};
