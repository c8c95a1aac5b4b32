import { type CommandForm, isCall, readCommandLine } from "../../pve/command/command-line.ts";
import { storageId } from "../../pve/command/formats.ts";
import type { Schema } from "../../pve/command/schema.ts";
import { addStorage, removeStorage, type StorageChange, updateStorage } from "../../pve/storage/storage-changes.ts";
import { NEVER_SET, PROPERTIES } from "../../pve/storage/storage-properties.ts";
import { TYPE_NAMES } from "../../pve/storage/storage-types.ts";
import { NotImitated, says, type ToolContext, type ToolResult } from "../../tool.ts";

const id: Schema = { kind: "string", format: storageId };
const text: Schema = { kind: "string" };

const ADD: CommandForm = {
  usage: "pvesm add <type> <storage> [OPTIONS]",
  words: { type: { kind: "string", values: TYPE_NAMES }, storage: id },
  options: PROPERTIES,
  prompted: ["password"],
};
const SET: CommandForm = {
  usage: "pvesm set <storage> [OPTIONS]",
  words: { storage: id },
  options: {
    ...Object.fromEntries(Object.entries(PROPERTIES).filter(([name]) => !NEVER_SET.has(name))),
    delete: text,
    digest: text,
  },
  prompted: ["password"],
};
const REMOVE: CommandForm = { usage: "pvesm remove <storage>", words: { storage: id }, options: {} };

/** Types that the tools know and the lab has no model of. */
function modelled(type: string): void {
  if (["btrfs", "cifs", "dir", "lvm", "lvmthin", "nfs", "pbs", "zfspool"].includes(type)) return;
  throw new NotImitated(`the embedded lab has no storages of the type "${type}"`);
}

export function add({ session, stdin }: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine(ADD, args, stdin);
  if (!isCall(call)) return call;
  const { type = "", storage = "", ...options } = Object.fromEntries(call.params);
  modelled(type);
  return answer(addStorage(session, type, storage, new Map(Object.entries(options))));
}

export function set({ session, stdin }: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine(SET, args, stdin);
  if (!isCall(call)) return call;
  const { storage = "", ...options } = Object.fromEntries(call.params);
  return answer(updateStorage(session, storage, new Map(Object.entries(options))));
}

export function remove({ session }: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine(REMOVE, args);
  return isCall(call) ? answer(removeStorage(session, call.params.get("storage") ?? "")) : call;
}

export function apiinfo(_context: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine({ usage: "pvesm apiinfo ", words: {}, options: {} }, args);
  return isCall(call) ? says("APIVER 11\nAPIAGE 2\n") : call;
}

function answer({ code, stderr }: StorageChange): ToolResult {
  return { code, stdout: "", stderr };
}
