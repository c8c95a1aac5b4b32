import { drop, nodeAt, put, seconds } from "../../files/file-tree.ts";
import type { Session } from "../../session.ts";
import { vmConfText } from "./vm-conf.ts";

const FOLDER = "/run/qemu-server";

/** Starts QEMU: a process, with its number where Proxmox VE looks for it. */
export function startProcess(session: Session, vmid: string): void {
  const host = session.change();
  if (host.pve === undefined) return;
  const pid = host.pve.nextPid;
  host.pve.nextPid += 1;
  host.pve.vms[vmid] = { running: { since: host.clockMs, pid, conf: vmConfText(host, vmid) ?? "" } };
  const common = { uid: 0, gid: 0, mtime: seconds(host) };
  if (nodeAt(host, FOLDER) === undefined) put(session, FOLDER, { type: "directory", mode: "0755", ...common });
  put(session, `${FOLDER}/${vmid}.pid`, { type: "file", mode: "0600", content: `${pid}\n`, ...common });
}

export function endProcess(session: Session, vmid: string): void {
  const { pve } = session.change();
  if (pve !== undefined) pve.vms[vmid] = { running: null };
  const path = `${FOLDER}/${vmid}.pid`;
  if (nodeAt(session.host, path) !== undefined) drop(session, path);
}
