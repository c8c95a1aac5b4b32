import { drop, nodeAt, put, seconds } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import { shuffled } from "../../pve/cluster/print-sections.ts";
import { guestId } from "../../pve/command/formats.ts";
import { PveError } from "../../pve/command/pve-error.ts";
import type { Schema } from "../../pve/command/schema.ts";
import { knownAppliances } from "../../pve/storage/appliances.ts";
import { listVolumes } from "../../pve/storage/list-volumes.ts";
import { digestOf, removeStorage, type StorageChange, updateStorage } from "../../pve/storage/storage-changes.ts";
import { NEVER_SET, PROPERTIES } from "../../pve/storage/storage-properties.ts";
import { storageTrouble } from "../../pve/storage/storage-state.ts";
import { statusOf } from "../../pve/storage/storage-status.ts";
import { findStorage, readStorages, type Storage } from "../../pve/storage/storages.ts";
import type { Session } from "../../session.ts";
import type { ApiAnswer, ApiPath, Json } from "./api.ts";

const text: Schema = { kind: "string" };
const boolean: Schema = { kind: "boolean" };
const SETTABLE = Object.fromEntries(Object.entries(PROPERTIES).filter(([name]) => !NEVER_SET.has(name)));

export const storagePaths: readonly ApiPath[] = [
  {
    path: "/storage",
    get: {
      options: { type: text },
      columns: ["storage"],
      run: ({ session, options }) => {
        const { storages, warnings } = readStorages(session.host);
        const type = options.get("type");
        const shown = storages.filter((each) => type === undefined || each.type === type);
        return { data: shuffledRecords(shown).map((each) => configOf(session, each)), stderr: warnings };
      },
    },
  },
  {
    path: "/storage/{storage}",
    get: { run: ({ session, path }) => ({ data: configOf(session, existing(session, path.storage)) }) },
    set: {
      options: { ...SETTABLE, delete: text, digest: text },
      run: ({ session, path, options }) => changed(updateStorage(session, path.storage ?? "", options)),
    },
    delete: { run: ({ session, path }) => changed(removeStorage(session, path.storage ?? "")) },
  },
  {
    path: "/nodes/{node}/storage",
    get: {
      options: { content: PROPERTIES.content ?? text, enabled: boolean, storage: text, target: text },
      columns: ["content", "storage", "type"],
      run: ({ session, options }) => {
        const { storages, warnings } = readStorages(session.host);
        const { content, enabled, storage } = Object.fromEntries(options);
        const shown = shuffledRecords(storages)
          .filter((each) => storage === undefined || each.id === storage)
          .filter((each) => content === undefined || content.split(",").some((kind) => each.content.has(kind)))
          .map((each) => statusOf(session, each))
          .filter((each) => enabled !== "1" || each.enabled);
        const why = shown.map((each) => (each.why === null ? "" : `${each.why}\n`)).join("");
        return { data: shown.map(statusRecord), stderr: warnings + why };
      },
    },
  },
  {
    path: "/nodes/{node}/storage/{storage}/status",
    get: {
      run: ({ session, path }) => {
        const { storage: _id, ...rest } = statusRecord(statusOf(session, existing(session, path.storage)));
        return { data: rest };
      },
    },
  },
  {
    path: "/nodes/{node}/storage/{storage}/content",
    get: {
      options: { content: PROPERTIES.content ?? text, vmid: { kind: "string", format: guestId } },
      columns: ["format", "size", "volid"],
      run: ({ session, path, options }) => {
        const { content, vmid } = Object.fromEntries(options);
        const volumes = listVolumes(session, usable(session, path.storage))
          .filter((each) => content === undefined || content.split(",").includes(each.content))
          .filter((each) => vmid === undefined || each.vmid === vmid);
        return { data: volumes.map((each) => volumeRecord(session, each)) };
      },
    },
  },
  {
    path: "/nodes/{node}/storage/{storage}/content/{volume...}",
    get: {
      run: ({ session, path }) => {
        const found = volumeOf(session, path.storage, path.volume);
        const {
          content: _content,
          ctime: _ctime,
          subtype: _sub,
          vmid: _vmid,
          volid: _id,
          ...rest
        } = volumeRecord(session, found);
        return { data: { ...rest, path: found.path ?? undefined, used: found.bytes } };
      },
    },
    set: {
      options: { notes: text, protected: boolean },
      run: ({ session, path, options }) => {
        const found = volumeOf(session, path.storage, path.volume);
        if (found.path === null || found.content !== "backup")
          throw new PveError("only backups can have notes, or be protected");
        const keep = (ending: string, content: string | null) => {
          if (content !== null) putFile(session, `${found.path}${ending}`, content);
          else if (nodeAt(session.host, `${found.path}${ending}`) !== undefined)
            drop(session, `${found.path}${ending}`);
        };
        const notes = options.get("notes");
        if (notes !== undefined) keep(".notes", notes === "" ? null : notes);
        const guarded = options.get("protected");
        if (guarded !== undefined) keep(".protected", guarded === "1" ? "" : null);
        return { data: null };
      },
    },
  },
  {
    path: "/nodes/{node}/aplinfo",
    get: {
      columns: ["package", "version", "template"],
      run: ({ session }) => {
        const { appliances, warnings } = knownAppliances(session.host);
        const data = appliances.map(({ file, url, source, ...each }) => ({
          architecture: each.architecture,
          description: each.description,
          headline: each.headline,
          infopage: each.infopage,
          location: url,
          maintainer: each.maintainer,
          os: each.os,
          package: each.package,
          section: each.section,
          sha512sum: each.sha512sum,
          source,
          template: file,
          type: "lxc",
          version: each.version,
        }));
        return { data, stderr: warnings };
      },
    },
  },
];

