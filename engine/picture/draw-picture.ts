import type { Extractor } from "./extract/extractor.ts";
import { container, machine, rawLines } from "./extract/guests.ts";
import { project, syncthing, unit } from "./extract/services.ts";
import { backup, dataset, datastore, mount, pool, storage } from "./extract/storage.ts";
import { fragment, member, policy } from "./extract/tailnet.ts";
import { fieldsOf } from "./fields.ts";
import type { Declared, LabPicture, PicturedHost } from "./picture.ts";
import { createSketch } from "./sketch.ts";

/** The modules that say what a lab is made of. Later ones may speak of what earlier ones have made. */
const extractors: ReadonlyMap<string, Extractor> = new Map([
  ["zpool", pool],
  ["zfs", dataset],
  ["pve_storage", storage],
  ["pbs_datastore", datastore],
  ["mount", mount],
  ["pct", container],
  ["qm", machine],
  ["lxcconf", rawLines],
  ["pve_backup_job", backup],
  ["compose", project],
  ["service", unit],
  ["syncthing", syncthing],
  ["tailscale", member],
  ["tailscale_acl", policy],
  ["tailnet_fragment", fragment],
]);

export function isPictured(module: string): boolean {
  return extractors.has(module);
}

export interface PictureRequest {
  readonly title: string;
  readonly hosts: readonly PicturedHost[];
  readonly declared: readonly Declared[];
  readonly notes?: readonly string[];
}

/** Hosts and what was said of them → the picture. */
export function drawPicture({ title, hosts, declared, notes = [] }: PictureRequest): LabPicture {
  const sketch = createSketch();
  const ids = new Map<string, string>();
  const guestIds = new Map<string, string>();
  for (const note of notes) sketch.note(note);
  for (const { name } of hosts) ids.set(name, `host/${name}`);
  const hostId = (name: string): string => ids.get(name) ?? `host/${name}`;
  const guestId = (node: string, vmid: string): string => guestIds.get(`${node} ${vmid}`) ?? `${node}/guest/${vmid}`;

  // Machines first: what is entered through one is drawn in it, wherever the inventory names it.
  const waiting = [...hosts];
  const drawn = new Set<string>();
  for (let left = waiting.length; waiting.length > 0; ) {
    const host = waiting.shift();
    if (!host) break;
    const around = host.door?.node;
    if (around !== undefined && ids.has(around) && !drawn.has(around) && left > 0) {
      waiting.push(host);
      left -= 1;
      continue;
    }
    left = waiting.length;
    drawn.add(host.name);
    drawHost(host);
  }

  function drawHost({ name, place, address, groups, door }: PicturedHost): void {
    const id = hostId(name);
    const parent = door !== undefined && sketch.has(hostId(door.node)) ? hostId(door.node) : null;
    const inside = door !== undefined && "vmid" in door;
    sketch.thing(id, inside ? "container" : door === undefined ? "host" : "service", name, parent);
    if (door !== undefined && "vmid" in door) {
      guestIds.set(`${hostId(door.node)} ${door.vmid}`, id);
      sketch.turnOut(hostId(door.node), "node");
      sketch.say(id, [`CT ${door.vmid}`]);
    }
    sketch.origin(id, { source: "inventory", place });
    sketch.say(id, [...(address === undefined ? [] : [address]), ...(groups.length > 0 ? [groups.join(", ")] : [])]);
  }

  for (const [module, extract] of extractors) {
    for (const { host, module: named, params, origin } of declared) {
      if (named !== module) continue;
      const id = hostId(host);
      if (!sketch.has(id)) sketch.thing(id, "host", host, null);
      const guest = (vmid: string): string => guestId(id, vmid);
      extract({ sketch, host: id, fields: fieldsOf(params), origin, guest });
    }
  }
  return sketch.finish(title);
}
