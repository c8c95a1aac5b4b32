import type { ConfView } from "../../engine/formats/guest-view.ts";
import type { Value } from "../../engine/module/index.ts";
import type { Aspect } from "./aspect.ts";
import { cloudinitAspect } from "./desired-cloudinit.ts";
import { devicesAspect, HOSTPCI, USB } from "./desired-devices.ts";
import { disksAspect } from "./desired-disks.ts";
import { netsAspect } from "./desired-nets.ts";
import { diskEntry } from "./disk-entry.ts";
import type { Params } from "./params.ts";
import { scalarAspects } from "./scalars.ts";
import type { Seen } from "./seen.ts";

/** Every parameter that the task names, compared with the configuration as it will be after the next start. */
export function compare(params: Params, view: ConfView, seen: Seen): readonly Aspect[] {
  const { vmid, disks, efidisk, nets, cloudinit, hostpci, usb } = params;
  return [
    ...scalarAspects(params, view),
    ...(efidisk === undefined ? [] : [efidiskAspect(efidisk, view)]),
    ...(disks === undefined ? [] : [disksAspect(params, view, seen)]),
    ...(nets === undefined ? [] : [netsAspect(nets, view)]),
    ...(hostpci === undefined ? [] : [devicesAspect(HOSTPCI, hostpci, view)]),
    ...(usb === undefined ? [] : [devicesAspect(USB, usb, view)]),
    ...(cloudinit === undefined ? [] : [cloudinitAspect(vmid, cloudinit, view)]),
  ];
}

/** Made once: what is in it is the guest's. */
function efidiskAspect(wanted: NonNullable<Params["efidisk"]>, view: ConfView): Aspect {
  const is = view.merged.get("efidisk0");
  const field = "efidisk";
  const shown = (storage: string | null): Value => ({ storage });
  if (is !== undefined) {
    const there = shown(diskEntry("efidisk0", is).storage);
    return { field, before: there, after: there, edits: [] };
  }
  const keys = wanted.pre_enrolled_keys ? "1" : "0";
  const value = `${wanted.storage}:1,efitype=${wanted.type},pre-enrolled-keys=${keys}`;
  return { field, before: null, after: shown(wanted.storage), edits: [{ key: "efidisk0", value }] };
}
