import { openSession } from "../session.ts";
import type { Host } from "../world.ts";
import { sweepReplication } from "./cluster/replication.ts";

const ROOT = { name: "root", uid: 0, gid: 0, gids: [0], home: "/root", line: "" };

/** What Proxmox VE does by itself while time passes. Returns whether anything changed. */
export function runScheduler(host: Host): boolean {
  if (host.pve === undefined) return false;
  return sweepReplication(openSession(host, ROOT, "write", () => {}));
}
