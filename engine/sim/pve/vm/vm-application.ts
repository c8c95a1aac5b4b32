import { isDrive } from "./keys/drive-keys.ts";
import { isCloudInitKey } from "./keys/vm-keys.ts";
import type { VmConf } from "./vm-conf.ts";
import { type Drive, fileOf, isCdrom, parseDrive } from "./vm-drives.ts";

/** In force as soon as it is written: nothing inside has to be told, or it can be told at any time. */
const AT_ONCE = new Set([
  "affinity",
  "autostart",
  "balloon",
  "cpulimit",
  "cpuunits",
  "description",
  "hookscript",
  "hotplug",
  "lock",
  "name",
  "onboot",
  "protection",
  "shares",
  "startup",
  "tags",
  "template",
  "vmstatestorage",
]);
/** Sub-options of a disk that its device has for as long as it is there. */
const FIXED = ["aio", "cache", "discard", "iothread", "queues", "ro", "ssd"];

/** Whether a running machine takes the removal of a key at once. */
export function hotplugsRemoval(conf: VmConf, key: string): boolean {
  if (AT_ONCE.has(key) || /^unused\d+$/.test(key)) return true;
  if (isDrive(key)) return plugsDisks(conf, key);
  return plugsOther(conf, key);
}

/** Whether a running machine takes a value at once. */
export function hotplugsValue(conf: VmConf, key: string, value: string): boolean {
  if (AT_ONCE.has(key) || /^unused\d+$/.test(key)) return true;
  if (!isDrive(key)) return plugsOther(conf, key);
  const before = conf.values.get(key);
  if (before === undefined) return plugsDisks(conf, key);
  return plugsDriveChange(conf, key, parseDrive(key, before), parseDrive(key, value));
}

function plugsDriveChange(conf: VmConf, key: string, before: Drive, after: Drive): boolean {
  // The disc in a drive is changed at any time.
  if (isCdrom(before) && isCdrom(after)) return true;
  if (fileOf(before) !== fileOf(after)) return plugsDisks(conf, key);
  return FIXED.every((option) => before.get(option) === after.get(option));
}

function plugsDisks(conf: VmConf, key: string): boolean {
  return /^(scsi|virtio)\d+$/.test(key) && featuresOf(conf).has("disk");
}

function plugsOther(conf: VmConf, key: string): boolean {
  const features = featuresOf(conf);
  if (/^net\d+$/.test(key)) return features.has("network");
  if (/^usb\d+$/.test(key)) return features.has("usb") && /^(l26|win(8|10|11))$/.test(conf.values.get("ostype") ?? "");
  if (key === "tablet") return features.has("usb");
  if (key === "memory") return features.has("memory");
  if (key === "vcpus") return features.has("cpu");
  return isCloudInitKey(key);
}

function featuresOf(conf: VmConf): ReadonlySet<string> {
  const value = conf.values.get("hotplug") ?? "1";
  if (value === "1") return new Set(["disk", "network", "usb"]);
  return new Set(value.split(/[,;\s]+/).filter((word) => word !== "0"));
}
