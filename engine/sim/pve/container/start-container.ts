import { Bug } from "../../../errors/bug.ts";
import { sha256 } from "../../files/node.ts";
import { findUnit } from "../../host/systemd.ts";
import { openSession, type Session } from "../../session.ts";
import { type Host, own } from "../../world.ts";
import { type Output, PveError } from "../command/pve-error.ts";
import { type HeldConf, printPart } from "../guest/guest-conf.ts";
import { rootInside } from "../inside/container-host.ts";
import { showInterfaces } from "../inside/live-inside.ts";
import { setUpInside } from "../inside/set-up-inside.ts";
import { mountAll } from "./container-mounts.ts";
import { interfacesOf } from "./container-network.ts";
import { idMapsOf, mapConflict, mapRefusal } from "./id-maps.ts";
import { devicesOf, writeLxcConfig } from "./lxc-config.ts";
import { lxcObjection } from "./lxc-parse.ts";
import { checkBridges, checkVolumes, mountPointsOf } from "./start-checks.ts";

/** How long `pct start` takes, and how long it waits for a container of which it hears nothing. */
const START_MS = 1200;
const UNHEARD_MS = 10_000;

/**
 * Starts a container as Proxmox VE and LXC do it together: what the configuration names has to be there, then the hook
 * mounts, LXC maps ids and mounts raw entries, and init begins. The output of a failing part is the task's, and the
 * error that of the whole. A configuration that LXC cannot read fails in silence: no error, and nothing runs.
 */
export function startContainer(
  session: Session,
  vmid: string,
  conf: HeldConf,
  output: Output,
  skipLock: boolean,
): void {
  const { values, raw } = conf;
  devicesOf(session.host, values);
  checkBridges(session.host, values);
  writeLxcConfig(session, vmid, conf);
  const maps = idMapsOf(conf);
  const conflict = mapConflict(maps);
  if (conflict !== null) output.warn(`lxc.idmap: ${conflict}`);
  checkVolumes(session.host, values);
  if (lxcObjection(raw) !== null) {
    session.spend(UNHEARD_MS);
    output.out("problem with monitor socket, but continuing anyway: got timeout\n\n");
    return;
  }
  session.spend(START_MS);
  const fail = (...lines: readonly string[]): never => {
    for (const line of lines) output.out(line);
    throw new PveError(`startup for container '${vmid}' failed`);
  };
  const hookFailed = (code: number) =>
    fail(
      `run_buffer: 571 Script exited with status ${code}`,
      `lxc_init: 845 Failed to run lxc.hook.pre-start for container "${vmid}"`,
      `__lxc_start: 2034 Failed to initialize container "${vmid}"`,
    );
  if (values.has("lock") && values.get("lock") !== "mounted" && !skipLock) hookFailed(255);
  const missing = mountPointsOf(values).find(
    ({ kind, volume }) => kind !== "volume" && session.host.files[volume] === undefined,
  );
  if (missing !== undefined) hookFailed(2);

  const node = session.change();
  const container = own(node.pve?.containers ?? {}, vmid);
  if (container === undefined || container.inside === null) throw new PveError(`CT ${vmid} has no root file system`);
  const pid = takePid(node);
  const refusal = mapRefusal(node, maps, pid);
  if (refusal !== null)
    fail(
      `lxc_map_ids: 245 ${refusal}`,
      "lxc_spawn: 1795 Failed to set up id mapping.",
      `__lxc_start: 2114 Failed to spawn container "${vmid}"`,
    );
  const inside = container.inside;
  inside.clockMs = node.clockMs;
  setUpInside(inside, node, vmid, values);
  emptyVolatile(inside);
  const unmounted = mountAll(inside, node, conf);
  if (unmounted !== null) {
    const target = `/usr/lib/x86_64-linux-gnu/lxc/rootfs${unmounted.target}`;
    const { source } = unmounted;
    fail(
      `safe_mount: 1425 No such file or directory - Failed to mount "${source}" onto "${target}"`,
      `mount_entry: 2213 No such file or directory - Failed to mount "${source}" on "${target}"`,
      "lxc_setup: 3915 Failed to setup mount entries",
      `do_start: 1273 Failed to setup container "${vmid}"`,
      "sync_wait: 34 An error occurred in another process (expected sequence number 3)",
    );
  }
  putDevices(inside, node, conf);
  boot(inside, conf, vmid, pid);
  container.running = { since: node.clockMs, pid, conf: printPart(conf) };
}

