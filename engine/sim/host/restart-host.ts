import { readFile } from "../files/file-changes.ts";
import { sha256 } from "../files/node.ts";
import { applyPending } from "../pve/container/apply-pending.ts";
import { loadConf } from "../pve/container/container-conf.ts";
import { haltContainer } from "../pve/container/stop-container.ts";
import type { Session } from "../session.ts";
import { NotImitated, type ToolContext } from "../tool.ts";
import type { Host } from "../world.ts";
import { SYSCTL, SYSTEM_MOUNTS } from "./debian-12.ts";
import { loadModule, moduleKnown } from "./kernel-modules.ts";
import { newHost } from "./new-host.ts";
import { findUnit, OWN_UNITS } from "./systemd.ts";

/** From the command to the moment when sshd answers again. */
const RESTART_MS = 35_000;

/**
 * A machine is booted anew: what was only in memory is gone, what is configured comes up. Nobody reaches it until then. Not
 * imitated: that a file system of /etc/fstab which is not mounted now gets mounted.
 */
export function restartHost({ session, run }: Pick<ToolContext, "session" | "run">): void {
  const host = session.change();
  const { clockMs } = host;
  const hex = sha256(`boot ${host.hostname} ${host.bootId} ${clockMs}`);
  host.bootId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  host.upAt = clockMs + RESTART_MS;
  delete host.jobs;
  for (const disk of Object.values(host.disks ?? {})) delete disk.readOnly;
  const guests = stopGuests(session, host);
  emptyMemory(host);
  mountAgain(host);
  restartUnits(session, host, host.upAt);
  delete host.loadedModules;
  for (const name of modulesAtBoot(session)) if (moduleKnown(host, name) !== undefined) loadModule(host, name);
  for (const name of Object.keys(host.sysctl)) delete host.sysctl[name];
  Object.assign(host.sysctl, SYSCTL, { "kernel.hostname": host.hostname });
  host.clockMs = host.upAt;
  trying(() => run?.(session, ["sysctl", "--system"], {}));
  for (const argv of guests) trying(() => run?.(session, argv, {}));
  // Who waits for it lets the time pass.
  host.clockMs = clockMs;
}

/** Ends all guests; what starts those again that start at boot. */
function stopGuests(session: Session, host: Host): readonly (readonly string[])[] {
  const again: (readonly string[])[] = [];
  const silent = { out: () => {}, warn: () => {} };
  for (const [vmid, { running }] of Object.entries(host.pve?.containers ?? {})) {
    if (running !== null) {
      haltContainer(session, vmid);
      applyPending(session, vmid, silent);
    }
    if (loadConf(host, vmid, silent.warn).values.get("onboot") === "1") again.push(["pct", "start", vmid]);
  }
  for (const [vmid, vm] of Object.entries(host.pve?.vms ?? {})) {
    vm.running = null;
    const conf = host.files[`/etc/pve/nodes/${host.hostname}/qemu-server/${vmid}.conf`];
    if (conf?.type === "file" && /^onboot: *1$/m.test(conf.content.split(/^\[/m)[0] ?? ""))
      again.push(["qm", "start", vmid]);
  }
  return again;
}

/** What lies in a tmpfs is what the system makes there at boot. */
function emptyMemory(host: Host): void {
  const fresh = newHost(host.description).files;
  for (const path of Object.keys(host.files)) {
    if (/^\/(run|dev\/shm)\//.test(path) && fresh[path] === undefined) delete host.files[path];
  }
}

/** Mounts of the system, of ZFS, and of /etc/fstab; what somebody has mounted by hand is not mounted again. */
function mountAgain(host: Host): void {
  const fstab = host.files["/etc/fstab"];
  const listed = fstab?.type === "file" ? fstab.content.split("\n").map((line) => line.trim().split(/\s+/)) : [];
  const targets = new Set(listed.flatMap(([source = "#", target = ""]) => (source.startsWith("#") ? [] : [target])));
  const system = new Set(SYSTEM_MOUNTS.map(({ target }) => target));
  host.mounts = host.mounts.filter(
    ({ target, fstype, source }) =>
      system.has(target) || fstype === "zfs" || targets.has(target) || !source.startsWith("/dev/"),
  );
}

function restartUnits(session: Session, host: Host, at: number): void {
  const enabled = Object.keys(host.files).flatMap((path) => {
    const name = path.startsWith(`${OWN_UNITS}/`) ? /\.(?:wants|requires)\/([^/]+)$/.exec(path)?.[1] : undefined;
    return name === undefined ? [] : [name];
  });
  for (const name of new Set([...Object.keys(host.units), ...enabled])) {
    const unit = findUnit(session, name);
    const was = host.units[unit.name];
    // A static unit is pulled in by another one: it comes up where it did before.
    const starts =
      unit.fileState === "enabled" || (unit.fileState === "static" && was?.phase === "started" && was.asked !== true);
    host.units[unit.name] = {
      phase: starts && unit.load === "loaded" ? "starting" : "stopped",
      since: at,
      restarts: 0,
      starts: starts ? 1 : 0,
    };
  }
}

function modulesAtBoot(session: Session): readonly string[] {
  const files = Object.keys(session.host.files).filter((path) => /^\/etc\/modules-load\.d\/[^/]+\.conf$/.test(path));
  return ["/etc/modules", ...files].flatMap((path) => {
    const text = Buffer.from(readFile(session, path) ?? "").toString("utf8");
    return text.split("\n").flatMap((line) => (/^\s*[#;]/.test(line) || line.trim() === "" ? [] : [line.trim()]));
  });
}

function trying(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof NotImitated)) throw error;
  }
}
