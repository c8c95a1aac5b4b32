import { collectOutput, PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { loadConf, writeConf } from "../../pve/container/container-conf.ts";
import { mountedVolumes } from "../../pve/container/mount-points.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import { canSnapshot, copyOfPart, snapshotTree, unlinkParent } from "../../pve/guest/snapshots.ts";
import { dropVolumeSnapshots, snapshotVolumes } from "../../pve/guest/volume-snapshots.ts";
import type { Session } from "../../session.ts";
import { own } from "../../world.ts";
import { assertUnlocked } from "./load.ts";
import type { Subcommand } from "./options.ts";
import { SNAPSHOT_NAME, VMID } from "./words.ts";

const SNAPSHOT_MS = 300;

export const snapshot: Subcommand = {
  words: [VMID, SNAPSHOT_NAME],
  options: { description: { kind: "string" } },
  run({ session }, { vmid, words, options }) {
    const name = words.get("snapname") ?? "";
    return runTask(255, () => {
      if (name === "current" || name === "vzdump")
        throw new PveError(`unable to use snapshot name '${name}' (reserved name)`);
      return ({ warn }) => {
        takeConfigLock(session, vmid, warn);
        const conf = loadConf(session.host, vmid, warn);
        if (conf.values.get("template") === "1") throw new PveError("you can't take a snapshot if it's a template");
        assertUnlocked(conf);
        if (conf.snapshots.has(name)) throw new PveError(`snapshot name '${name}' already used`);
        if (!canSnapshot(session.host, conf)) throw new PveError("snapshot feature is not available");
        for (const part of conf.snapshots.values())
          if (part.values.get("parent") === name) part.values.delete("parent");
        session.spend(SNAPSHOT_MS);
        const part = copyOfPart(conf);
        part.values.set("snaptime", String(Math.floor(session.host.clockMs / 1000)));
        const description = options.get("description");
        if (description !== undefined && description !== "") part.description = description;
        conf.snapshots.set(name, part);
        conf.values.set("parent", name);
        snapshotVolumes(session, mountedVolumes(conf.values), name);
        const container = own(session.change().pve?.containers ?? {}, vmid);
        if (container?.inside) container.snapshots[name] = structuredClone(container.inside);
        writeConf(session, vmid, conf);
      };
    });
  },
};

export const listsnapshot: Subcommand = {
  words: [VMID],
  options: {},
  run({ session }, { vmid }) {
    return collectOutput("", ({ out, warn }) => out(snapshotTree(loadConf(session.host, vmid, warn))));
  },
};

export const delsnapshot: Subcommand = {
  words: [VMID, SNAPSHOT_NAME],
  options: { force: { kind: "boolean" } },
  run({ session }, { vmid, words }) {
    const name = words.get("snapname") ?? "";
    return runTask(255, () => ({ warn }) => {
      const conf = loadConf(session.host, vmid, warn);
      const part = conf.snapshots.get(name);
      if (part === undefined) throw new PveError(`snapshot '${name}' does not exist`);
      assertUnlocked(conf);
      if (conf.values.get("template") === "1") throw new PveError("you can't delete a snapshot if vm is a template");
      takeConfigLock(session, vmid, warn);
      session.spend(SNAPSHOT_MS);
      conf.snapshots.delete(name);
      unlinkParent(conf, name, part.values.get("parent"));
      dropVolumeSnapshots(session, mountedVolumes(part.values), name);
      dropSnapshot(session, vmid, name);
      writeConf(session, vmid, conf);
    });
  },
};

function dropSnapshot(session: Session, vmid: string, name: string): void {
  const container = own(session.change().pve?.containers ?? {}, vmid);
  if (container !== undefined) delete container.snapshots[name];
}
