import type { FrozenHost, Host } from "../world.ts";

/** Modules that the lab's kernel has, by the folder they are in; those that each needs. */
interface Known {
  readonly folder: string;
  readonly bytes: number;
  readonly needs: readonly string[];
}
const known = (folder: string, bytes: number, ...needs: readonly string[]): Known => ({ folder, bytes, needs });

const MODULES: Readonly<Record<string, Known>> = {
  br_netfilter: known("kernel/net/bridge", 36_864, "bridge"),
  bridge: known("kernel/net/bridge", 294_912, "stp", "llc"),
  coretemp: known("kernel/drivers/hwmon", 20_480),
  drm: known("kernel/drivers/gpu/drm", 614_400),
  fuse: known("kernel/fs/fuse", 176_128),
  i915: known("kernel/drivers/gpu/drm/i915", 3_039_232, "drm"),
  ip_tables: known("kernel/net/ipv4/netfilter", 36_864, "x_tables"),
  llc: known("kernel/net/llc", 16_384),
  nf_tables: known("kernel/net/netfilter", 303_104),
  overlay: known("kernel/fs/overlayfs", 163_840),
  pcspkr: known("kernel/drivers/input/misc", 16_384),
  sg: known("kernel/drivers/scsi", 45_056),
  spl: known("updates/dkms", 143_360),
  stp: known("kernel/net/802", 16_384, "llc"),
  tun: known("kernel/drivers/net", 61_440),
  uas: known("kernel/drivers/usb/storage", 32_768, "usb_storage"),
  usb_storage: known("kernel/drivers/usb/storage", 81_920),
  vfio: known("kernel/drivers/vfio", 45_056),
  vfio_pci: known("kernel/drivers/vfio/pci", 16_384, "vfio"),
  wireguard: known("kernel/drivers/net/wireguard", 94_208),
  x_tables: known("kernel/net/netfilter", 61_440),
  zfs: known("updates/dkms", 5_902_336, "spl"),
};
const BUILTIN = new Set(["ext4", "loop", "unix", "ipv6", "virtio_pci"]);
const ALWAYS = ["coretemp", "drm", "fuse", "i915", "pcspkr", "sg", "usb_storage", "x_tables", "ip_tables"];

/** What is known of a module; `-` and `_` are one. ZFS is there where its package is. */
export function moduleKnown(host: FrozenHost, name: string): Known | "builtin" | undefined {
  const plain = name.replaceAll("-", "_");
  if (BUILTIN.has(plain)) return "builtin";
  if ((plain === "zfs" || plain === "spl") && host.zfs === undefined) return undefined;
  return Object.hasOwn(MODULES, plain) ? MODULES[plain] : undefined;
}

/** Those that are loaded, in the order of their loading. */
export function loadedModules(host: FrozenHost): readonly string[] {
  return host.loadedModules ?? [...ALWAYS, ...(host.zfs === undefined ? [] : ["spl", "zfs"])];
}

/** The loaded ones that need this one. */
export function moduleUsers(host: FrozenHost, name: string): readonly string[] {
  return loadedModules(host).filter((each) => MODULES[each]?.needs.includes(name));
}

/** How often it is in use: by modules, and ZFS by each pool. */
export function moduleUses(host: FrozenHost, name: string): number {
  return moduleUsers(host, name).length + (name === "zfs" ? Object.keys(host.zfs?.pools ?? {}).length : 0);
}

/** A module with all that it needs, those first. */
export function withNeeds(name: string): readonly string[] {
  const needs = (MODULES[name]?.needs ?? []).flatMap(withNeeds);
  return [...new Set([...needs, name])];
}

export function loadModule(host: Host, name: string): void {
  host.loadedModules = [...new Set([...loadedModules(host), ...withNeeds(name)])];
}

/** With it go the modules that it needed and nobody else does. */
export function unloadModule(host: Host, name: string): void {
  host.loadedModules = loadedModules(host).filter((each) => each !== name);
  for (const need of MODULES[name]?.needs ?? [])
    if (moduleUses(host, need) === 0) host.loadedModules = host.loadedModules.filter((each) => each !== need);
}

/** Below /lib/modules/KERNEL. */
export function moduleFile(name: string): string {
  return `${MODULES[name]?.folder ?? "kernel"}/${name}.ko`;
}

/** /proc/modules: the newest first. */
export function procModules(host: FrozenHost): string {
  return loadedModules(host)
    .map((name, index) => {
      const users = moduleUsers(host, name);
      const by = users.length === 0 ? "-" : `${users.join(",")},`;
      const address = (0xffffffffc0000000n + BigInt(index * 0x1000)).toString(16);
      return `${name} ${moduleBytes(name)} ${moduleUses(host, name)} ${by} Live 0x${address}\n`;
    })
    .reverse()
    .join("");
}
export function moduleBytes(name: string): number {
  return MODULES[name]?.bytes ?? 16_384;
}
