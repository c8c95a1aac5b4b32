import { dnsName, dnsNameList, ipList, startupOrder, tagList, timeZone, volumeId } from "../../command/formats.ts";
import type { Schema } from "../../command/schema.ts";
import { DEVICE, FEATURES, MOUNT_POINT, NETWORK, ROOTFS, UNUSED } from "./property-keys.ts";

export const OS_TYPES = [
  "debian",
  "devuan",
  "ubuntu",
  "centos",
  "fedora",
  "opensuse",
  "archlinux",
  "alpine",
  "gentoo",
  "nixos",
  "unmanaged",
] as const;

const SINGLE: Readonly<Record<string, Schema>> = {
  arch: { kind: "string", values: ["amd64", "i386", "arm64", "armhf", "riscv32", "riscv64"] },
  cmode: { kind: "string", values: ["shell", "console", "tty"] },
  console: { kind: "boolean" },
  cores: { kind: "integer", min: 1, max: 8192 },
  cpulimit: { kind: "number", min: 0, max: 8192 },
  cpuunits: { kind: "integer", min: 0, max: 500_000 },
  debug: { kind: "boolean" },
  description: { kind: "string", maxLength: 8192 },
  features: FEATURES,
  hookscript: { kind: "string", format: volumeId },
  hostname: { kind: "string", format: dnsName, maxLength: 255 },
  lock: {
    kind: "string",
    values: [
      "backup",
      "create",
      "destroyed",
      "disk",
      "fstrim",
      "migrate",
      "mounted",
      "rollback",
      "snapshot",
      "snapshot-delete",
    ],
  },
  memory: { kind: "integer", min: 16 },
  nameserver: { kind: "string", format: ipList, list: true },
  onboot: { kind: "boolean" },
  ostype: { kind: "string", values: OS_TYPES },
  protection: { kind: "boolean" },
  rootfs: ROOTFS,
  searchdomain: { kind: "string", format: dnsNameList, list: true },
  startup: { kind: "string", format: startupOrder },
  swap: { kind: "integer", min: 0 },
  tags: { kind: "string", format: tagList, list: true },
  template: { kind: "boolean" },
  timezone: { kind: "string", format: timeZone },
  tty: { kind: "integer", min: 0, max: 6 },
  unprivileged: { kind: "boolean" },
};
/** Keys with a number, and how many of them there are. */
const NUMBERED: readonly (readonly [string, number, Schema])[] = [
  ["dev", 256, DEVICE],
  ["mp", 256, MOUNT_POINT],
  ["net", 32, NETWORK],
  ["unused", 256, UNUSED],
];

/** What a key of a container's configuration may hold, by its name. These are options of `create` and `set`, too. */
export const CONTAINER_KEYS: Readonly<Record<string, Schema>> = {
  ...SINGLE,
  ...Object.fromEntries(
    NUMBERED.flatMap(([name, count, schema]) =>
      Array.from({ length: count }, (_, index) => [`${name}${index}`, schema] as const),
    ),
  ),
};

/** Keys that the tools write themselves. */
const OWN_KEYS: Readonly<Record<string, Schema>> = {
  parent: { kind: "string" },
  snaptime: { kind: "integer", min: 0 },
  snapstate: { kind: "string" },
};

export function containerKey(name: string): Schema | undefined {
  if (Object.hasOwn(CONTAINER_KEYS, name)) return CONTAINER_KEYS[name];
  return Object.hasOwn(OWN_KEYS, name) ? OWN_KEYS[name] : undefined;
}

/** How a running container takes a change. */
export type Application = "at once" | "hot" | "at restart";

// In force as soon as it is written: nothing inside has to be told.
const AT_ONCE = new Set([
  "cores",
  "description",
  "hookscript",
  "hostname",
  "lock",
  "onboot",
  "protection",
  "startup",
  "tags",
]);
const HOT = /^(cpulimit|cpuunits|memory|swap|net\d+|mp\d+)$/;
// A number of one digit only: net10 and above wait for the restart.
const HOT_REMOVAL = /^(cpulimit|cpuunits|swap|net\d|unused\d+)$/;

export function applicationOf(key: string, removed: boolean): Application {
  if (AT_ONCE.has(key)) return "at once";
  return (removed ? HOT_REMOVAL : HOT).test(key) ? "hot" : "at restart";
}
