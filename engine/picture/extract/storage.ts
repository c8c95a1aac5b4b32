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
  sketch.origin(id, origin);
  const groups = itemsOf(fields.vdevs).map(fieldsOf);
  const layout = groups.map(({ type, disks }) => facts(textOf(type) ?? "?", count(disks)).join(" × "));
  const health = textOf(fields.health);
  sketch.say(id, facts(layout.join(" + "), health));
};

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
  sketch.origin(id, origin);
  const properties = fieldsOf(fields.properties);
  const said = ["quota", "refquota", "compression", "recordsize", "encryption", "volsize"];
  sketch.say(id, facts(fact(fields.volsize, "volume of "), ...said.map((key) => fact(properties[key], `${key} `))));
};

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
