import { sha256 } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { PveError } from "../command/pve-error.ts";
import { printProperties } from "../command/schema.ts";
import { NETWORK } from "../container/keys/property-keys.ts";
import { parseKnown } from "../container/mount-points.ts";
import { bridgesOf } from "./bridges.ts";

/** A `netN` in its normal form. A hardware address that it lacks is made up, and never the same twice. */
export function normaliseNetwork(session: Session, seed: string, value: string): string {
  const net = parseKnown(NETWORK, value);
  net.set("type", "veth");
  if (!net.has("hwaddr")) net.set("hwaddr", newHardwareAddress(session, seed));
  return printProperties(NETWORK, net);
}

/** Under the prefix that Proxmox VE uses. */
export function newHardwareAddress(session: Session, seed: string): string {
  const hex = sha256(`mac ${seed} ${session.host.clockMs}`).slice(0, 6).toUpperCase();
  return `BC:24:11:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`;
}

/** Throws PveError if the interface wants larger packets than its bridge carries. */
export function assertMtu(host: FrozenHost, key: string, value: string, warn: (text: string) => void): void {
  const net = parseKnown(NETWORK, value);
  const mtu = net.get("mtu");
  if (mtu === undefined) return;
  const name = net.get("bridge");
  if (name === undefined) {
    for (const line of [129, 130])
      warn(
        `Use of uninitialized value $bridge in concatenation (.) or string at /usr/share/perl5/PVE/Network.pm line ${line}.`,
      );
  }
  const bridge = findBridge(host, name ?? "");
  if (Number(mtu) > bridge.mtu)
    throw new PveError(`${key}: MTU size '${mtu}' is bigger than bridge MTU '${bridge.mtu}'`, 25);
}

export function findBridge(host: FrozenHost, name: string) {
  const bridge = bridgesOf(host).get(name);
  if (bridge === undefined) throw new PveError(`bridge '${name}' does not exist`, 2);
  return bridge;
}
