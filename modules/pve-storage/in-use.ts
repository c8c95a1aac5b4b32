import { parseGuestList } from "../../engine/formats/pve-guests.ts";
import { parseSectionConfig } from "../../engine/formats/section-config.ts";
import { type Probes, read } from "../../engine/module/index.ts";

/** The configuration of every guest of the cluster, by a name for messages: `container 101`. */
export function guestLooks(guests: string | null): Probes {
  const list = parseGuestList(guests ?? "") ?? new Map();
  const configurations = Object.fromEntries(
    [...list].map(([id, { type, node }]) => {
      const folder = type === "lxc" ? "lxc" : "qemu-server";
      const name = `${type === "lxc" ? "container" : "VM"} ${id}`;
      return [name, read.text(`/etc/pve/nodes/${node}/${folder}/${id}.conf`)];
    }),
  );
  // For a check: a guest that is about to be made may come to use the storage.
  return { ...configurations, containers: read.list("/etc/pve/lxc"), machines: read.list("/etc/pve/qemu-server") };
}

/** Who names the storage: guests with a volume on it, current, pending or in a snapshot, and backup jobs. */
export function usersOf(
  id: string,
  seen: { readonly jobs?: string | null | undefined; readonly [guest: string]: unknown },
): readonly string[] {
  const named = Object.entries(seen).flatMap(([name, conf]) => {
    if (!/^(container|VM) \d+$/.test(name) || typeof conf !== "string") return [];
    const keys = conf.split("\n").flatMap((line) => {
      const [, key = "", value = ""] = /^([a-z]+\d*):\s*(.*)$/.exec(line) ?? [];
      const holds = value.split(",").some((piece) => piece.replace(/^(?:volume|file)=/, "").startsWith(`${id}:`));
      return holds ? [key] : [];
    });
    return keys.length === 0 ? [] : [`${name} (${[...new Set(keys)].join(", ")})`];
  });
  const backups = parseSectionConfig(seen.jobs ?? "")
    .filter(({ options }) => options.get("storage") === id)
    .map((job) => `backup job ${job.id}`);
  return [...named, ...backups];
}
