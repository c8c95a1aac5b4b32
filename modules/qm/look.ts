import { confView } from "../../engine/formats/guest-view.ts";
import { GUEST_LIST } from "../../engine/formats/pve-guests.ts";
import type { ExecAnswer, ReadOp } from "../../engine/module/index.ts";
import { read } from "../../engine/module/index.ts";
import { imagePath, lookAtImage } from "./image.ts";
import { type Params, stateOf } from "./params.ts";
import { confPath, pidPath, processPath, type Seen } from "./seen.ts";

export function firstLook(params: Params) {
  const { vmid, clone, disks, efidisk, cloudinit } = params;
  const made = stateOf(params) !== "absent";
  const stores = (disks?.length ?? 0) > 0 || efidisk !== undefined || cloudinit?.storage !== undefined;
  return {
    guests: read.text(GUEST_LIST),
    conf: read.text(confPath(vmid)),
    pid: read.text(pidPath(vmid)),
    storages: made && stores ? read.text("/etc/pve/storage.cfg") : undefined,
    original: made && clone !== undefined ? read.text(confPath(clone.from)) : undefined,
  };
}

export function secondLook(params: Params, seen: Seen) {
  const { disks = [], nets = [], clone } = params;
  const view = confView(seen.conf);
  const made = stateOf(params) !== "absent";
  const process = processPath(seen.pid);
  const images: Record<`image ${string}`, ReadOp<ExecAnswer>> = {};
  // Of a clone the disks are those of its original; what is there is imported no more.
  const there = view.exists ? view : confView(clone === undefined ? null : (seen.original ?? null));
  for (const { slot, import_from: source } of disks) {
    if (!made || source === undefined || there.merged.has(slot)) continue;
    const path = imagePath(source, seen.storages);
    if (path !== undefined) images[`image ${slot}`] = lookAtImage(path);
  }
  return {
    process: process === undefined ? undefined : read.file(process),
    links: made && nets.length > 0 ? read.list("/sys/class/net") : undefined,
    ha: view.exists ? read.text("/etc/pve/ha/resources.cfg") : undefined,
    ...images,
  };
}
