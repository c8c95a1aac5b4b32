import { Bug } from "../../../errors/bug.ts";
import { may } from "../../files/file-tree.ts";
import { nodeOf } from "../../files/look-at-path.ts";
import { findProgram } from "../../host/programs.ts";
import { PveError } from "../../pve/command/pve-error.ts";
import { loadConf } from "../../pve/container/container-conf.ts";
import { insideSession, isRunning } from "../../pve/inside/container-host.ts";
import { powerOf } from "../../pve/inside/power-inside.ts";
import type { Session } from "../../session.ts";
import { fails, type ToolContext, type ToolResult } from "../../tool.ts";
import type { PctCall } from "./call.ts";
import type { Subcommand } from "./options.ts";
import { VMID } from "./words.ts";

export const exec: Subcommand = {
  words: [VMID],
  options: { "keep-env": { kind: "boolean" } },
  extra: true,
  run(context, call) {
    assertEnterable(context.session, call.vmid);
    if (call.extra.length === 0) throw new PveError("missing command at /usr/share/perl5/PVE/CLI/pct.pm line 239.");
    return attach(context, call, call.extra);
  },
};

/** Throws PveError unless the container is on this node, and running. */
export function assertEnterable(session: Session, vmid: string): void {
  loadConf(session.host, vmid, () => {});
  if (!isRunning(session.host, vmid)) throw new PveError(`container '${vmid}' not running!`);
}

/** lxc-attach with a command: its words as they are, no shell; its exit code is that of the command. */
function attach(context: ToolContext, { vmid, options }: PctCall, words: readonly string[]): ToolResult {
  const { session } = context;
  const inside = insideSession(session, vmid, powerOf(session, vmid));
  if (inside === undefined || context.run === undefined) throw new Bug(`container ${vmid} runs and has no inside`);
  const [name = ""] = words;
  const missing = notRun(inside, name);
  if (missing !== null) {
    const where = `lxc-attach: ${vmid}: ../src/lxc/attach.c: lxc_attach_run_command: 1841`;
    return fails(missing.code, `${where} ${missing.why} - Failed to exec "${name}"\n`);
  }
  // pct itself has narrowed the path; what the caller set is kept until Proxmox VE 9.
  const kept = options.get("keep-env") === "0" ? {} : { ...context.env, PATH: "/sbin:/bin:/usr/sbin:/usr/bin" };
  const bare = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
  const env = { ...(options.get("keep-env") === "0" ? bare : kept), container: "lxc", TERM: "linux" };
  const cwd = nodeOf(inside, context.cwd)?.type === "directory" ? context.cwd : "/";
  return context.run(inside, words, { stdin: context.stdin, env, cwd });
}

/** Why a path cannot be run at all. A bare name that the lab does not know is refused by who runs it. */
function notRun(inside: Session, name: string): { readonly code: number; readonly why: string } | null {
  if (!name.includes("/") || findProgram({ session: inside }, name) !== undefined) return null;
  const node = nodeOf(inside, name);
  if (node === undefined) return { code: 127, why: "No such file or directory" };
  return may(inside.user, node, "x") && node.type === "file" ? null : { code: 126, why: "Permission denied" };
}
