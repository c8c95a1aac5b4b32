import { parseSectionConfig } from "../../../formats/section-config.ts";
import { drop, nodeAt, put, seconds } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import type { Session } from "../../session.ts";

const JOBS = "/etc/pve/jobs.cfg";
const REPLICATION = "/etc/pve/replication.cfg";
const HA_RESOURCES = "/etc/pve/ha/resources.cfg";

/** What goes with a guest that is destroyed: its firewall's rules, and where it is purged every mention of it. */
export function forgetGuest(session: Session, vmid: string, purge: boolean): void {
  const firewall = `/etc/pve/firewall/${vmid}.fw`;
  if (nodeAt(session.host, firewall) !== undefined) drop(session, firewall);
  if (!purge) return;
  edit(session, JOBS, (text) =>
    text.replace(/^(\s+vmid\s+)(.*)$/gm, (_, head: string, ids: string) => {
      const left = ids.split(",").filter((id) => id.trim() !== vmid);
      return `${head}${left.join(",")}`;
    }),
  );
  edit(session, REPLICATION, (text) => withoutSections(text, (id) => id.startsWith(`${vmid}-`)));
  edit(session, HA_RESOURCES, (text) => withoutSections(text, (id) => id === vmid));
}

/** Whether high availability looks after a guest. */
export function isHighlyAvailable(session: Session, vmid: string): boolean {
  const node = nodeAt(session.host, HA_RESOURCES);
  return node?.type === "file" && parseSectionConfig(nodeText(node)).some(({ id }) => id === vmid);
}

/** The replication job of a guest that stands in the way of destroying it. */
export function replicationJob(session: Session, vmid: string): string | undefined {
  const node = nodeAt(session.host, REPLICATION);
  if (node?.type !== "file") return undefined;
  return parseSectionConfig(nodeText(node)).find(({ id }) => id.startsWith(`${vmid}-`))?.id;
}

function edit(session: Session, path: string, change: (text: string) => string): void {
  const node = nodeAt(session.host, path);
  if (node?.type !== "file") return;
  const content = change(nodeText(node));
  if (content !== nodeText(node)) put(session, path, { ...node, content, mtime: seconds(session.host) });
}

/** Sections are separated by empty lines; their heads begin at the first column. */
function withoutSections(text: string, gone: (id: string) => boolean): string {
  let dropping = false;
  return text
    .split("\n")
    .filter((line) => {
      const id = /^[a-z][a-z-]*:\s*(\S+)\s*$/.exec(line)?.[1];
      if (id !== undefined) dropping = gone(id);
      return !dropping;
    })
    .join("\n");
}
