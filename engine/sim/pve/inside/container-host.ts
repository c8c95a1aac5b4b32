import { findUser, type User } from "../../host/accounts.ts";
import type { Session } from "../../session.ts";
import { type FrozenHost, type Host, own } from "../../world.ts";
import { mountedFiles } from "./mounted-files.ts";

/**
 * A container as its own processes see it: its clock is its node's, and what is bound into it is the node's own. A view
 * on the host that is kept; undefined if there is no such container or nothing in it yet.
 */
export function containerHost(node: Host, vmid: string): Host | undefined {
  const inside = own(node.pve?.containers ?? {}, vmid)?.inside;
  if (inside === null || inside === undefined) return undefined;
  const files = mountedFiles(inside.files, node.files, inside.mounts, inside.booted?.idMaps ?? []);
  return new Proxy(inside, {
    get: (host, key) => {
      if (key === "clockMs") return node.clockMs;
      return key === "files" ? files : Reflect.get(host, key);
    },
    set: (host, key, value) => {
      // Not both: a look lets time pass, and must leave the container as it was.
      return key === "clockMs" ? Reflect.set(node, key, value) : Reflect.set(host, key, value);
    },
  });
}

/** Whether a container is running; also of a number that nobody uses. */
export function isRunning(node: FrozenHost, vmid: string): boolean {
  return (own(node.pve?.containers ?? {}, vmid)?.running ?? null) !== null;
}

/** The root of a container as who goes in with lxc-attach: without further groups. */
export function rootInside(inside: FrozenHost): User {
  const found = findUser(inside, "root");
  return { name: "root", uid: 0, home: "/root", line: "", ...found, gid: 0, gids: [0] };
}

/**
 * Goes into a running container as its root, from a command on its node. What changes inside is a change of the node,
 * and refused where that is. `power`: what `reboot` and `poweroff` inside come to.
 */
export function insideSession(session: Session, vmid: string, power?: Session["power"]): Session | undefined {
  const inside = session.enter((host) => (isRunning(host, vmid) ? containerHost(host, vmid) : undefined), rootInside);
  return inside === undefined || power === undefined ? inside : { ...inside, power };
}
