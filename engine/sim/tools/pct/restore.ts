import { parsePveSize } from "../../../formats/pve-size.ts";
import { storageId } from "../../pve/command/formats.ts";
import { collectOutput, PveError } from "../../pve/command/pve-error.ts";
import { loadConf, parseLxcConf, writeConf } from "../../pve/container/container-conf.ts";
import { writeLxcConfig } from "../../pve/container/lxc-config.ts";
import { isMountKey, kindOfMount, makeVolume, parseMount, printMount } from "../../pve/container/mount-points.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import { normaliseNetwork } from "../../pve/guest/network-interface.ts";
import { guestBackups, volumeNameOf } from "../../pve/storage/backup-store.ts";
import { findStorage } from "../../pve/storage/storages.ts";
import { parseVolumeId } from "../../pve/storage/volumes.ts";
import type { Session } from "../../session.ts";
import { NotImitated } from "../../tool.ts";
import type { Host } from "../../world.ts";
import { isOn } from "./call.ts";
import { assertVmidFree } from "./create-checks.ts";
import { type Subcommand, usageOf } from "./options.ts";
import { VMID } from "./words.ts";

/** From a backup server: the configuration as it was saved, its volumes made anew, what was bound in bound again. */
export const restore: Subcommand = {
  words: [VMID, { name: "ostemplate", schema: { kind: "string", maxLength: 255 } }],
  options: {
    hostname: { kind: "string" },
    storage: { kind: "string", format: storageId },
    unique: { kind: "boolean" },
  },
  run({ session }, call) {
    return collectOutput(usageOf("restore", restore), (output) => {
      const { vmid, words, options } = call;
      assertVmidFree(session.host, vmid);
      const volume = parseVolumeId(words.get("ostemplate") ?? "");
      const storage = findStorage(session.host, volume.storage);
      if (storage === undefined) throw new PveError(`storage '${volume.storage}' does not exist`);
      if (storage.type !== "pbs") throw new NotImitated("the embedded lab's pct restores from backup servers alone");
      const saved = guestBackups(session, storage).find((each) => volumeNameOf(each) === volume.name);
      if (saved?.guest === undefined) throw new PveError(`volume '${volume.storage}:${volume.name}' does not exist`, 2);
      output.beginTask();
      takeConfigLock(session, vmid, output.warn);
      const conf = parseLxcConf(vmid, saved.guest.conf);
      for (const [key, value] of conf.values) {
        if (!isMountKey(key)) continue;
        const mount = parseMount(key, value);
        const from = mount.get("volume") ?? "";
        if (kindOfMount(from) !== "volume") continue;
        const gib = (parsePveSize(mount.get("size") ?? "4G") ?? 4 * 1024 ** 3) / 1024 ** 3;
        mount.set("volume", `${options.get("storage") ?? parseVolumeId(from).storage}:${gib}`);
        makeVolume(session, vmid, mount, output);
        conf.values.set(key, printMount(key, mount));
      }
      const hostname = options.get("hostname");
      if (hostname !== undefined) conf.values.set("hostname", hostname);
      for (const [key, value] of conf.values)
        if (/^net\d+$/.test(key) && isOn(call, "unique"))
          conf.values.set(key, normaliseNetwork(session, `${vmid} ${key}`, value.replace(/,?hwaddr=[^,]*/, "")));
      session.spend(30_000);
      place(session, vmid, structuredClone(saved.guest.inside) as Host);
      writeConf(session, vmid, conf);
      writeLxcConfig(session, vmid, loadConf(session.host, vmid, output.warn));
    });
  },
};

function place(session: Session, vmid: string, inside: Host): void {
  const { pve } = session.change();
  inside.mounts = [];
  delete inside.booted;
  if (pve !== undefined) pve.containers[vmid] = { inside, running: null, snapshots: {} };
}
