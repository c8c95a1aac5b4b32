import { nodeAt } from "../../files/file-tree.ts";
import { nodeOf } from "../../files/look-at-path.ts";
import { nodeText } from "../../files/node.ts";
import { PveError } from "../../pve/command/pve-error.ts";
import { parseVolumeId, storageOf } from "../../pve/storage/volumes.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";

/** A number belongs to one guest of the whole cluster, container or virtual machine. */
export function assertVmidFree(host: FrozenHost, vmid: string): void {
  for (const path of Object.keys(host.files)) {
    const match = /^\/etc\/pve\/nodes\/([^/]+)\/(lxc|qemu-server)\/(\d+)\.conf$/.exec(path);
    if (match?.[3] !== vmid) continue;
    throw new PveError(`${match[2] === "lxc" ? "CT" : "VM"} ${vmid} already exists on node '${match[1]}'`);
  }
}

export function assertPool(host: FrozenHost, pool: string | undefined): void {
  if (pool === undefined) return;
  const node = nodeAt(host, "/etc/pve/user.cfg");
  const pools = node?.type === "file" ? nodeText(node).matchAll(/^pool:([^:]+):/gm) : [];
  if (![...pools].some((match) => match[1] === pool))
    throw new PveError(`403 Permission check failed (pool '${pool}' does not exist)`, 2);
}

/** The public keys of a file on the node. */
export function readKeys(session: Session, cwd: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const node = nodeOf(session, path.startsWith("/") ? path : `${cwd}/${path}`);
  if (node?.type !== "file") throw new PveError(`can't open '${path}' - No such file or directory`, 2);
  return nodeText(node);
}

/** Of a volume id the storage must be there and the kind must fit; whether the file is there shows only when it is unpacked. */
export function assertTemplate(host: FrozenHost, template: string): void {
  if (template.startsWith("/") || !template.includes(":")) return;
  const { name } = parseVolumeId(template);
  storageOf(host, parseVolumeId(template).storage);
  if (!name.startsWith("vztmpl/"))
    throw new PveError(`unable to use volume ${template} - content type needs to be 'vztmpl'`);
}
