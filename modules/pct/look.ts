import { askRunningConfig, isComparableRaw } from "../../engine/formats/lxc-running.ts";
import { GUEST_LIST } from "../../engine/formats/pve-guests.ts";
import { APPLIANCE_INDEXES } from "../../engine/formats/pve-template.ts";
import type { ReadOp, Stat } from "../../engine/module/index.ts";
import { read } from "../../engine/module/index.ts";
import { confView, slotsOf } from "./conf-view.ts";
import { deviceSlot } from "./desired-devices.ts";
import type { Params } from "./params.ts";
import { confPath, type Seen } from "./seen.ts";
import { isRunning, lookAtState } from "./steps.ts";
import { contentFolder, isDistribution, templateFolder } from "./template.ts";

/** The time zones that Proxmox VE takes, beside UTC: names that the file does not have, old ones such as US/Pacific, it refuses. */
const ZONES = "/usr/share/zoneinfo/zone.tab";
/** Where the kernel lists the interfaces of the node. */
const LINKS = "/sys/class/net";

export function firstLook(given: Params) {
  const { vmid, state, clone } = given;
  const made = state !== "absent";
  return {
    guests: read.text(GUEST_LIST),
    conf: read.text(confPath(vmid)),
    state: lookAtState(vmid),
    storages: made && namesStorage(given) ? read.text("/etc/pve/storage.cfg") : undefined,
    original: made && clone !== undefined ? read.text(confPath(clone.from)) : undefined,
    originalState: made && clone !== undefined ? lookAtState(clone.from) : undefined,
    mounts: made && (given.cpuunits !== undefined || bindsFolders(given)) ? read.text("/proc/mounts") : undefined,
    zones: made && namesZone(given) ? read.text(ZONES) : undefined,
    version:
      made && mapsNumbers(given)
        ? read.exec(["dpkg-query", "-W", "-f", "${Version}", "pve-container"], { looksAt: ["/var/lib/dpkg"] })
        : undefined,
  };
}

/** Whether the task may come to make a volume, or to look for a template or script. */
function namesStorage({ template, storage, rootfs, hookscript = "", mounts = [] }: Params): boolean {
  return (
    (template ?? storage ?? rootfs) !== undefined || hookscript !== "" || mounts.some(({ size }) => size !== undefined)
  );
}

function bindsFolders({ mounts = [] }: Params): boolean {
  return mounts.some(({ source = "" }) => source.startsWith("/") && !source.startsWith("/dev/"));
}

function mapsNumbers({ mounts = [] }: Params): boolean {
  return mounts.some(({ idmap }) => idmap !== undefined);
}

function namesZone({ timezone = "" }: Params): boolean {
  return !["", "host", "UTC"].includes(timezone);
}

export function secondLook(params: Params, seen: Seen) {
  const { vmid, state, template, mounts = [], devices = [], nets = [] } = params;
  const view = confView(seen.conf);
  const running = isRunning(seen.state);
  const made = state !== "absent";
  const create = made && !view.exists && params.clone === undefined && template !== undefined;
  const distribution = create && template !== undefined && isDistribution(template);
  const folder = distribution
    ? templateFolder(seen.storages ?? "", params.template_storage)
    : create && template?.includes(":vztmpl/")
      ? templateFolder(seen.storages ?? "", template.slice(0, template.indexOf(":")))
      : null;
  const paths: Record<`/${string}`, ReadOp<Stat | null>> = {};
  const look = (path: string | undefined, follow = true) => {
    if (path !== undefined && isPath(path)) paths[path] = read.stat(path, { follow });
  };
  if (made) {
    // Proxmox VE follows no link on its way to a folder.
    for (const { source } of mounts) look(source, source?.startsWith("/dev/"));
    for (const { path, state } of devices) if (state !== "absent") look(path);
    look(scriptPath(params, seen) ?? undefined);
    for (const slot of slotsOf(view.merged, "dev").map(deviceSlot)) look(slot.path);
  }
  const mtus: Record<`mtu ${string}`, ReadOp<string | null>> = {};
  for (const { bridge, mtu } of nets) {
    if (made && bridge !== undefined && mtu !== undefined) mtus[`mtu ${bridge}`] = read.text(`${LINKS}/${bridge}/mtu`);
  }
  const keys = [...new Set(view.raw.map(({ key }) => key).filter(isComparableRaw))].sort();
  const networked = made && (nets.length > 0 || slotsOf(view.merged, "net").length > 0);
  return {
    archive: create && template?.startsWith("/") ? read.stat(template, { follow: true }) : undefined,
    links: networked ? read.list(LINKS) : undefined,
    ha: startsOrStops(params, view.exists, running) ? read.text("/etc/pve/ha/resources.cfg") : undefined,
    replication: !made && view.exists && !params.purge ? read.text("/etc/pve/replication.cfg") : undefined,
    running:
      made && running && keys.length > 0
        ? read.exec(askRunningConfig(vmid, keys), { looksAt: [`guest:${vmid}`] })
        : undefined,
    templates: folder === null ? undefined : read.list(folder),
    offered: distribution ? read.text(APPLIANCE_INDEXES.proxmox) : undefined,
    offeredToo: distribution ? read.text(APPLIANCE_INDEXES.turnkey) : undefined,
    ...paths,
    ...mtus,
  };
}

/** The file that `hookscript` means; null if none is named, or its storage has no folders. */
export function scriptPath({ hookscript = "" }: Params, { storages }: Pick<Seen, "storages">): string | null {
  if (hookscript === "" || storages == null) return null;
  const [storage = "", name = ""] = hookscript.split(":snippets/");
  const folder = contentFolder(storages, storage, "snippets");
  return folder === null ? null : `${folder}/${name}`;
}

function isPath(text: string): text is `/${string}` {
  return text.startsWith("/");
}

/** Whether something is to start or end, so that a manager of high availability would take part in it. */
function startsOrStops({ state, restart }: Params, exists: boolean, running: boolean): boolean {
  if (state === "absent") return exists;
  if (state === "stopped") return running;
  return exists && (!running || state === "restarted" || restart === "if_needed");
}
