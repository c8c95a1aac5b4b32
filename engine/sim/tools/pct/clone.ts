import { dnsName, guestId, storageId } from "../../pve/command/formats.ts";
import { PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { printProperties } from "../../pve/command/schema.ts";
import { loadConf, writeConf } from "../../pve/container/container-conf.ts";
import { NETWORK } from "../../pve/container/keys/property-keys.ts";
import { isMountKey, kindOfMount, parseKnown, parseMount, printMount } from "../../pve/container/mount-points.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import { type ConfPart, emptyConf, type HeldConf } from "../../pve/guest/guest-conf.ts";
import { newHardwareAddress } from "../../pve/guest/network-interface.ts";
import { isRunning } from "../../pve/inside/container-host.ts";
import { setUpInside } from "../../pve/inside/set-up-inside.ts";
import { copyVolume } from "../../pve/storage/copy-volume.ts";
import { findStorage } from "../../pve/storage/storages.ts";
import { allocateVolume, findVolume, storageOf } from "../../pve/storage/volumes.ts";
import type { Session } from "../../session.ts";
import { type Host, own } from "../../world.ts";
import type { PctCall } from "./call.ts";
import { isOn } from "./call.ts";
import { assertVmidFree } from "./create-checks.ts";
import { assertUnlocked } from "./load.ts";
import type { Subcommand } from "./options.ts";
import { SNAPSHOT_NAME, VMID } from "./words.ts";

export const clone: Subcommand = {
  words: [VMID, { name: "newid", schema: { kind: "integer", format: guestId } }],
  options: {
    bwlimit: { kind: "number", min: 0 },
    description: { kind: "string" },
    full: { kind: "boolean" },
    hostname: { kind: "string", format: dnsName, maxLength: 255 },
    pool: { kind: "string" },
    snapname: { ...SNAPSHOT_NAME.schema },
    storage: { kind: "string", format: storageId },
    target: { kind: "string" },
  },
  run({ session }, call) {
    const newid = String(Number(call.words.get("newid")));
    return runTask(255, ({ warn }) => {
      const target = call.options.get("target");
      if (target !== undefined && target !== session.host.hostname && target !== "localhost")
        throw new PveError(`no such cluster node '${target}'`);
      const storage = call.options.get("storage");
      if (storage !== undefined) storageOf(session.host, storage);
      const source = loadConf(session.host, call.vmid, warn);
      takeConfigLock(session, call.vmid, warn);
      assertUnlocked(source);
      assertVmidFree(session.host, newid);
      const full = call.options.has("full") ? isOn(call, "full") : source.values.get("template") !== "1";
      const part = planned(session, call, source, full);
      return (output) => {
        const made: HeldConf = emptyConf();
        for (const [key, value] of part.values) {
          if (!isMountKey(key)) made.values.set(key, networkAnew(session, newid, key, value));
        }
        const description = call.options.get("description") ?? part.description;
        if (description !== undefined) made.description = description;
        const hostname = call.options.get("hostname");
        if (hostname !== undefined) made.values.set("hostname", hostname);
        made.raw = [...part.raw];
        for (const [key, value] of part.values) {
          if (!isMountKey(key)) continue;
          const mount = parseMount(key, value);
          const volume = mount.get("volume") ?? "";
          if (full) {
            output.out(`create full clone of mountpoint ${key} (${volume})`);
            copyVolume(session, newid, storage ?? volume.split(":")[0] ?? "", mount, output);
          } else {
            output.out(`create linked clone of mount point ${key} (${volume})`);
            mount.set("volume", linkedVolume(session, newid, volume));
          }
          made.values.set(key, printMount(key, mount));
        }
        copyInside(session, call, newid, made);
        writeConf(session, newid, made);
      };
    });
  },
};

/** What is cloned, if it can be. Throws PveError with the errno that leaks from the look at the new file. */
function planned(session: Session, call: PctCall, source: HeldConf, full: boolean): ConfPart {
  const refuse = (text: string) => new PveError(text, 2);
  if (call.options.has("storage") && !full) throw refuse("parameter 'storage' not allowed for linked clones");
  const name = call.options.get("snapname");
  const part = name === undefined ? source : source.snapshots.get(name);
  if (part === undefined) throw refuse(`snapshot '${name}' does not exist`);
  const running = isRunning(session.host, call.vmid);
  for (const [key, value] of [...part.values].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!isMountKey(key)) continue;
    const volume = parseMount(key, value).get("volume") ?? "";
    const kind = kindOfMount(volume);
    if (kind !== "volume") throw refuse(`unable to clone mountpoint '${key}' (type ${kind})`);
    if (full && running && name === undefined)
      throw refuse("Cannot do full clones on a running container without snapshots");
    if (!full && !canLink(session, volume)) throw refuse(`Linked clone feature for '${volume}' is not available`);
  }
  const values = new Map(part.values);
  for (const key of ["lock", "parent", "snaptime", "snapstate", "template"]) values.delete(key);
  for (const key of [...values.keys()]) if (/^unused\d+$/.test(key)) values.delete(key);
  return { ...part, values };
}

// Where a storage can snapshot, a base volume can be the origin of others.
function canLink({ host }: Session, volume: string): boolean {
  const type = findStorage(host, volume.split(":")[0] ?? "")?.type ?? "";
  return ["zfspool", "lvmthin", "rbd"].includes(type) && /(^|[:/])base(vol)?-/.test(volume);
}

function linkedVolume(session: Session, newid: string, volume: string): string {
  const base = findVolume(session.host, volume);
  if (base === undefined) throw new PveError(`volume '${volume}' does not exist`);
  const [storage = "", name = ""] = volume.split(/:(.*)/s);
  const made = allocateVolume(session, storage, { vmid: newid, format: base.format, bytes: base.bytes });
  const { pve } = session.change();
  const record = own(pve?.volumes ?? {}, made);
  if (pve === undefined || record === undefined) return made;
  // A linked volume bears its origin in its name.
  const linked = `${storage}:${name}/${made.slice(storage.length + 1)}`;
  delete pve.volumes[made];
  pve.volumes[linked] = record;
  return linked;
}

/** Every interface of a clone gets a hardware address of its own. */
function networkAnew(session: Session, newid: string, key: string, value: string): string {
  if (!/^net\d+$/.test(key)) return value;
  const net = parseKnown(NETWORK, value);
  net.set("hwaddr", newHardwareAddress(session, `${newid} ${key}`));
  return printProperties(NETWORK, net);
}

function copyInside(session: Session, call: PctCall, newid: string, conf: HeldConf): void {
  const node = session.change();
  const source = own(node.pve?.containers ?? {}, call.vmid);
  const name = call.options.get("snapname");
  const origin = name === undefined ? source?.inside : source === undefined ? undefined : own(source.snapshots, name);
  const inside: Host | null = origin ? structuredClone(origin) : null;
  if (inside !== null) {
    inside.mounts = [];
    delete inside.booted;
    setUpInside(inside, node, newid, conf.values);
  }
  if (node.pve !== undefined) node.pve.containers[newid] = { inside, running: null, snapshots: {} };
}
