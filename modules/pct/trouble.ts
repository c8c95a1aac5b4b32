import { parseMountEntry } from "../../engine/formats/device-rules.ts";
import { parsePropertyString } from "../../engine/formats/property-string.ts";
import { findSection, listOf, parseSectionConfig } from "../../engine/formats/section-config.ts";
import type { Refusal } from "../../engine/module/index.ts";
import { refuse } from "../../engine/module/index.ts";
import type { Edit } from "./aspect.ts";
import { type ConfView, isOn, slotsOf } from "./conf-view.ts";
import { deviceSlot } from "./desired-devices.ts";
import { scriptPath } from "./look.ts";
import type { Params } from "./params.ts";
import { guestsOf, type Seen } from "./seen.ts";

/** What stands in the way of any plan: no node, or an id that belongs to something else. */
export function identityTrouble({ vmid, state }: Params, seen: Seen): Refusal | null {
  const guests = guestsOf(seen);
  if (guests === null) {
    return refuse(
      "this is no Proxmox VE node: there is no /etc/pve/.vmlist",
      "is pve-cluster running (systemctl status pve-cluster)?",
    );
  }
  const guest = guests.get(String(vmid));
  if (guest?.type === "qemu")
    return refuse(
      `${vmid} is a virtual machine on node ${guest.node}`,
      "choose another id: they are shared by containers and VMs",
    );
  if (guest !== undefined && seen.conf === null)
    return refuse(
      `container ${vmid} is on node ${guest.node} of the cluster, not on this one`,
      `run the task on ${guest.node}, or migrate the container`,
    );
  // Without it everything would look stopped.
  if (seen.state.code === 127 && (seen.conf !== null || state !== "absent"))
    return refuse(
      "the node has no lxc-info, so whether a container runs cannot be told",
      "it comes with the package lxc-pve",
    );
  return null;
}

/** What cannot be changed in a container that is there. */
export function changeTrouble({ vmid, unprivileged, state }: Params, view: ConfView, running: boolean): Refusal | null {
  const is = isOn(view.current.get("unprivileged"));
  if (unprivileged !== undefined && unprivileged !== is) {
    const kind = (on: boolean) => (on ? "unprivileged" : "privileged");
    return refuse(
      `container ${vmid} is ${kind(is)} and cannot become ${kind(unprivileged)}: the owners of all its files would be others`,
      "back it up and restore it so (pct restore … --unprivileged), or leave the parameter as it is",
    );
  }
  if (isOn(view.current.get("template")) && (state === "started" || state === "restarted") && !running) {
    return refuse(`container ${vmid} is a template and cannot be started`, "make a clone of it: clone: { from: … }");
  }
  return null;
}

/** Somebody else holds it: a backup, a migration, a snapshot. */
export function lockTrouble({ vmid }: Pick<Params, "vmid">, view: ConfView): Refusal | null {
  const lock = view.current.get("lock");
  if (lock === undefined || lock === "") return null;
  return refuse(
    `container ${vmid} is locked (${lock})`,
    `wait until that is done; if nothing is at it any more: pct unlock ${vmid}`,
  );
}

/** What is named must be on the node: what is missing would be found out in the middle, or at the next start. */
export function missingTrouble(given: Params, seen: Seen): Refusal | null {
  const { nets = [], mounts = [], devices = [], timezone, hookscript } = given;
  if (timezone !== undefined && seen.zones != null && !zonesIn(seen.zones).includes(timezone))
    return refuse(
      `Proxmox VE knows no time zone ${timezone}`,
      "it takes those of /usr/share/zoneinfo/zone.tab, and UTC",
    );
  const script = scriptPath(given, seen);
  if (script !== null) {
    const there = statOf(seen, script);
    if (there?.type !== "file") return refuse(`there is no hookscript ${hookscript}`, `put it there first: ${script}`);
    if (!/[1357]/.test(there.mode))
      return refuse(`the hookscript ${script} is not executable`, "give it the mode 0755");
  }
  for (const { bridge, name, mtu } of nets) {
    if (bridge !== undefined && seen.links != null && !seen.links.includes(bridge)) {
      return refuse(`the node has no bridge ${bridge} for ${name}`, bridgesHint(seen.links));
    }
    const most = Number(seen[`mtu ${bridge}`] ?? Number.POSITIVE_INFINITY);
    if (mtu !== undefined && mtu > most)
      return refuse(
        `the bridge ${bridge} passes ${most} bytes at most, and ${name} asks for ${mtu}`,
        "raise the bridge's mtu first",
      );
  }
  for (const { target, source } of mounts) {
    if (source === undefined || !source.startsWith("/")) continue;
    const there = statOf(seen, source);
    if (there === null)
      return refuse(`the node has no ${source} to mount at ${target}`, "make the folder, or its data set, first");
    if (there.type === "symlink")
      return refuse(
        `${source}, to be mounted at ${target}, is a link, and Proxmox VE follows none`,
        `name what it leads to: ${there.target ?? "a folder"}`,
      );
    if (source.startsWith("/dev/") ? there.type !== "block" : there.type !== "directory")
      return refuse(
        `${source}, to be mounted at ${target}, is no ${source.startsWith("/dev/") ? "disk" : "folder"} (${there.type})`,
      );
  }
  for (const { path, state } of devices) {
    if (state === "absent") continue;
    const there = statOf(seen, path);
    if (there === null) return refuse(`the node has no device ${path}`, "is its driver loaded, is it plugged in?");
    if (there.type !== "char" && there.type !== "block")
      return refuse(`${path} is no device (${there.type})`, "name the device itself: /dev/dri/renderD128");
  }
  return null;
}

