import { collectOutput, type Output } from "../../pve/command/pve-error.ts";
import { containerIds, loadConf, writeConf } from "../../pve/container/container-conf.ts";
import {
  isMountKey,
  kindOfMount,
  mountedVolumes,
  parseMount,
  printMount,
  sizeText,
} from "../../pve/container/mount-points.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import type { HeldConf } from "../../pve/guest/guest-conf.ts";
import { findVolume, volumesOf } from "../../pve/storage/volumes.ts";
import type { FrozenHost } from "../../world.ts";
import { type Subcommand, usageOf } from "./options.ts";
import { VMID } from "./words.ts";

export const rescan: Subcommand = {
  words: [],
  options: { dryrun: { kind: "boolean" }, vmid: VMID.schema },
  run({ session }, { options }) {
    return collectOutput(usageOf("rescan", rescan), (output) => {
      const dry = options.get("dryrun") === "1";
      if (dry) output.out("NOTE: running in dry-run mode, won't write changes out!");
      output.out("rescan volumes...");
      const named = options.get("vmid");
      for (const vmid of named === undefined ? containerIds(session.host) : [String(Number(named))]) {
        if (!dry) takeConfigLock(session, vmid, output.warn);
        const conf = loadConf(session.host, vmid, output.warn);
        const changed = [refreshSizes(session.host, vmid, conf, output), findLost(session.host, vmid, conf, output)];
        if (!dry && changed.includes(true)) writeConf(session, vmid, conf);
      }
    });
  },
};

function refreshSizes(host: FrozenHost, vmid: string, conf: HeldConf, output: Output): boolean {
  let changed = false;
  for (const [key, value] of conf.values) {
    if (!isMountKey(key)) continue;
    const mount = parseMount(key, value);
    const volid = mount.get("volume") ?? "";
    const volume = kindOfMount(volid) === "volume" ? findVolume(host, volid) : undefined;
    if (volume === undefined || mount.get("size") === sizeText(volume.bytes)) continue;
    mount.set("size", sizeText(volume.bytes));
    conf.values.set(key, printMount(key, mount));
    output.out(`CT ${vmid}: updated volume size of '${volid}' in config.`);
    changed = true;
  }
  return changed;
}

/** Volumes that bear its number and that nothing of it names are kept as unused. */
function findLost(host: FrozenHost, vmid: string, conf: HeldConf, output: Output): boolean {
  const parts = [conf, ...conf.snapshots.values()];
  const known = new Set(parts.flatMap(({ values }) => [...mountedVolumes(values), ...values.values()]));
  const lost = volumesOf(host, vmid).filter((volid) => !known.has(volid));
  for (const volid of lost) {
    const free = Array.from({ length: 256 }, (_, index) => `unused${index}`).find((key) => !conf.values.has(key));
    if (free === undefined) break;
    conf.values.set(free, volid);
    output.out(`CT ${vmid} add unreferenced volume '${volid}' as '${free}' to config`);
  }
  return lost.length > 0;
}
