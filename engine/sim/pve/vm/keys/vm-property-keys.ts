import { ipv4, ipv4Config, ipv6, ipv6Config, unicastMac, volumeId } from "../../command/formats.ts";
import type { PropertySchema, Schema } from "../../command/schema.ts";

const boolean: Schema = { kind: "boolean" };
const text: Schema = { kind: "string" };

const properties = (options: Readonly<Record<string, Schema>>, bare?: string): PropertySchema => ({
  kind: "properties",
  options,
  ...(bare === undefined ? {} : { bare }),
});

const MODELS = [
  "e1000",
  "e1000-82540em",
  "e1000-82544gc",
  "e1000-82545em",
  "e1000e",
  "i82551",
  "i82557b",
  "i82559er",
  "ne2k_isa",
  "ne2k_pci",
  "pcnet",
  "rtl8139",
  "virtio",
  "vmxnet3",
] as const;

export const VM_NETWORK: PropertySchema = {
  kind: "properties",
  bare: "model",
  named: { names: MODELS, key: "model", value: "macaddr" },
  options: {
    model: { kind: "string", values: MODELS, required: true },
    macaddr: { kind: "string", format: unicastMac },
    bridge: { kind: "string", pattern: /^[-_.\w]+$/ },
    firewall: boolean,
    link_down: boolean,
    mtu: { kind: "integer", min: 1, max: 65_520 },
    queues: { kind: "integer", min: 0, max: 64 },
    rate: { kind: "number", min: 0 },
    tag: { kind: "integer", min: 1, max: 4094 },
    trunks: { kind: "string", pattern: /^\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*$/ },
  },
};

export const IP_CONFIG = properties({
  gw: { kind: "string", format: ipv4 },
  gw6: { kind: "string", format: ipv6 },
  ip: { kind: "string", format: ipv4Config },
  ip6: { kind: "string", format: ipv6Config },
});
export const MEMORY = properties({ current: { kind: "integer", min: 16, required: true } }, "current");
export const AGENT = properties(
  {
    enabled: { ...boolean, required: true },
    "freeze-fs-on-backup": boolean,
    fstrim_cloned_disks: boolean,
    type: { kind: "string", values: ["virtio", "isa"] },
  },
  "enabled",
);
export const CI_CUSTOM = properties({
  meta: { kind: "string", format: volumeId },
  network: { kind: "string", format: volumeId },
  user: { kind: "string", format: volumeId },
  vendor: { kind: "string", format: volumeId },
});
export const MACHINE = properties(
  {
    type: {
      kind: "string",
      pattern:
        /^(?:pc|pc(?:-i440fx)?-\d+(?:\.\d+)+(?:\+pve\d+)?(?:\.pxe)?|q35|pc-q35-\d+(?:\.\d+)+(?:\+pve\d+)?(?:\.pxe)?|virt(?:-\d+(?:\.\d+)+)?(?:\+pve\d+)?)$/,
    },
    "enable-s3": boolean,
    "enable-s4": boolean,
    viommu: { kind: "string", values: ["intel", "virtio"] },
  },
  "type",
);
export const VGA = properties(
  {
    type: {
      kind: "string",
      values: "cirrus none qxl qxl2 qxl3 qxl4 serial0 serial1 serial2 serial3 std virtio virtio-gl vmware".split(" "),
    },
    clipboard: { kind: "string", values: ["vnc"] },
    memory: { kind: "integer", min: 4, max: 512 },
  },
  "type",
);
export const HOSTPCI = properties(
  {
    host: { kind: "string", pattern: /^(?:[0-9a-f]{4,}:)?[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-9a-f])?(?:;.+)?$/i },
    mapping: { kind: "string", pattern: /^[a-z][\w-]+$/i },
    "device-id": text,
    "legacy-igd": boolean,
    mdev: text,
    pcie: boolean,
    rombar: boolean,
    romfile: text,
    "sub-device-id": text,
    "sub-vendor-id": text,
    "vendor-id": text,
    "x-vga": boolean,
  },
  "host",
);
export const USB = properties(
  {
    host: {
      kind: "string",
      pattern: /^(?:spice|[0-9a-f]{4}:[0-9a-f]{4}|(?:0x)?[0-9a-f]{4}:(?:0x)?[0-9a-f]{4}|\d+-\d+(?:\.\d+)*)$/i,
    },
    mapping: { kind: "string", pattern: /^[a-z][\w-]+$/i },
    usb3: boolean,
  },
  "host",
);
export const SMBIOS = properties({
  ...Object.fromEntries(["family", "manufacturer", "product", "serial", "sku", "version"].map((name) => [name, text])),
  base64: boolean,
  uuid: { kind: "string", pattern: /^[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$/ },
});
export const RNG = properties(
  {
    source: { kind: "string", values: ["/dev/urandom", "/dev/random", "/dev/hwrng"], required: true },
    max_bytes: { kind: "integer", min: 0 },
    period: { kind: "integer", min: 1 },
  },
  "source",
);
export const WATCHDOG = properties(
  {
    model: { kind: "string", values: ["i6300esb", "ib700"] },
    action: { kind: "string", values: ["reset", "shutdown", "poweroff", "pause", "debug", "none"] },
  },
  "model",
);
export const AUDIO = properties({
  device: { kind: "string", values: ["ich9-intel-hda", "intel-hda", "AC97"], required: true },
  driver: { kind: "string", values: ["spice", "none"] },
});
export const NUMA_NODE = properties({
  cpus: { kind: "string", pattern: /^\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*$/, required: true },
  hostnodes: { kind: "string", pattern: /^\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*$/ },
  memory: { kind: "number" },
  policy: { kind: "string", values: ["preferred", "bind", "interleave"] },
});
export const SPICE = properties({
  foldersharing: boolean,
  videostreaming: { kind: "string", values: ["off", "all", "filter"] },
});
export const IVSHMEM = properties({ name: text, size: { kind: "integer", min: 1, required: true } });
export const SEV = properties(
  { type: text, "allow-smt": boolean, "kernel-hashes": boolean, "no-debug": boolean, "no-key-sharing": boolean },
  "type",
);
export const VIRTIOFS = properties(
  { dirid: text, cache: text, "direct-io": boolean, "expose-acl": boolean, "expose-xattr": boolean },
  "dirid",
);
/** A volume that the configuration keeps but does not attach. */
export const VM_UNUSED = properties({ file: { kind: "string", format: volumeId, required: true } }, "file");