/** A device and a raw line that make the same node: the container would not start. */
export function twinTrouble({ vmid, devices = [] }: Params, view: ConfView): Refusal | null {
  for (const { key, value } of view.raw) {
    const entry = key === "lxc.mount.entry" ? parseMountEntry(value) : null;
    const twin = devices.find(
      ({ path, state }) =>
        state !== "absent" && entry !== null && (path === entry.target || path.startsWith(`${entry.target}/`)),
    );
    if (twin === undefined) continue;
    return refuse(
      `"${key}: ${value}" of container ${vmid} makes ${twin.path} inside already: with both it would not start`,
      "take the line out first: lxcconf with state: absent; or leave the device out",
    );
  }
  return null;
}

/** Devices and bridges of the configuration that are gone from the node, and stay in the configuration. */
export function vanished(view: ConfView, seen: Seen): readonly string[] {
  const devices = slotsOf(view.merged, "dev")
    .map(deviceSlot)
    .filter(({ path }) => statOf(seen, path) === null)
    .map(({ key, path }) => `${path} (${key})`);
  const bridges = slotsOf(view.merged, "net").flatMap(([key, value]) => {
    const bridge = parsePropertyString(value).options.get("bridge");
    return bridge === undefined || seen.links == null || seen.links.includes(bridge)
      ? []
      : [`bridge ${bridge} (${key})`];
  });
  return [...devices, ...bridges];
}

/** Whether the manager of high availability starts and stops it. */
export function isManaged(vmid: number, seen: Seen): boolean {
  const section = findSection(parseSectionConfig(seen.ha ?? ""), String(vmid));
  return section?.type === "ct" && section.options.get("state") !== "ignored";
}

function statOf(seen: Seen, path: string): Seen[`/${string}`] {
  return path.startsWith("/") ? (seen[path as `/${string}`] ?? null) : null;
}
function zonesIn(table: string): readonly string[] {
  return table.split("\n").flatMap((line) => (line.startsWith("#") ? [] : (line.split("\t")[2] ?? [])));
}
function bridgesHint(links: readonly string[]): string {
  const bridges = links.filter((name) => /^vmbr/.test(name));
  return bridges.length > 0 ? `it has ${bridges.join(", ")}` : "make one in /etc/network/interfaces first";
}

/** New volumes want a storage that is there and takes them. */
export function storageTrouble(edits: readonly Edit[], usual: string | undefined, seen: Seen): Refusal | null {
  if (seen.storages == null) return null;
  const sections = parseSectionConfig(seen.storages);
  const named = edits.flatMap(({ key, value }) =>
    /^(rootfs|mp\d+)$/.test(key) ? (/^([a-z][\w.-]*):\d+(\.\d+)?(,|$)/i.exec(value ?? "")?.[1] ?? []) : [],
  );
  const takes = ({ options }: (typeof sections)[number]): boolean =>
    !options.has("disable") && listOf(options.get("content") ?? "rootdir").includes("rootdir");
  for (const storage of new Set(usual === undefined ? named : [...named, usual])) {
    const section = findSection(sections, storage);
    // `local` is always there, also where the file does not name it.
    if (section === undefined ? storage === "local" : takes(section)) continue;
    const others = sections.filter(takes).map(({ id }) => id);
    return refuse(
      section === undefined
        ? `there is no storage ${storage}`
        : `the storage ${storage} takes no volumes of containers`,
      others.length > 0 ? `there are: ${others.join(", ")}` : "make one with pve_storage, content: [rootdir]",
    );
  }
  return null;
}
