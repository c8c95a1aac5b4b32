import { PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { loadConf, writeConf } from "../../pve/container/container-conf.ts";
import { addUnused, mountedVolumes } from "../../pve/container/mount-points.ts";
import { haltContainer } from "../../pve/container/stop-container.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import { emptyPart, type HeldConf } from "../../pve/guest/guest-conf.ts";
import { copyOfPart } from "../../pve/guest/snapshots.ts";
import { blockedVolume } from "../../pve/guest/volume-snapshots.ts";
import { isRunning } from "../../pve/inside/container-host.ts";
import type { Session } from "../../session.ts";
import { own } from "../../world.ts";
import { isOn } from "./call.ts";
import { assertUnlocked } from "./load.ts";
import type { Subcommand } from "./options.ts";
import { startWork } from "./start.ts";
import { SNAPSHOT_NAME, VMID } from "./words.ts";

export const rollback: Subcommand = {
  words: [VMID, SNAPSHOT_NAME],
  options: { start: { kind: "boolean" } },
  run({ session }, call) {
    const { vmid } = call;
    const name = call.words.get("snapname") ?? "";
    return runTask(255, () => (output) => {
      takeConfigLock(session, vmid, output.warn);
      const conf = loadConf(session.host, vmid, output.warn);
      if (conf.values.get("template") === "1") throw new PveError("you can't rollback if vm is a template");
      const part = conf.snapshots.get(name);
      if (part === undefined) throw new PveError(`snapshot '${name}' does not exist`);
      assertLatestOnZfs(session, conf, name);
      const state = part.values.get("snapstate");
      if (state !== undefined) throw new PveError(`unable to rollback to incomplete snapshot (snapstate = ${state})`);
      assertUnlocked(conf);
      if (isRunning(session.host, vmid)) {
        session.spend(STOP_MS);
        haltContainer(session, vmid);
      }
      const restored: HeldConf = { ...conf, ...copyOfPart(part), pending: emptyPart() };
      if (conf.description !== undefined) restored.description = conf.description;
      for (const [key, value] of conf.values) if (/^unused\d+$/.test(key)) restored.values.set(key, value);
      const kept = new Set(mountedVolumes(part.values));
      for (const volume of mountedVolumes(conf.values)) if (!kept.has(volume)) addUnused(restored, volume);
      restored.values.set("parent", name);
      writeConf(session, vmid, restored);
      restoreInside(session, vmid, name);
      if (isOn(call, "start")) startWork(session, vmid, false)(output);
    });
  },
};
const STOP_MS = 900;

// ZFS cannot go back over later snapshots without destroying them, which the tools do not do.
function assertLatestOnZfs({ host }: Session, conf: HeldConf, name: string): void {
  const blocked = blockedVolume(host, mountedVolumes(conf.snapshots.get(name)?.values ?? new Map()), name);
  if (blocked !== undefined)
    throw new PveError(`can't rollback, '${name}' is not most recent snapshot on '${blocked.replace(/^[^:]*:/, "")}'`);
}

function restoreInside(session: Session, vmid: string, name: string): void {
  const container = own(session.change().pve?.containers ?? {}, vmid);
  const saved = container === undefined ? undefined : own(container.snapshots, name);
  if (container === undefined || saved === undefined) return;
  container.inside = structuredClone(saved);
  haltContainer(session, vmid);
}
