import { byCodeUnit } from "../../files/file-tree.ts";
import { type CommandForm, isCall, parameterErrors, readCommandLine } from "../../pve/command/command-line.ts";
import { storageId } from "../../pve/command/formats.ts";
import type { Schema } from "../../pve/command/schema.ts";
import { PROPERTIES } from "../../pve/storage/storage-properties.ts";
import { statusOf } from "../../pve/storage/storage-status.ts";
import { readStorages } from "../../pve/storage/storages.ts";
import { fails, type ToolContext, type ToolResult } from "../../tool.ts";

const boolean: Schema = { kind: "boolean" };
const STATUS: CommandForm = {
  usage: "pvesm status  [OPTIONS]",
  words: {},
  options: {
    content: PROPERTIES.content ?? { kind: "string" },
    enabled: boolean,
    format: boolean,
    storage: { kind: "string", format: storageId },
    target: { kind: "string" },
  },
};

export function status({ session }: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine(STATUS, args);
  if (!isCall(call)) return call;
  const { storages, warnings, broken } = readStorages(session.host);
  const { content, enabled, storage: wanted, target } = Object.fromEntries(call.params);
  if (broken !== null) return fails(255, `${warnings}storage '${broken}' does not exist\n`);
  if (wanted !== undefined && !storages.some(({ id }) => id === wanted))
    return parameterErrors(STATUS.usage, { storage: "No such storage." });
  const shown = storages
    .filter(({ id }) => wanted === undefined || id === wanted)
    .filter((storage) => content === undefined || content.split(",").some((kind) => storage.content.has(kind)))
    .filter(({ shared }) => target === undefined || target === session.host.hostname || shared)
    .map((storage) => statusOf(session, storage))
    .filter((each) => enabled !== "1" || each.enabled)
    .sort((a, b) => byCodeUnit(a.storage.id, b.storage.id));
  const width = Math.max(0, ...shown.map(({ storage }) => storage.id.length)) + 1;
  const row = (name: string, type: string, state: string, ...rest: readonly string[]) => {
    const [total = "", used = "", free = "", share = ""] = rest;
    const numbers = [total, used, free].map((number) => number.padStart(15)).join(" ");
    return `${name.padEnd(width)} ${type.padStart(10)} ${state.padStart(10)} ${numbers} ${share.padStart(8)}\n`;
  };
  const lines = shown.map(({ storage, enabled, active, total, used }) => {
    const kib = [total, used, total - used].map((bytes) => String(Math.floor(bytes / 1024)));
    const share = enabled ? `${(total > 0 ? (used * 100) / total : 0).toFixed(2)}%` : "N/A";
    return row(storage.id, storage.type, !enabled ? "disabled" : active ? "active" : "inactive", ...kib, share);
  });
  return {
    code: 0,
    stdout: row("Name", "Type", "Status", "Total", "Used", "Available", "%") + lines.join(""),
    stderr: warnings + shown.map(({ why }) => (why === null ? "" : `${why}\n`)).join(""),
  };
}
