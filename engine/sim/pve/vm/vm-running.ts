import { type FrozenHost, own } from "../../world.ts";

/** Whether a virtual machine is running; also of a number that nobody uses. */
export function isVmRunning(host: FrozenHost, vmid: string): boolean {
  return (own(host.pve?.vms ?? {}, vmid)?.running ?? null) !== null;
}
export function vmPid(host: FrozenHost, vmid: string): number | undefined {
  return own(host.pve?.vms ?? {}, vmid)?.running?.pid;
}

/** What the kernel makes up of the processes of virtual machines. */
export function vmProcessFiles(host: FrozenHost): readonly string[] {
  return Object.keys(host.pve?.vms ?? {}).flatMap((vmid) => {
    const pid = vmPid(host, vmid);
    return pid === undefined ? [] : [`/proc/${pid}/cmdline`];
  });
}

/** `/proc/PID/cmdline` of a virtual machine's process: words, each with a zero byte behind it. */
export function vmCommandLine(host: FrozenHost, path: string): string | undefined {
  const pid = Number(/^\/proc\/(\d+)\/cmdline$/.exec(path)?.[1] ?? Number.NaN);
  const vmid = Object.keys(host.pve?.vms ?? {}).find((each) => vmPid(host, each) === pid);
  if (vmid === undefined) return undefined;
  const socket = `id=qmp,path=/var/run/qemu-server/${vmid}.qmp,server=on,wait=off`;
  return ["/usr/bin/kvm", "-id", vmid, "-no-shutdown", "-chardev", `socket,${socket}`]
    .map((word) => `${word}\0`)
    .join("");
}
