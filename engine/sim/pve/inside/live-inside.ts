import type { Session } from "../../session.ts";
import { type Host, type NetInterface, own } from "../../world.ts";
import { makeMountPoint, mountFor } from "../container/container-mounts.ts";
import { interfacesOf, type Values } from "../container/container-network.ts";
import { mountPoint } from "../container/start-checks.ts";
import { setUpNetwork } from "./set-up-inside.ts";

/** A key has just been put into force in a running container: its inside follows, as far as that does so at once. */
export function followInside(session: Session, vmid: string, key: string, values: Values): void {
  const node = session.change();
  const inside = own(node.pve?.containers ?? {}, vmid)?.inside;
  if (!inside?.booted) return;
  const value = values.get(key);
  if (/^mp\d+$/.test(key) && value !== undefined) {
    const point = mountPoint(key, value);
    makeMountPoint(inside, point.target, "directory");
    inside.mounts = [...inside.mounts, mountFor(node, point)];
  }
  if (/^net\d+$/.test(key)) {
    const old = inside.booted.nets;
    inside.booted.nets = interfacesOf(values, vmid, node.clockMs).map((net) => plugged(net, old));
    setUpNetwork(inside, node, values);
    showInterfaces(inside);
  }
}

/**
 * An interface under a new name or hardware address is a new one, with a number of the node's counter, which is past the
 * node's own by then. Of one that stays neither the number nor the MTU changes before the next start.
 */
function plugged(net: NetInterface, old: readonly NetInterface[]): NetInterface {
  const same = old.find(({ name, mac }) => name === net.name && mac === net.mac);
  if (same === undefined) return { ...net, index: Math.max(9, ...old.map(({ index }) => index)) + 2 };
  const lease = same.leaseAt !== undefined && net.leaseAt !== undefined ? { leaseAt: same.leaseAt } : {};
  return { ...net, index: same.index, mtu: same.mtu, ...lease };
}

/** The kernel's files about interfaces. */
export function showInterfaces(inside: Host): void {
  for (const path of Object.keys(inside.files)) if (path.startsWith("/sys/class/")) delete inside.files[path];
  const common = { uid: 0, gid: 0, mtime: Math.floor(inside.clockMs / 1000) };
  const folder = (path: string) => {
    inside.files[path] = { type: "directory", mode: "0755", ...common };
  };
  folder("/sys/class");
  folder("/sys/class/net");
  for (const { name, index, mtu, mac, up } of inside.booted?.nets ?? []) {
    const texts = {
      address: mac.toLowerCase(),
      carrier: up ? "1" : "0",
      ifindex: index,
      mtu,
      operstate: up ? "up" : "lowerlayerdown",
    };
    folder(`/sys/class/net/${name}`);
    for (const [file, text] of Object.entries(texts))
      inside.files[`/sys/class/net/${name}/${file}`] = { type: "file", mode: "0444", content: `${text}\n`, ...common };
  }
}
