import { parsePveSize } from "../../../formats/pve-size.ts";
import { type FrozenHost, own } from "../../world.ts";
import type { ConfPart } from "../guest/guest-conf.ts";
import { bootDevices, drivesOf, isDisk } from "./vm-drives.ts";
import { memoryOf } from "./vm-values.ts";

/** What Proxmox VE tells of a virtual machine at a moment: `qm status --verbose`, and the JSON of `pvesh`. */
export type VmStatus = Readonly<
  Record<string, string | number | Readonly<Record<string, Readonly<Record<string, number>>>>>
>;

export function vmStatus(host: FrozenHost, vmid: string, { values }: Pick<ConfPart, "values">): VmStatus {
  const vm = own(host.pve?.vms ?? {}, vmid);
  const running = vm?.running ?? null;
  const optional = (key: string) => (values.has(key) ? { [key]: values.get(key) ?? "" } : {});
  const state = running === null ? "stopped" : "running";
  const nics = [...values.keys()].filter((key) => /^net\d+$/.test(key)).map((key) => `tap${vmid}i${key.slice(3)}`);
  const bytes = memoryOf(values.get("memory")) * 1024 ** 2;
  return {
    cpus: Number(values.get("vcpus") ?? Number(values.get("sockets") ?? 1) * Number(values.get("cores") ?? 1)),
    disk: 0,
    ...optional("lock"),
    maxdisk: bootDiskBytes(values),
    maxmem: bytes,
    mem: running === null ? 0 : Math.floor(bytes / 4),
    name: values.get("name") ?? `VM ${vmid}`,
    netin: 0,
    netout: 0,
    ...(running === null
      ? {}
      : { nics: Object.fromEntries(nics.sort().map((name) => [name, { netin: 0, netout: 0 }])), pid: running.pid }),
    qmpstatus: vm?.paused === true ? "paused" : state,
    status: state,
    ...optional("tags"),
    ...(values.get("template") === "1" ? { template: 1 } : {}),
    uptime: running === null ? 0 : Math.floor((host.clockMs - running.since) / 1000),
    vmid: Number(vmid),
  };
}

function bootDiskBytes(values: ReadonlyMap<string, string>): number {
  const order = bootDevices(values);
  const legacy = values.get("bootdisk");
  const disk = drivesOf(values)
    .filter(({ key, drive }) => isDisk(drive) && (order.includes(key) || (order.length === 0 && key === legacy)))
    .sort((a, b) => order.indexOf(a.key) - order.indexOf(b.key))[0];
  return parsePveSize(disk?.drive.get("size") ?? "") ?? 0;
}
