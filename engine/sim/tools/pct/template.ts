import { PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { loadConf, writeConf } from "../../pve/container/container-conf.ts";
import { lxcConfigPath } from "../../pve/container/lxc-config.ts";
import { isMountKey, kindOfMount, parseMount, printMount } from "../../pve/container/mount-points.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import { isRunning } from "../../pve/inside/container-host.ts";
import { findVolume, volumePath } from "../../pve/storage/volumes.ts";
import type { Session } from "../../session.ts";
import { assertUnlocked } from "./load.ts";
import type { Subcommand } from "./options.ts";
import { VMID } from "./words.ts";

export const template: Subcommand = {
  words: [VMID],
  options: {},
  run({ session }, { vmid }) {
    // How its task ended nobody looks at: only stderr tells.
    return runTask(0, ({ warn }) => {
      takeConfigLock(session, vmid, warn);
      const conf = loadConf(session.host, vmid, warn);
      assertUnlocked(conf);
      if (conf.snapshots.size > 0) throw new PveError("unable to create template, because CT contains snapshots");
      if (conf.values.get("template") === "1") throw new PveError("you can't convert a template to a template");
      if (isRunning(session.host, vmid)) throw new PveError("you can't convert a CT to template if the CT is running");
      return () => {
        const mounts = [...conf.values]
          .filter(([key]) => isMountKey(key))
          .map(([key, value]) => ({ key, mount: parseMount(key, value) }));
        for (const { mount } of mounts) {
          const volume = mount.get("volume") ?? "";
          if (kindOfMount(volume) !== "volume") throw new PveError(`unable to parse volume ID '${volume}'`);
          volumePath(session.host, volume);
          if (findVolume(session.host, volume) === undefined) throw new PveError(`volume '${volume}' does not exist`);
        }
        for (const { key, mount } of mounts) {
          mount.set("volume", asBase(session, mount.get("volume") ?? ""));
          conf.values.set(key, printMount(key, mount));
        }
        conf.values.set("template", "1");
        writeConf(session, vmid, conf);
        delete session.change().files[lxcConfigPath(vmid)];
      };
    });
  },
};

/** A volume that others may be made from gets a name that says so. */
function asBase(session: Session, volume: string): string {
  const { pve } = session.change();
  const record = findVolume(session.host, volume);
  const named = volume
    .replace(/(^|[:/])vm-(\d+-[^/]*)$/, "$1base-$2")
    .replace(/(^|[:/])subvol-(\d+-[^/]*)$/, "$1basevol-$2");
  if (pve === undefined || record === undefined) return volume;
  delete pve.volumes[volume];
  pve.volumes[named] = { ...record };
  return named;
}
