import { parsePveSize } from "../../../formats/pve-size.ts";
import { drop, nodeAt } from "../../files/file-tree.ts";
import { type CommandForm, isCall, parameterErrors, readCommandLine } from "../../pve/command/command-line.ts";
import { guestId, storageId, volumeId } from "../../pve/command/formats.ts";
import { PveError } from "../../pve/command/pve-error.ts";
import type { Schema } from "../../pve/command/schema.ts";
import { listVolumes } from "../../pve/storage/list-volumes.ts";
import { PROPERTIES } from "../../pve/storage/storage-properties.ts";
import { storageTrouble } from "../../pve/storage/storage-state.ts";
import { readStorages, type Storage } from "../../pve/storage/storages.ts";
import { parseVolumeName, pathOf, splitVolumeId } from "../../pve/storage/volume-names.ts";
import { allocateVolume, freeVolume, volumePath } from "../../pve/storage/volumes.ts";
import type { Session } from "../../session.ts";
import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";

const text: Schema = { kind: "string" };
const id: Schema = { kind: "string", format: storageId };
const vmid: Schema = { kind: "string", format: guestId };

const LIST: CommandForm = {
  usage: "pvesm list <storage> [OPTIONS]",
  words: { storage: id },
  options: { content: PROPERTIES.content ?? text, vmid },
};
const ALLOC: CommandForm = {
  usage: "pvesm alloc <storage> <vmid> <filename> <size> [OPTIONS]",
  words: { storage: id, vmid, filename: text, size: { kind: "string", pattern: /^\d+[MG]?$/ } },
  options: { format: PROPERTIES.format ?? text },
};
const FREE: CommandForm = {
  usage: "pvesm free <volume> [OPTIONS]",
  words: { volume: text },
  options: { delay: { kind: "integer", min: 1, max: 30 }, storage: id },
};
const PATH: CommandForm = {
  usage: "pvesm path <volume>",
  words: { volume: { kind: "string", format: volumeId } },
  options: {},
};

export function list({ session }: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine(LIST, args);
  if (!isCall(call)) return call;
  const storage = usable(session, call.params.get("storage") ?? "");
  if ("code" in storage) return storage;
  const { content, vmid } = Object.fromEntries(call.params);
  const shown = listVolumes(session, storage)
    .filter((volume) => content === undefined || isOf(volume.content, content))
    .filter((volume) => vmid === undefined || volume.vmid === vmid);
  const width = Math.max(0, ...shown.map(({ volid }) => volid.length));
  const digits = Math.max(0, ...shown.map(({ bytes }) => bytes)).toString().length;
  const row = (volid: string, format: string, kind: string, size: string, owner: string) =>
    `${volid.padEnd(width)} ${format.padEnd(7)} ${kind.padEnd(9)} ${size.padStart(digits)}${owner}\n`;
  const owned = shown.filter((volume) => volume.vmid !== "");
  const rest = shown.filter((volume) => volume.vmid === "");
  const ordered = [...owned, ...[...rest].sort((a, b) => (a.format < b.format ? -1 : a.format > b.format ? 1 : 0))];
  const lines = ordered.map((volume) =>
    row(volume.volid, volume.format, volume.content, String(volume.bytes), volume.vmid === "" ? "" : ` ${volume.vmid}`),
  );
  return says(row("Volid", "Format", "Type", "Size", " VMID") + lines.join(""));
}

/** Volumes of guests are asked for as images or as root file systems, whichever they are. */
function isOf(content: string, wanted: string): boolean {
  return wanted.split(",").some((kind) => kind === content);
}

export function alloc({ session }: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine(ALLOC, args);
  if (!isCall(call)) return call;
  const { storage: storageId = "", vmid = "", filename = "", size = "", format } = Object.fromEntries(call.params);
  const extension = /\.(raw|qcow2|vmdk|subvol)$/.exec(filename)?.[1];
  if (format !== undefined && extension !== undefined && extension !== format)
    return parameterErrors(ALLOC.usage, { format: `different storage formats (${format} != ${extension})` });
  const storage = usable(session, storageId);
  if ("code" in storage) return storage;
  const kind = format ?? extension ?? storage.options.get("format") ?? "raw";
  const inFolders = storage.options.has("path");
  const volume = inFolders ? `${vmid}/${filename}` : filename;
  if (filename !== "" && parseVolumeName(storage.type, volume) === null) {
    const why = inFolders
      ? `unable to parse volume filename '${filename}'`
      : `illegal name '${filename}' - should be '${kind === "subvol" ? "subvol" : "vm"}-${vmid}-*'`;
    return fails(inFolders ? 25 : 255, `${why}\n`);
  }
  // Without a unit the number counts KiB.
  const bytes = parsePveSize(/\d$/.test(size) ? `${size}K` : size) ?? 0;
  try {
    const named = filename === "" ? {} : { name: filename };
    const volid = allocateVolume(session, storage.id, { vmid, format: formatOf(kind), bytes, ...named });
    const said =
      inFolders && storage.type !== "btrfs" ? formatting(storage, volumePath(session.host, volid), kind, bytes) : "";
    return says(`${said}successfully created '${volid}'\n`);
  } catch (error) {
    if (error instanceof PveError) return fails(25, error.message);
    throw error;
  }
}