function configOf(session: Session, storage: Storage): Json {
  const options = Object.fromEntries(
    [...storage.options].map(([name, value]) => [
      name,
      PROPERTIES[name]?.kind === "boolean" || PROPERTIES[name]?.kind === "integer" ? Number(value) : value,
    ]),
  );
  return {
    ...options,
    content: shuffled([...storage.content], storage.id).join(",") || "none",
    digest: digestOf(session),
    ...(storage.shared && { shared: 1 }),
    storage: storage.id,
    type: storage.type,
  };
}

function statusRecord({ storage, enabled, active, total, used }: ReturnType<typeof statusOf>) {
  return {
    active: active ? 1 : 0,
    avail: total - used,
    content: shuffled([...storage.content], storage.id).join(","),
    enabled: enabled ? 1 : 0,
    shared: storage.shared ? 1 : 0,
    storage: storage.id,
    total,
    type: storage.type,
    used,
    used_fraction: active && total > 0 ? used / total : undefined,
  };
}

function volumeRecord(session: Session, volume: ReturnType<typeof listVolumes>[number]) {
  const beside = (ending: string) =>
    volume.path === null ? undefined : nodeAt(session.host, `${volume.path}${ending}`);
  const notes = beside(".notes");
  const guest = volume.content === "images" || volume.content === "rootdir";
  return {
    content: volume.content,
    ctime: volume.ctime,
    format: volume.format,
    notes: notes?.type === "file" ? nodeText(notes) : undefined,
    parent: guest ? null : undefined,
    protected: beside(".protected") === undefined ? undefined : 1,
    size: volume.bytes,
    subtype: volume.content === "backup" ? subtypeOf(volume.volid) : undefined,
    used: guest ? Math.min(volume.bytes, 4096) : undefined,
    vmid: volume.vmid === "" ? undefined : Number(volume.vmid),
    volid: volume.volid,
  };
}

/** Of a backup: the kind of its guest. */
function subtypeOf(volid: string): string | undefined {
  const type = /:backup\/(ct|vm)\//.exec(volid)?.[1];
  return type === undefined ? /vzdump-([a-z]+)-/.exec(volid)?.[1] : type === "ct" ? "lxc" : "qemu";
}

function existing(session: Session, id = ""): Storage {
  const storage = findStorage(session.host, id);
  if (storage === undefined) throw new PveError(`storage '${id}' does not exist`);
  return storage;
}
function usable(session: Session, id = ""): Storage {
  const storage = existing(session, id);
  const trouble = storageTrouble(session, storage);
  if (trouble !== null) throw new PveError(trouble.message, trouble.code);
  return storage;
}
function volumeOf(session: Session, id = "", volume = "") {
  const volid = volume.startsWith(`${id}:`) ? volume : `${id}:${volume}`;
  const found = listVolumes(session, usable(session, id)).find((each) => each.volid === volid);
  if (found === undefined) throw new PveError(`volume '${volid}' does not exist`, 2);
  return found;
}
function changed({ code, stderr }: StorageChange): ApiAnswer {
  return code === 0 ? { data: null, stderr } : { code, stdout: "", stderr };
}
function shuffledRecords(storages: readonly Storage[]): readonly Storage[] {
  const order = shuffled(
    storages.map(({ id }) => id),
    "records",
  );
  return [...storages].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
}
function putFile(session: Session, path: string, content: string): void {
  put(session, path, { type: "file", mode: "0644", uid: 0, gid: 0, mtime: seconds(session.host), content });
}
