import { put, resolve, seconds } from "../../files/file-tree.ts";
import { findProgram } from "../../host/programs.ts";
import { proxmoxBackupManager } from "../../tools/proxmox-backup-manager/index.ts";
import { type ScriptImitation, scriptFails } from "./script-result.ts";

/** engine/ops/scripts/pbs-token.ts: the secret goes into its file, and nothing is printed. */
export const pbsToken: ScriptImitation = (session, [user = "", name = "", file = ""]) => {
  if (findProgram({ session }, "proxmox-backup-manager") === undefined)
    return scriptFails(1, "sh: proxmox-backup-manager: not found");
  const context = { session, env: {}, cwd: "/", stdin: new Uint8Array() };
  const made = proxmoxBackupManager.run(context, ["user", "generate-token", user, name]);
  if (made.code !== 0) return { code: 1, stdout: "", stderr: made.stderr };
  const secret = /"value": *"([^"]*)"/.exec(String(made.stdout))?.[1] ?? "";
  const { path } = resolve(session, file, true);
  const { uid, gids } = session.user;
  put(session, path, {
    type: "file",
    mode: "0600",
    uid,
    gid: gids[0] ?? 0,
    mtime: seconds(session.host),
    content: `${secret}\n`,
  });
  return { code: 0, stdout: "", stderr: "" };
};
