import type { Session } from "../../session.ts";
import { NotImitated, refuseArgument, says, type ToolResult } from "../../tool.ts";

/** `pvesh ls /nodes/NODE`: what is below a node, as Proxmox VE 8.4 lists it. Other listings are not imitated. */
export function listOfNode({ host }: Session, path: string, args: readonly string[]): ToolResult {
  if (args.length > 0) refuseArgument("pvesh", args.join(" "));
  if (path.replace(/\/+$/, "") !== `/nodes/${host.hostname}`)
    throw new NotImitated(`the embedded lab's pvesh lists what is below its node only, not ${path}`);
  return says(BELOW.map(([rights, name]) => `${rights.padEnd(12)} ${name}\n`).join(""));
}

/** `D`: there is more below. Then which of get, set, create and delete there are. */
const BELOW: readonly (readonly [rights: string, name: string])[] = [
  ["-r-c-", "aplinfo"],
  ["Dr---", "apt"],
  ["Dr---", "capabilities"],
  ["Dr---", "ceph"],
  ["Dr---", "certificates"],
  ["-rw--", "config"],
  ["Dr---", "disks"],
  ["-rw--", "dns"],
  ["Dr---", "firewall"],
  ["Dr---", "hardware"],
  ["-r-c-", "hosts"],
  ["-r---", "journal"],
  ["Dr-c-", "lxc"],
  ["---c-", "migrateall"],
  ["-r---", "netstat"],
  ["Drwcd", "network"],
  ["Dr-c-", "qemu"],
  ["-r---", "query-url-metadata"],
  ["Dr---", "replication"],
  ["-r---", "report"],
  ["-r---", "rrd"],
  ["-r---", "rrddata"],
  ["Dr---", "scan"],
  ["Dr---", "sdn"],
  ["Dr---", "services"],
  ["---c-", "spiceshell"],
  ["---c-", "startall"],
  ["-r-c-", "status"],
  ["---c-", "stopall"],
  ["Dr---", "storage"],
  ["-rwcd", "subscription"],
  ["---c-", "suspendall"],
  ["-r---", "syslog"],
  ["Dr---", "tasks"],
  ["---c-", "termproxy"],
  ["-rw--", "time"],
  ["-r---", "version"],
  ["---c-", "vncshell"],
  ["---c-", "vzdump"],
  ["---c-", "wakeonlan"],
];
