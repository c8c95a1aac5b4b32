import { put, seconds } from "../files/file-tree.ts";
import { fails, refuseArgument, says, type Tool } from "../tool.ts";
import { archivesOf } from "./proxmox-backup-client.ts";

/** Gets a single file out of an archive: `extract SNAPSHOT /ARCHIVE/PATH FOLDER`. */
export const proxmoxFileRestore: Tool = {
  name: "proxmox-file-restore",
  rests: "documented",
  run(context, args) {
    const [verb, snapshot = "", path = "", target = "", ...rest] = args;
    const [key, file, ...more] = rest;
    if (verb !== "extract" || target === "" || (key !== undefined && key !== "--keyfile") || more.length > 0)
      refuseArgument("proxmox-file-restore", args.join(" "));
    const found = archivesOf(context, snapshot);
    if ("code" in found) return found;
    if (found.encrypted && file === undefined) return fails(255, "Error: missing key - manifest is encrypted\n");
    const [, archive = "", inner = ""] = /^\/([^/]+)(\/.+)$/.exec(path) ?? [];
    const node = found.archives[archive]?.files?.[inner];
    if (node?.type !== "file") return fails(255, `Error: no such file '${path}'\n`);
    const { session } = context;
    put(session, `${target}/${inner.split("/").at(-1)}`, { ...node, mtime: seconds(session.host) });
    return says("");
  },
};
