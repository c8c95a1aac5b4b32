import { dnsName, startupOrder, tagList, volumeId } from "../../command/formats.ts";
import type { Schema } from "../../command/schema.ts";
import { DRIVE_NAMES, driveSchema } from "./drive-keys.ts";
import { bootOrder, cpu, hotplugFeatures } from "./vm-formats.ts";
import * as properties from "./vm-property-keys.ts";

const boolean: Schema = { kind: "boolean" };
const text: Schema = { kind: "string" };
const whole = (min: number, max?: number): Schema => ({
  kind: "integer",
  min,
  ...(max === undefined ? {} : { max }),
});
const oneOf = (words: string): Schema => ({ kind: "string", values: words.split(" ") });
/** Kept as they are given: they are looked at, not normalised. */
const pattern = (form: RegExp): Schema => ({ kind: "string", pattern: form });

const SINGLE: Readonly<Record<string, Schema>> = {
  acpi: boolean,
  affinity: pattern(/^\s*\d+(?:-\d+)?(?:\s*,\s*\d+(?:-\d+)?)*\s*$/),
  agent: properties.AGENT,
  "amd-sev": properties.SEV,
  arch: oneOf("x86_64 aarch64"),
  args: text,
  audio0: properties.AUDIO,
  autostart: boolean,
  balloon: whole(0),
  bios: oneOf("seabios ovmf"),
  boot: { kind: "string", format: bootOrder },
  bootdisk: pattern(/^(?:ide|sata|scsi|virtio|efidisk|tpmstate)\d+$/),
  cicustom: properties.CI_CUSTOM,
  cipassword: text,
  citype: oneOf("configdrive2 nocloud opennebula"),
  ciupgrade: boolean,
  ciuser: text,
  cores: whole(1),
  cpu: { kind: "string", format: cpu },
  cpulimit: { kind: "number", min: 0, max: 128 },
  cpuunits: whole(1, 262_144),
  description: { kind: "string", maxLength: 8192 },
  freeze: boolean,
  hookscript: { kind: "string", format: volumeId },
  hotplug: { kind: "string", format: hotplugFeatures },
  hugepages: oneOf("any 2 1024"),
  ivshmem: properties.IVSHMEM,
  keephugepages: boolean,
  keyboard: oneOf("de de-ch da en-gb en-us es fi fr fr-be fr-ca fr-ch hu is it ja lt mk nl no pl pt pt-br sv sl tr"),
  kvm: boolean,
  localtime: boolean,
  lock: oneOf("backup clone create migrate rollback snapshot snapshot-delete suspending suspended"),
  machine: properties.MACHINE,
  memory: properties.MEMORY,
  migrate_downtime: { kind: "number", min: 0 },
  migrate_speed: whole(0),
  name: { kind: "string", format: dnsName },
  nameserver: text,
  numa: boolean,
  onboot: boolean,
  ostype: {
    kind: "string",
    values: "other wxp w2k w2k3 w2k8 wvista win7 win8 win10 win11 l24 l26 solaris".split(" "),
  },
  protection: boolean,
  reboot: boolean,
  rng0: properties.RNG,
  scsihw: oneOf("lsi lsi53c810 virtio-scsi-pci virtio-scsi-single megasas pvscsi"),
  searchdomain: text,
  shares: whole(0, 50_000),
  smbios1: properties.SMBIOS,
  smp: whole(1),
  sockets: whole(1),
  spice_enhancements: properties.SPICE,
  sshkeys: text,
  startdate: pattern(/^(?:now|\d{4}-\d{1,2}-\d{1,2}(?:T\d{1,2}:\d{1,2}:\d{1,2})?)$/),
  startup: { kind: "string", format: startupOrder },
  tablet: boolean,
  tags: { kind: "string", format: tagList },
  tdf: boolean,
  template: boolean,
  vcpus: whole(1),
  vga: properties.VGA,
  vmgenid: pattern(/^(?:[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}|[01])$/),
  vmstatestorage: text,
  watchdog: properties.WATCHDOG,
};
/** Keys with a number, and how many of them there are. */
const NUMBERED: readonly (readonly [string, number, Schema])[] = [
  ["hostpci", 16, properties.HOSTPCI],
  ["ipconfig", 32, properties.IP_CONFIG],
  ["net", 32, properties.VM_NETWORK],
  ["numa", 8, properties.NUMA_NODE],
  ["parallel", 3, pattern(/^\/dev\/(?:parport\d+|usb\/lp\d+)$/)],
  ["serial", 4, pattern(/^(?:\/dev\/.+|socket)$/)],
  ["unused", 256, properties.VM_UNUSED],
  ["usb", 14, properties.USB],
  ["virtiofs", 10, properties.VIRTIOFS],
];

/** What a key of a virtual machine's configuration may hold. These are options of `create` and `set`, too. */
export const VM_KEYS: Readonly<Record<string, Schema>> = {
  ...SINGLE,
  ...Object.fromEntries(DRIVE_NAMES.map((name) => [name, driveSchema(name) ?? text])),
  ...Object.fromEntries(
    NUMBERED.flatMap(([name, count, schema]) =>
      Array.from({ length: count }, (_, index) => [`${name}${index}`, schema] as const),
    ),
  ),
};

/** Keys that the tools write themselves. */
const OWN_KEYS: Readonly<Record<string, Schema>> = {
  meta: text,
  parent: text,
  runningcpu: text,
  runningmachine: text,
  snaptime: whole(0),
  snapstate: text,
  vmstate: text,
};

export function vmKey(name: string): Schema | undefined {
  if (Object.hasOwn(VM_KEYS, name)) return VM_KEYS[name];
  return Object.hasOwn(OWN_KEYS, name) ? OWN_KEYS[name] : undefined;
}

/** Whether cloud-init tells a guest what the key says. */
export function isCloudInitKey(key: string): boolean {
  return CLOUD_INIT.has(key) || /^(?:ipconfig|net)\d+$/.test(key);
}
/** Those that `qm cloudinit pending` lists. */
export const CLOUD_INIT_KEYS = [
  "cicustom",
  "cipassword",
  "citype",
  "ciupgrade",
  "ciuser",
  "nameserver",
  "searchdomain",
  "sshkeys",
];
const CLOUD_INIT = new Set([...CLOUD_INIT_KEYS, "name"]);
