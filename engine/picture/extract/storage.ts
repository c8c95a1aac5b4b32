import { formatBytes } from "../../text/bytes.ts";
import { fact, facts, fieldsOf, itemsOf, textOf, wordsOf } from "../fields.ts";
import type { Extractor } from "./extractor.ts";

/** A pool and the storage that Proxmox VE makes of it share a name, and to who uses it they are one. */
export function storageId(host: string, name: string): string {
  return `${host}/pool/${name}`;
}

/** `zpool` */
export const pool: Extractor = ({ sketch, host, fields, origin }) => {
  const name = textOf(fields.name);
  if (name === undefined || fields.exists === false) return;
  const id = storageId(host, name);
  sketch.thing(id, "pool", name, host);
  sketch.turnOut(id, "pool");
  const declared = origin.source === "run" && sketch.declared(id);
  sketch.origin(id, origin);
  const layout = declared ? "" : itemsOf(fields.vdevs).map(groupOf).join(" + ");
  sketch.say(id, facts(layout, textOf(fields.health)));
};

/** As the parameter has it, or in a line as `zpool` itself tells it: `raidz1 /dev/a /dev/b`. */
function groupOf(group: unknown): string {
  if (typeof group === "string") {
    const [type = "?", ...disks] = group.split(" ");
    return `${type} × ${count(disks)}`;
  }
  const { type, disks } = fieldsOf(group);
  return `${textOf(type) ?? "?"} × ${count(disks)}`;
}

function count(disks: unknown): string {
  return Array.isArray(disks) ? `${disks.length} ${disks.length === 1 ? "disk" : "disks"}` : "? disks";
}

/** `zfs` */
export const dataset: Extractor = ({ sketch, host, fields, origin }) => {
  const name = textOf(fields.name);
  if (name === undefined || fields.state === "absent" || fields.exists === false) return;
  const [root = name, ...below] = name.split("/");
  const poolId = storageId(host, root);
  // The pool may be older than the site.
  sketch.thing(poolId, "pool", root, host);
  if (below.length === 0) return sketch.origin(poolId, origin);
  const id = `${poolId}/${below.join("/")}`;
  sketch.thing(id, "dataset", below.join("/"), poolId);
  const declared = origin.source === "run" && sketch.declared(id);
  sketch.origin(id, origin);
  if (declared) return;
  const properties = fieldsOf(fields.properties);
  const said = ["quota", "refquota", "compression", "recordsize", "encryption", "volsize"];
  sketch.say(
    id,
    facts(fact(sizeOf(fields.volsize), "volume of "), ...said.map((key) => fact(sizeOf(properties[key]), `${key} `))),
  );
};

/** Exact numbers of bytes, as tools print them, are for no reader. */
function sizeOf(value: unknown): unknown {
  return /^\d{7,}$/.test(textOf(value) ?? "") ? formatBytes(Number(value)) : value;
}

/** `pve_storage` */
export const storage: Extractor = ({ sketch, host, fields, origin }) => {
  const name = textOf(fields.id);
  if (name === undefined || fields.state === "absent" || fields.exists === false) return;
  sketch.turnOut(host, "node");
  const on = textOf(fields.pool);
  const [root = "", ...below] = on?.split("/") ?? [];
  const id = storageId(host, name);
  const inPool = on !== undefined && sketch.has(storageId(host, root)) ? storageId(host, root) : null;
  if (inPool !== null && inPool !== id) sketch.thing(id, "storage", name, inPool);
  else sketch.thing(id, "storage", name, host);
  sketch.origin(id, origin);
  const where = below.length > 0 ? on : (textOf(fields.path) ?? serverOf(fields));
  const type = textOf(fields.type);
  const content = wordsOf(fields.content).join(", ");
  sketch.say(id, facts(inPool === id ? `storage of Proxmox VE` : type, where, content));
};

function serverOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  const server = textOf(fields.server);
  if (server === undefined) return undefined;
  return facts(server, textOf(fields.export) ?? textOf(fields.share) ?? textOf(fields.datastore)).join(":");
}

/** `mount` */
export const mount: Extractor = ({ sketch, host, fields, origin }) => {
  const path = textOf(fields.path);
  if (path === undefined || fields.state === "absent" || fields.state === "unmounted") return;
  const id = `${host}/mount${path}`;
  sketch.thing(id, "mount", path, host);
  sketch.origin(id, origin);
  const source = textOf(fields.src) ?? textOf(fields.source);
  const type = textOf(fields.fstype);
  sketch.say(id, facts(source === undefined ? undefined : `← ${source}`, type === "none" ? "bind" : type));
};

/** `pbs_datastore` */
export const datastore: Extractor = ({ sketch, host, fields, origin }) => {
  const name = textOf(fields.name);
  if (name === undefined || fields.state === "absent" || fields.exists === false) return;
  const id = storageId(host, name);
  sketch.thing(id, "storage", name, host);
  sketch.origin(id, origin);
  sketch.say(id, facts("backup datastore", fact(fields.path), fact(fields.gc_schedule, "garbage collected ")));
};

/** `pve_backup_job`: which guests are kept where. */
export const backup: Extractor = ({ sketch, host, fields, origin, guest }) => {
  const name = textOf(fields.id);
  if (name === undefined || fields.state === "absent") return;
  sketch.turnOut(host, "node");
  const target = textOf(fields.storage);
  const who = fields.all === true ? "all guests" : `guests ${wordsOf(fields.vmids).join(", ") || "?"}`;
  sketch.say(host, [facts(`backup of ${who}`, fact(target, "to "), fact(fields.schedule, "at ")).join(" ")]);
  sketch.origin(host, origin);
  if (target === undefined) return;
  for (const vmid of wordsOf(fields.vmids)) sketch.link(guest(vmid), storageId(host, target), "backup");
};
