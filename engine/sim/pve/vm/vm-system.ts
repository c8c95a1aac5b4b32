import { parsePropertyString } from "../../../formats/property-string.ts";
import { type FrozenHost, type GuestSystem, own } from "../../world.ts";
import type { ConfPart } from "../guest/guest-conf.ts";
import { findVolume } from "../storage/volumes.ts";
import { bootDevices, drivesOf, fileOf, isDisk } from "./vm-drives.ts";

/** How long a system takes until its agent answers, and until it has gone down. */
const BOOT_MS = 8000;

/** The system that a virtual machine boots: of the first disk of its boot order that has one. */
export function systemOf(host: FrozenHost, { values }: Pick<ConfPart, "values">): GuestSystem | undefined {
  const order = bootDevices(values);
  const disks = drivesOf(values).filter(
    ({ key, drive }) => isDisk(drive) && (order.length === 0 || order.includes(key)),
  );
  const sorted = disks.sort((a, b) => order.indexOf(a.key) - order.indexOf(b.key));
  return sorted.map(({ drive }) => findVolume(host, fileOf(drive))?.system).find((system) => system !== undefined);
}

/** Whether the configuration has QEMU's guest agent switched on. */
export function wantsAgent({ values }: Pick<ConfPart, "values">): boolean {
  return parsePropertyString(values.get("agent") ?? "", "enabled").options.get("enabled") === "1";
}

/** Whether the agent inside answers: it is installed there, the machine has the device, and it is up. */
export function agentAnswers(host: FrozenHost, vmid: string, conf: Pick<ConfPart, "values">): boolean {
  const vm = own(host.pve?.vms ?? {}, vmid);
  if (!vm?.running || vm.paused === true) return false;
  return wantsAgent(conf) && systemOf(host, conf)?.agent === true && host.clockMs - vm.running.since >= BOOT_MS;
}
