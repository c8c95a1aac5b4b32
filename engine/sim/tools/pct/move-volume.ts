import { storageId } from "../../pve/command/formats.ts";
import { PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { loadConf, writeConf } from "../../pve/container/container-conf.ts";
import { addUnused, isInUse, kindOfMount, parseMount, printMount } from "../../pve/container/mount-points.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import { isRunning } from "../../pve/inside/container-host.ts";
import { copyVolume } from "../../pve/storage/copy-volume.ts";
import { freeVolume, storageOf } from "../../pve/storage/volumes.ts";
import { NotImitated } from "../../tool.ts";
import { isOn } from "./call.ts";
import { assertUnlocked } from "./load.ts";
import { MOUNT_KEYS } from "./mount-keys.ts";
import type { Subcommand } from "./options.ts";
import { VMID } from "./words.ts";

const KEYS = [...MOUNT_KEYS, ...Array.from({ length: 256 }, (_, index) => `unused${index}`)];

export const moveVolume: Subcommand = {
  words: [
    VMID,
    { name: "volume", schema: { kind: "string", values: KEYS } },
    { name: "storage", schema: { kind: "string", format: storageId }, optional: true },
    { name: "target-vmid", schema: { kind: "integer" }, optional: true },
    { name: "target-volume", schema: { kind: "string", values: KEYS }, optional: true },
  ],
  options: {
    bwlimit: { kind: "number", min: 0 },
    delete: { kind: "boolean" },
    digest: { kind: "string", maxLength: 40 },
  },
  run({ session }, call) {
    const { vmid, words, options } = call;
    const key = words.get("volume") ?? "";
    const storage = words.get("storage");
    if (words.has("target-vmid") || storage === undefined)
      throw new NotImitated(
        "the embedded lab's pct move-volume does not know how to give a volume to another container",
      );
    return runTask(255, ({ warn }) => {
      takeConfigLock(session, vmid, warn);
      const conf = loadConf(session.host, vmid, warn);
      assertUnlocked(conf);
      if (isRunning(session.host, vmid)) throw new PveError("cannot move volumes of a running container");
      if (key.startsWith("unused"))
        throw new PveError(`cannot move volume '${key}', only configured volumes can be moved to another storage`);
      const mount = parseMount(key, conf.values.get(key) ?? "");
      const old = mount.get("volume") ?? "";
      const snapshots = { ...conf, values: new Map<string, string>() };
      if (isOn(call, "delete") && isInUse(snapshots, old))
        throw new PveError("you can't move a volume with snapshots and delete the source");
      const digest = options.get("digest");
      if (digest !== undefined && digest !== conf.digest)
        throw new PveError("detected modified configuration - file changed by other user? Try again.");
      return (output) => {
        if (kindOfMount(old) !== "volume") throw new PveError(`cannot copy volumes of type ${kindOfMount(old)}`);
        storageOf(session.host, storage);
        copyVolume(session, vmid, storage, mount, output);
        conf.values.set(key, printMount(key, mount));
        if (isOn(call, "delete")) freeVolume(session, old);
        else addUnused(conf, old);
        writeConf(session, vmid, conf);
      };
    });
  },
};
