import { parsePropertyString } from "../../../formats/property-string.ts";
import { parsePveSize } from "../../../formats/pve-size.ts";
import { type FrozenHost, own } from "../../world.ts";
import type { ConfPart } from "../guest/guest-conf.ts";

/** What Proxmox VE tells of a container at a moment: `pct status --verbose`, and the JSON of `pvesh`. */
export function containerStatus(
  host: FrozenHost,
  vmid: string,
  { values }: Pick<ConfPart, "values">,
): Readonly<Record<string, string | number>> {
  const running = own(host.pve?.containers ?? {}, vmid)?.running ?? null;
  const { options } = parsePropertyString(values.get("rootfs") ?? "", "volume");
  const volume = own(host.pve?.volumes ?? {}, options.get("volume") ?? "");
  const size = parsePveSize(options.get("size") ?? "") ?? 0;
  const mib = 1024 * 1024;
  const optional = (key: string) => (values.has(key) ? { [key]: values.get(key) ?? "" } : {});
  const cores = Number(values.get("cores") ?? 0) || Number(values.get("cpulimit") ?? 0);
  return {
    cpu: 0,
    cpus: cores || (host.description.cpus ?? 4),
    // A file system shows less than its volume: its own tables are not counted.
    ...(running === null
      ? { disk: 0, maxdisk: size || 4 * 1024 ** 3 }
      : {
          disk: Math.min(240 * mib, Math.floor((volume?.bytes ?? size) / 4)),
          maxdisk: Math.floor((volume?.bytes ?? size) * 0.95),
        }),
    diskread: 0,
    diskwrite: 0,
    ...optional("lock"),
    maxmem: Number(values.get("memory") ?? 512) * mib,
    maxswap: Number(values.get("swap") ?? 0) * mib,
    mem: running === null ? 0 : 12 * mib,
    name: (values.get("hostname") ?? `CT${vmid}`).replaceAll(/\s/g, ""),
    netin: 0,
    netout: 0,
    ...(running === null ? {} : { pid: running.pid }),
    status: running === null ? "stopped" : "running",
    swap: 0,
    ...optional("tags"),
    ...(values.get("template") === "1" ? { template: 1 } : {}),
    type: "lxc",
    uptime: running === null ? 0 : Math.floor((host.clockMs - running.since) / 1000),
    vmid: Number(vmid),
  };
}
