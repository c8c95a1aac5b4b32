import type { Aspect } from "./aspect.ts";
import type { ConfView } from "./conf-view.ts";
import { devicesAspect } from "./desired-devices.ts";
import { mountsAspect } from "./desired-mounts.ts";
import { netsAspect } from "./desired-nets.ts";
import { rootfsAspect } from "./desired-rootfs.ts";
import type { Params } from "./params.ts";
import { type Ground, scalarAspects } from "./scalars.ts";

/** Every parameter that the task names, compared with the configuration as it will be after the next start. */
export function compare(params: Params, view: ConfView, ground: Ground): readonly Aspect[] {
  const { vmid, rootfs, nets, mounts, devices, append_devices, storage, detach } = params;
  return [
    ...scalarAspects(params, view, ground),
    ...(rootfs === undefined ? [] : [rootfsAspect(vmid, rootfs, storage, view)]),
    ...(nets === undefined ? [] : [netsAspect(nets, view)]),
    ...(mounts === undefined ? [] : [mountsAspect({ vmid, mounts, storage, detach }, view)]),
    ...(devices === undefined ? [] : [devicesAspect(devices, view, append_devices)]),
  ];
}
