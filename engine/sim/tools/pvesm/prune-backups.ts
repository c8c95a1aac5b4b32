import { drop, nodeAt } from "../../files/file-tree.ts";
import { type CommandForm, isCall, readCommandLine } from "../../pve/command/command-line.ts";
import { guestId, storageId } from "../../pve/command/formats.ts";
import type { Schema } from "../../pve/command/schema.ts";
import { listVolumes } from "../../pve/storage/list-volumes.ts";

import { fails, NotImitated, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { usable } from "./volumes.ts";

const boolean: Schema = { kind: "boolean" };
const KEEP = ["keep-all", "keep-daily", "keep-hourly", "keep-last", "keep-monthly", "keep-weekly", "keep-yearly"];
const PRUNE: CommandForm = {
  usage: "pvesm prune-backups <storage> [OPTIONS]",
  words: { storage: { kind: "string", format: storageId } },
  options: {
    "dry-run": boolean,
    ...Object.fromEntries(
      KEEP.map((name) => [name, name === "keep-all" ? boolean : { kind: "integer" as const, min: 0 }]),
    ),
    type: { kind: "string", values: ["qemu", "lxc"] },
    vmid: { kind: "string", format: guestId },
  },
};
const PREVIEW = `NOTE: this is only a preview and might not be what a subsequent
prune call does if backups are removed/added in the meantime.

`;

/** Keeps the newest of each guest, as many as keep-last says; by days, weeks or months only where nothing else is asked. */
export function pruneBackups({ session }: ToolContext, args: readonly string[]): ToolResult {
  const call = readCommandLine(PRUNE, args);
  if (!isCall(call)) return call;
  const dry = call.params.get("dry-run") === "1";
  const storage = usable(session, call.params.get("storage") ?? "");
  if ("code" in storage) return storage;
  // What fails as a task is told on stderr alone; the exit code knows of a dry run only.
  if (!storage.content.has("backup")) return fails(dry ? 255 : 0, `storage '${storage.id}' does not support backups\n`);
  const given = KEEP.filter((name) => call.params.has(name)).map((name) => `${name}=${call.params.get(name)}`);
  const wanted = given.length > 0 ? given : (storage.options.get("prune-backups") ?? "").split(",").filter(Boolean);
  if (wanted.length === 0)
    return fails(dry ? 255 : 0, `no prune-backups options configured for storage '${storage.id}'\n`);
  const other = wanted.find((option) => !/^keep-(last=|all=)/.test(option));
  if (other !== undefined)
    throw new NotImitated(`the embedded lab prunes backups by keep-last alone, not by ${other.split("=")[0]}`);
  const last = wanted.map((option) => /^keep-last=(\d+)$/.exec(option)?.[1]).find((count) => count !== undefined);
  const keep = last === undefined ? Number.POSITIVE_INFINITY : Number(last);
  const backups = listVolumes(session, storage).filter(
    ({ content, vmid, volid }) =>
      content === "backup" &&
      /\/vzdump-(lxc|qemu)-\d+-\d{4}_\d\d_\d\d-/.test(volid) &&
      (call.params.get("vmid") ?? vmid) === vmid &&
      (call.params.get("type") ?? typeOf(volid)) === typeOf(volid),
  );
  const marked = backups.map((backup) => {
    const newer = backups.filter(({ vmid, volid }) => vmid === backup.vmid && volid > backup.volid).length;
    const mark =
      nodeAt(session.host, `${backup.path}.protected`) !== undefined ? "protected" : newer < keep ? "keep" : "remove";
    return { ...backup, mark };
  });
  if (dry) {
    const rows = marked.map(({ volid, vmid, mark }) => row(volid, `${typeOf(volid)}/${vmid}`, mark));
    return says(`${PREVIEW}${row("Backup", "Backup-ID", "Prune-Mark")}${rows.join("")}`);
  }
  const gone = marked.filter(({ mark }) => mark === "remove");
  for (const { path } of gone) {
    if (path === null) continue;
    drop(session, path);
    for (const beside of [`${path}.notes`, path.replace(/\.(tar|vma|tgz).*$/, ".log")])
      if (nodeAt(session.host, beside) !== undefined) drop(session, beside);
  }
  return says(gone.map(({ volid }) => `removing backup '${volid}'\n`).join(""));
}
function row(backup: string, id: string, mark: string): string {
  return `${backup.padEnd(58)} ${id.padStart(9)} ${mark.padStart(10)}\n`;
}
function typeOf(volid: string): string {
  return /vzdump-([a-z]+)-/.exec(volid)?.[1] ?? "";
}