function takePid(node: Host): number {
  if (node.pve === undefined) throw new Bug("a container is started on a host that is no Proxmox VE node");
  const pid = node.pve.nextPid;
  // The monitor, its helpers and the processes inside take some, too.
  node.pve.nextPid += 20;
  return pid;
}

/** What is in memory only: /run, /dev and /tmp's kin of the last life are gone. */
function emptyVolatile(inside: Host): void {
  for (const path of Object.keys(inside.files)) if (/^\/(dev|run)\/./.test(path)) delete inside.files[path];
  const mtime = Math.floor(inside.clockMs / 1000);
  const folder = (path: string, mode: string) => {
    inside.files[path] = { type: "directory", mode, uid: 0, gid: 0, mtime };
  };
  folder("/dev/shm", "1777");
  folder("/dev/pts", "0755");
  folder("/run/lock", "1777");
  if (inside.files["/lib/systemd/system"] !== undefined || inside.files["/usr/lib/systemd/system"] !== undefined) {
    folder("/run/systemd", "0755");
    folder("/run/systemd/system", "0755");
  }
}

/** The devices of every container, and those that are passed on with the owner and mode that their key names. */
function putDevices(inside: Host, node: Host, { values }: HeldConf): void {
  const mtime = Math.floor(inside.clockMs / 1000);
  for (const [name, major, minor, mode] of DEVICES)
    inside.files[`/dev/${name}`] = { type: "char", major, minor, mode, uid: 0, gid: 0, mtime };
  for (const { path, node: device, options } of devicesOf(node, values)) {
    for (let folder = path.slice(0, path.lastIndexOf("/")); folder.length > 4; folder = parent(folder))
      inside.files[folder] ??= { type: "directory", mode: "0755", uid: 0, gid: 0, mtime };
    const mode = (options.get("mode") ?? "0660").padStart(4, "0");
    const ids = { uid: Number(options.get("uid") ?? 0), gid: Number(options.get("gid") ?? 0) };
    inside.files[path] = { ...device, mode, ...ids, mtime };
  }
}
function parent(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
const DEVICES: readonly (readonly [string, number, number, string])[] = [
  ["full", 1, 7, "0666"],
  ["null", 1, 3, "0666"],
  ["random", 1, 8, "0666"],
  ["tty", 5, 0, "0666"],
  ["urandom", 1, 9, "0666"],
  ["zero", 1, 5, "0666"],
];

/** Init begins: a new boot id, the name, the interfaces, and every unit that is enabled. */
function boot(inside: Host, conf: HeldConf, vmid: string, pid: number): void {
  const hex = sha256(`boot ${vmid} ${pid} ${inside.clockMs}`);
  inside.bootId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  inside.hostname = conf.values.get("hostname") ?? `CT${vmid}`;
  inside.sysctl["kernel.hostname"] = inside.hostname;
  inside.booted = {
    since: inside.clockMs,
    idMaps: idMapsOf(conf),
    nets: interfacesOf(conf.values, vmid, inside.clockMs),
  };
  showInterfaces(inside);
  const session = openSession(inside, rootInside(inside), "write", () => {});
  for (const [name, state] of Object.entries(inside.units)) {
    const starts = findUnit(session, name).fileState === "enabled";
    inside.units[name] = {
      ...state,
      phase: starts ? "starting" : "stopped",
      since: inside.clockMs,
      restarts: 0,
      starts: starts ? state.starts + 1 : state.starts,
    };
  }
}
