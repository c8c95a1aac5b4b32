import { nodeAt, put, seconds } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import { membershipOf } from "../../pve/cluster/members.ts";
import { PveError } from "../../pve/command/pve-error.ts";
import { findResource, resolveSid, resourcesOf } from "../../pve/ha/resources.ts";
import type { Session } from "../../session.ts";
import type { Said } from "./said.ts";

const QUEUE = "/etc/pve/ha/crm_commands";

/** Tells the manager what to do. None runs in the lab, so it stays in the queue. */
export function crmCommand(
  session: Session,
  what: "migrate" | "relocate" | "stop",
  given: ReadonlyMap<string, string>,
): Said {
  const sid = resolveSid(session.host, given.get("sid") ?? "");
  const name = `${sid.type}:${sid.id}`;
  const { resources, warnings } = resourcesOf(session.host);
  if (findResource(resources, sid) === undefined) throw new PveError(`resource '${name}' is not HA managed`);
  enqueue(session, `${what} ${name} ${given.get(what === "stop" ? "timeout" : "node")}`);
  return { stderr: warnings };
}

export function nodeMaintenance(
  session: Session,
  what: "enable" | "disable",
  given: ReadonlyMap<string, string>,
): Said {
  const node = given.get("node") ?? "";
  if (!membershipOf(session.host)?.members.some(({ name }) => name === node))
    throw new PveError(`no such cluster node '${node}'`);
  enqueue(session, `${what}-node-maintenance ${node}`);
  return {};
}

function enqueue(session: Session, line: string): void {
  const file = nodeAt(session.host, QUEUE);
  const before = file?.type === "file" ? nodeText(file) : "";
  const mtime = seconds(session.host);
  put(session, QUEUE, { type: "file", mode: "0640", uid: 0, gid: 33, mtime, content: `${before}${line}\n` });
}
