import type { ConfView } from "../../engine/formats/guest-view.ts";
import type { Edit } from "./aspect.ts";
import { DISK_OPTIONS, diskEntry } from "./disk-entry.ts";

/** Keys that a running machine takes over as soon as they are written. */
const AT_ONCE =
  /^(balloon|ci\w+|cpulimit|cpuunits|description|hookscript|hotplug|ipconfig\d+|name|nameserver|onboot|protection|searchdomain|shares|sshkeys|startup|tags|unused\d+)$/;

/** Keys that wait for the next start now. */
export function pendingKeys({ pending, pendingDeletes }: ConfView): readonly string[] {
  return [...new Set([...pending.keys(), ...pendingDeletes])].sort();
}

/** What will wait once these edits of a running machine are written. */
export function pendingAfter(view: ConfView, edits: readonly Edit[]): readonly string[] {
  const waiting = new Set(pendingKeys(view));
  for (const edit of edits) {
    if (edit.asCurrent === true || (edit.value === null && !view.current.has(edit.key)) || isHot(edit, view))
      waiting.delete(edit.key);
    else waiting.add(edit.key);
  }
  return [...waiting].sort();
}

function isHot({ key, value }: Edit, { current }: ConfView): boolean {
  if (AT_ONCE.test(key)) return true;
  const plugs = (what: string) => {
    const features = current.get("hotplug") ?? "1";
    return features === "1" || features.split(/[,;\s]+/).includes(what);
  };
  if (/^net\d+$/.test(key)) return plugs("network");
  if (key === "memory") return current.has("hotplug") && plugs("memory");
  if (/^usb\d+$/.test(key)) return plugs("usb") && /^(l26|win(8|10|11))$/.test(current.get("ostype") ?? "");
  const is = current.get(key);
  if (/^(ide|sata|scsi|virtio)\d+$/.test(key) && is !== undefined && value !== null) {
    const [before, after] = [diskEntry(key, is), diskEntry(key, value)];
    if (before.kind !== "disk" && after.kind !== "disk") return true;
    // What its device has for as long as it is there; whether it is backed up is nothing of the device.
    const fixed = DISK_OPTIONS.filter((name) => name !== "backup" && name !== "replicate");
    if (before.file === after.file)
      return fixed.every((name) => (before.options.get(name) ?? "") === (after.options.get(name) ?? ""));
  }
  return /^(scsi|virtio)\d+$/.test(key) && plugs("disk");
}
