import { type ConfView, isOn } from "../../engine/formats/guest-view.ts";
import { findSection, listOf, parseSectionConfig } from "../../engine/formats/section-config.ts";
import type { Refusal } from "../../engine/module/index.ts";
import { refuse } from "../../engine/module/index.ts";
import type { Edit } from "./aspect.ts";
import { type Params, stateOf } from "./params.ts";
import { guestsOf, type Seen } from "./seen.ts";

/** What stands in the way of any plan: no node, or an id that belongs to something else. */
export function identityTrouble({ vmid }: Params, seen: Seen): Refusal | null {
  const guests = guestsOf(seen);
  if (guests === null)
    return refuse(
      "this is no Proxmox VE node: there is no /etc/pve/.vmlist",
      "is pve-cluster running (systemctl status pve-cluster)?",
    );
  const guest = guests.get(String(vmid));
  if (guest?.type === "lxc")
    return refuse(
      `${vmid} is a container on node ${guest.node}`,
      "choose another id: they are shared by containers and VMs",
    );
  if (guest !== undefined && seen.conf === null)
    return refuse(
      `virtual machine ${vmid} is on node ${guest.node} of the cluster, not on this one`,
      `run the task on ${guest.node}, or migrate the machine`,
    );
  return null;
}

/** What cannot be done with a machine that is there. */
export function changeTrouble(params: Params, view: ConfView, running: boolean): Refusal | null {
  const { vmid, template } = params;
  const state = stateOf(params);
  const is = isOn(view.current.get("template"));
  if (template === false && is)
    return refuse(`virtual machine ${vmid} is a template, and stays one`, "make a clone of it: clone: { from: … }");
  if (is && (state === "started" || state === "restarted"))
    return refuse(
      `virtual machine ${vmid} is a template and cannot be started`,
      "make a clone of it: clone: { from: … }",
    );
  if (template === true && !is && view.snapshots.length > 0)
    return refuse(
      `virtual machine ${vmid} has snapshots and cannot become a template`,
      `it has ${view.snapshots.join(", ")}`,
    );
  if (template === true && !is && running && state === "present")
    return refuse(`virtual machine ${vmid} runs and cannot become a template`, "say state: stopped");
  return null;
}

/** Somebody else holds it: a backup, a migration, a snapshot. */
export function lockTrouble({ vmid }: Params, view: ConfView): Refusal | null {
  const lock = view.current.get("lock");
  if (lock === undefined || lock === "") return null;
  return refuse(
    `virtual machine ${vmid} is locked (${lock})`,
    `wait until that is done; if nothing is at it any more: qm unlock ${vmid}`,
  );
}

/** What is named must be on the node: what is missing would be found out at the next start. */
export function missingTrouble({ nets = [] }: Params, edits: readonly Edit[], seen: Seen): Refusal | null {
  for (const { bridge, slot } of nets) {
    if (bridge === undefined || seen.links == null || seen.links.includes(bridge)) continue;
    const bridges = seen.links.filter((name) => /^vmbr/.test(name));
    return refuse(
      `the node has no bridge ${bridge} for ${slot}`,
      bridges.length > 0 ? `it has ${bridges.join(", ")}` : "make one in /etc/network/interfaces first",
    );
  }
  return storageTrouble(edits, seen);
}

/** New disks want a storage that is there and takes them. */
function storageTrouble(edits: readonly Edit[], seen: Seen): Refusal | null {
  if (seen.storages == null) return null;
  const sections = parseSectionConfig(seen.storages);
  const named = edits.flatMap(
    ({ value }) => /^([a-z][\w.-]*):(?:\d+(?:\.\d+)?|cloudinit)(?:,|$)/i.exec(value ?? "")?.[1] ?? [],
  );
  const takes = ({ options }: (typeof sections)[number]): boolean =>
    !options.has("disable") && listOf(options.get("content") ?? "images").includes("images");
  for (const storage of new Set(named)) {
    const section = findSection(sections, storage);
    // `local` is always there, also where the file does not name it.
    if (section === undefined ? storage === "local" : takes(section)) continue;
    const others = sections.filter(takes).map(({ id }) => id);
    return refuse(
      section === undefined
        ? `there is no storage ${storage}`
        : `the storage ${storage} takes no disks of virtual machines`,
      others.length > 0 ? `there are: ${others.join(", ")}` : "make one with pve_storage, content: [images]",
    );
  }
  return null;
}

/** Whether the manager of high availability starts and stops it. */
export function isManaged(vmid: number, seen: Seen): boolean {
  const section = findSection(parseSectionConfig(seen.ha ?? ""), String(vmid));
  return section?.type === "vm" && section.options.get("state") !== "ignored";
}
