import {
  devicePath,
  diskSize,
  ipv4,
  ipv4Config,
  ipv6,
  ipv6Config,
  mountPath,
  unicastMac,
} from "../../command/formats.ts";
import type { PropertySchema } from "../../command/schema.ts";

const MOUNT_OPTION = "(?:discard|lazytime|noatime|nodev|noexec|nosuid)";

/** `rootfs`, and what `mpN` shares with it. */
export const ROOTFS: PropertySchema = {
  kind: "properties",
  bare: "volume",
  options: {
    volume: { kind: "string", format: mountPath, required: true },
    size: { kind: "string", format: diskSize },
    acl: { kind: "boolean" },
    mountoptions: { kind: "string", pattern: new RegExp(`^${MOUNT_OPTION}(?:;${MOUNT_OPTION})*$`) },
    ro: { kind: "boolean" },
    quota: { kind: "boolean" },
    replicate: { kind: "boolean" },
    shared: { kind: "boolean" },
  },
};

export const MOUNT_POINT: PropertySchema = {
  ...ROOTFS,
  options: {
    ...ROOTFS.options,
    backup: { kind: "boolean" },
    mp: { kind: "string", format: mountPath, required: true },
  },
};

export const NETWORK: PropertySchema = {
  kind: "properties",
  options: {
    type: { kind: "string", values: ["veth"] },
    name: { kind: "string", pattern: /^[-_.\w]+$/, required: true },
    bridge: { kind: "string", pattern: /^[-_.\w]+$/ },
    hwaddr: { kind: "string", format: unicastMac },
    mtu: { kind: "integer", min: 64, max: 65_535 },
    ip: { kind: "string", format: ipv4Config },
    gw: { kind: "string", format: ipv4 },
    ip6: { kind: "string", format: ipv6Config },
    gw6: { kind: "string", format: ipv6 },
    firewall: { kind: "boolean" },
    tag: { kind: "integer", min: 1, max: 4094 },
    trunks: { kind: "string", pattern: /^\d+(?:;\d+)*$/ },
    rate: { kind: "number" },
    link_down: { kind: "boolean" },
  },
};

export const FEATURES: PropertySchema = {
  kind: "properties",
  options: {
    mount: { kind: "string", pattern: /^[a-zA-Z0-9_; ]+$/ },
    nesting: { kind: "boolean" },
    keyctl: { kind: "boolean" },
    fuse: { kind: "boolean" },
    mknod: { kind: "boolean" },
    force_rw_sys: { kind: "boolean" },
  },
};

export const DEVICE: PropertySchema = {
  kind: "properties",
  bare: "path",
  options: {
    path: { kind: "string", format: devicePath },
    uid: { kind: "integer", min: 0 },
    gid: { kind: "integer", min: 0 },
    mode: { kind: "string", pattern: /^0[0-7]{3}$/ },
    "deny-write": { kind: "boolean" },
  },
};

/** A volume that the configuration keeps but does not mount. */
export const UNUSED: PropertySchema = {
  kind: "properties",
  bare: "volume",
  options: { volume: { kind: "string", required: true } },
};
