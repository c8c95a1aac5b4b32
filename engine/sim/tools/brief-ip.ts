import { addressesAt } from "../pve/container/container-network.ts";
import type { Frozen, FrozenHost, NetInterface } from "../world.ts";

/** `ip -br a` inside a container; undefined for other words and other hosts. */
export function briefAddresses(host: FrozenHost, args: readonly string[]): string | undefined {
  const [option, subject = "", ...rest] = args;
  const known = option === "-br" && /^a(ddr(ess)?)?$/.test(subject) && rest.length === 0;
  if (!known || host.booted === undefined) return undefined;
  const row = (name: string, state: string, addresses: readonly string[]) =>
    `${name.padEnd(16)} ${state.padEnd(14)} ${addresses.map((address) => `${address} `).join("")}\n`;
  const nets = host.booted.nets.map((net) =>
    // The other end's number is one of the node's; it only has to stay the same.
    row(`${net.name}@if${net.index + 20}`, net.up ? "UP" : "LOWERLAYERDOWN", [
      ...addressesAt([net], host.clockMs),
      ...linkLocal(net),
    ]),
  );
  return [row("lo", "UNKNOWN", ["127.0.0.1/8", "::1/128"]), ...nets].join("");
}

/** The address that an interface gives itself from its hardware address. */
function linkLocal({ mac, up }: Frozen<NetInterface>): readonly string[] {
  const bytes = mac.split(":").map((byte) => Number.parseInt(byte, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes;
  if (!up || bytes.length !== 6) return [];
  const groups = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  return [`fe80::${groups.map((group) => group.toString(16)).join(":")}/64`];
}