function formatOf(name: string): "raw" | "qcow2" | "vmdk" | "subvol" {
  return name === "qcow2" || name === "vmdk" || name === "subvol" ? name : "raw";
}

/** What qemu-img says about a new image. */
export function formatting(storage: Storage, path: string, format: string, bytes: number): string {
  const wanted = storage.options.get("preallocation") ?? "metadata";
  switch (format) {
    case "raw": {
      const preallocation = wanted === "metadata" ? "off" : wanted;
      return `Formatting '${path}', fmt=raw size=${bytes} preallocation=${preallocation}\n`;
    }
    case "qcow2":
      return `Formatting '${path}', fmt=qcow2 cluster_size=65536 extended_l2=off preallocation=${wanted} compression_type=zlib size=${bytes} lazy_refcounts=off refcount_bits=16\n`;
    case "vmdk":
      return `Formatting '${path}', fmt=vmdk size=${bytes} compat6=off hwversion=undefined\n`;
    default:
      return "";
  }
}

export function free({ session }: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine(FREE, args);
  if (!isCall(call)) return call;
  const given = call.params.get("volume") ?? "";
  const fallback = call.params.get("storage");
  const split = splitVolumeId(given) ?? (fallback === undefined ? null : { storage: fallback, volume: given });
  if (split === null) return parameterErrors(FREE.usage, { volume: "no storage specified - incomplete volume ID" });
  const storage = usable(session, split.storage);
  if ("code" in storage) return storage;
  const volid = `${storage.id}:${split.volume}`;
  const parsed = parseVolumeName(storage.type, split.volume);
  if (parsed === null) {
    const kind = storage.options.has("path") ? "directory" : storage.type === "zfspool" ? "zfs" : "lvm";
    return fails(255, `unable to parse ${kind} volume name '${split.volume}'\n`);
  }
  const path = pathOf(storage, split.volume, parsed);
  const removed = `Removed volume '${volid}'\n`;
  if (parsed.content === "images") {
    return says(freeVolume(session, volid) ? removed : `disk image '${path}' does not exist\n${removed}`);
  }
  if (nodeAt(session.host, `${path}.protected`) !== undefined)
    return fails(255, `cannot remove protected volume '${split.volume}' on '${storage.id}'\n`);
  for (const beside of [path, `${path}.notes`]) if (nodeAt(session.host, beside) !== undefined) drop(session, beside);
  freeVolume(session, volid);
  return says(removed);
}

export function path({ session }: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine(PATH, args);
  if (!isCall(call)) return call;
  const split = splitVolumeId(call.params.get("volume") ?? "");
  const { storages, warnings } = readStorages(session.host);
  const storage = storages.find(({ id }) => id === split?.storage);
  if (storage === undefined || split === null)
    return fails(255, `${warnings}storage '${split?.storage}' does not exist\n`);
  const parsed = parseVolumeName(storage.type, split.volume);
  return parsed === null
    ? fails(255, `unable to parse directory volume name '${split.volume}'\n`)
    : { code: 0, stdout: `${pathOf(storage, split.volume, parsed)}\n`, stderr: warnings };
}

/** The storage, if it can be used on this node now; else what the tools say. */
export function usable(session: Session, id: string): Storage | ToolResult {
  const { storages, warnings } = readStorages(session.host);
  const storage = storages.find((each) => each.id === id);
  if (storage === undefined) return fails(255, `${warnings}storage '${id}' does not exist\n`);
  const trouble = storageTrouble(session, storage);
  return trouble === null ? storage : fails(trouble.code, `${warnings}${trouble.message}\n`);
}

export function exportVolume(_context: ToolContext, args: readonly string[]): ToolResult {
  refuseArgument("pvesm", `export ${args.join(" ")}`);
}
export function importVolume(_context: ToolContext, args: readonly string[]): ToolResult {
  refuseArgument("pvesm", `import ${args.join(" ")}`);
}
