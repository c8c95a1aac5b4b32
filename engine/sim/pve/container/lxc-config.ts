import { parsePropertyString } from "../../../formats/property-string.ts";
import { writeFile } from "../../files/write-file.ts";
import type { Session } from "../../session.ts";
import type { DeviceNode, FrozenHost } from "../../world.ts";
import { PveError } from "../command/pve-error.ts";
import type { ConfPart } from "../guest/guest-conf.ts";
import { netsOf } from "./container-network.ts";

/** Where the text stands that LXC reads at a container's start, and that `lxc-info -c` shows. */
export function lxcConfigPath(vmid: string): string {
  return `/var/lib/lxc/${vmid}/config`;
}

/**
 * Writes it anew, as a start does and every `pct set`. So it tells what the next start makes, not what is in force.
 * Throws PveError where the configuration names what is not there.
 */
export function writeLxcConfig(session: Session, vmid: string, conf: ConfPart): void {
  if (conf.values.get("template") === "1") {
    if (session.host.files[lxcConfigPath(vmid)] !== undefined) delete session.change().files[lxcConfigPath(vmid)];
    return;
  }
  const text = lxcConfig(session.host, vmid, conf);
  writeFile(session, { path: makeFolder(session, vmid), runId: "pct", bytes: Buffer.from(text) });
}

function makeFolder(session: Session, vmid: string): string {
  const { files } = session.change();
  const mtime = Math.floor(session.host.clockMs / 1000);
  for (const path of ["/var/lib/lxc", `/var/lib/lxc/${vmid}`, `/var/lib/lxc/${vmid}/rootfs`])
    files[path] ??= { type: "directory", mode: "0755", uid: 0, gid: 0, mtime };
  return lxcConfigPath(vmid);
}

function lxcConfig(host: FrozenHost, vmid: string, { values, raw }: ConfPart): string {
  const required = (key: string) => {
    const value = values.get(key);
    if (value === undefined || value === "")
      throw new PveError(`missing '${key}' - internal error at /usr/share/perl5/PVE/LXC.pm line 676.`);
    return value;
  };
  const arch = required("arch");
  const ownMap = raw.some(([key]) => key === "lxc.idmap");
  const unprivileged = values.get("unprivileged") === "1" || ownMap;
  const share = `/usr/share/lxc/config/${required("ostype")}`;
  const features = parsePropertyString(values.get("features") ?? "").options;
  const on = (name: string) => /^(1|on|yes|true)$/i.test(features.get(name) ?? "");
  const memory = Number(values.get("memory") ?? 512);
  const tty = values.get("tty") ?? "2";
  const lines = [
    "lxc.cgroup.relative = 0",
    `lxc.cgroup.dir.monitor = lxc.monitor/${vmid}`,
    `lxc.cgroup.dir.container = lxc/${vmid}`,
    "lxc.cgroup.dir.container.inner = ns",
    `lxc.arch = ${arch}`,
    `lxc.include = ${share}.common.conf`,
    ...(unprivileged ? [`lxc.include = ${share}.userns.conf`] : []),
    ...(unprivileged ? [`lxc.seccomp.profile = /var/lib/lxc/${vmid}/rules.seccomp`] : []),
    ...(raw.some(([key]) => key === "lxc.apparmor.profile") ? [] : apparmorLines(features, on("nesting"))),
    ...(on("fuse")
      ? ["lxc.apparmor.raw = mount fstype=fuse,", "lxc.mount.entry = /dev/fuse dev/fuse none bind,create=file 0 0"]
      : []),
    ...(unprivileged && !on("force_rw_sys") ? ["lxc.mount.auto = sys:mixed"] : []),
    ...devicesOf(host, values).map(({ node, options }) => {
      const rights = options.get("deny-write") === "1" ? "r" : "rw";
      return `lxc.cgroup2.devices.allow = ${node.type === "block" ? "b" : "c"} ${node.major}:${node.minor} ${rights}`;
    }),
    "lxc.monitor.unshare = 1",
    ...(unprivileged && !ownMap ? ["lxc.idmap = u 0 100000 65536", "lxc.idmap = g 0 100000 65536"] : []),
    ...(values.get("console") === "0" ? ["lxc.console.path = none", "lxc.cgroup2.devices.deny = c 5:1 rwm"] : []),
    `lxc.tty.max = ${tty}`,
    "lxc.environment = TERM=linux",
    `lxc.uts.name = ${values.get("hostname") ?? `CT${vmid}`}`,
    `lxc.cgroup2.memory.max = ${memory * 1024 * 1024}`,
    `lxc.cgroup2.memory.high = ${memory >= 16 * 1024 ? (memory - 128) * 1024 * 1024 : memory * 1024 * 1016}`,
    `lxc.cgroup2.memory.swap.max = ${Number(values.get("swap") ?? 0) * 1024 * 1024}`,
    ...(Number(values.get("cpulimit") ?? 0) > 0
      ? [`lxc.cgroup2.cpu.max = ${Math.floor(100_000 * Number(values.get("cpulimit")))} 100000`]
      : []),
    ...(values.has("cpuunits") ? [`lxc.cgroup2.cpu.weight = ${Math.min(10_000, Number(values.get("cpuunits")))}`] : []),
    ...(required("rootfs") === "" ? [] : [`lxc.rootfs.path = /var/lib/lxc/${vmid}/rootfs`]),
    ...netLines(vmid, values),
    ...raw.map(([key, value]) => `${key} = ${value}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** A profile of one's own takes the place of them all. */
function apparmorLines(features: ReadonlyMap<string, string>, nesting: boolean): readonly string[] {
  const mounts = (features.get("mount") ?? "").split(";").filter((type) => type !== "");
  return [
    "lxc.apparmor.profile = generated",
    ...(nesting
      ? ["lxc.apparmor.allow_nesting = 1"]
      : ["lxc.apparmor.raw = deny mount -> /proc/,", "lxc.apparmor.raw = deny mount -> /sys/,"]),
    ...mounts.map((type) => `lxc.apparmor.raw = mount fstype=${type},`),
  ];
}

function netLines(vmid: string, values: ConfPart["values"]): readonly string[] {
  return netsOf(values).flatMap(({ key, name, options }) => {
    const place = `lxc.net.${key.slice(3)}`;
    return [
      `${place}.type = veth`,
      `${place}.veth.pair = veth${vmid}i${key.slice(3)}`,
      ...(options.has("hwaddr") ? [`${place}.hwaddr = ${options.get("hwaddr")}`] : []),
      `${place}.name = ${name}`,
      `${place}.mtu = ${options.get("mtu") ?? "1500"}`,
      `${place}.script.up = /usr/share/lxc/lxcnetaddbr`,
    ];
  });
}

export interface PassedDevice {
  readonly path: string;
  readonly node: DeviceNode;
  readonly options: ReadonlyMap<string, string>;
}

/** The devices of `devN` keys as they are on the node. Throws PveError for one that is not there. */
export function devicesOf(host: FrozenHost, values: ConfPart["values"]): readonly PassedDevice[] {
  return [...values]
    .filter(([key]) => /^dev\d+$/.test(key))
    .sort(([a], [b]) => Number(a.slice(3)) - Number(b.slice(3)))
    .map(([, value]) => {
      const { options } = parsePropertyString(value, "path");
      const path = options.get("path") ?? "";
      const node = host.files[path];
      if (node === undefined) throw new PveError(`Device ${path} does not exist`, 2);
      if (node.type !== "char" && node.type !== "block") throw new PveError(`${path} is not a device`, 2);
      return { path, node, options };
    });
}
