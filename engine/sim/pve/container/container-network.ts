import { parsePropertyString } from "../../../formats/property-string.ts";
import type { NetInterface } from "../../world.ts";

/** A configuration's keys. */
export type Values = ReadonlyMap<string, string>;

/** A `netN` of a container, taken apart. */
export interface ContainerNet {
  readonly key: string;
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
}

export function netsOf(values: Values): readonly ContainerNet[] {
  return [...values]
    .filter(([key]) => /^net\d+$/.test(key))
    .map(([key, value]) => {
      const { options } = parsePropertyString(value);
      return { key, name: options.get("name") ?? "", options };
    })
    .sort((a, b) => Number(a.key.slice(3)) - Number(b.key.slice(3)));
}

/** The interfaces as a start makes them, `lo` left out. A lease takes a moment; its address hangs on the container's number. */
export function interfacesOf(values: Values, vmid: string, startedAt: number): readonly NetInterface[] {
  return netsOf(values).map(({ key, name, options }, place) => {
    const [ip, ip6] = [options.get("ip"), options.get("ip6")];
    const fixed = [ip, ip6].filter((each) => each?.includes("/")).map(String);
    const leased = ip === "dhcp" ? [`192.0.2.${20 + ((Number(vmid) + 37 * place) % 220)}/24`] : [];
    const gateway = options.get("gw") ?? (ip === "dhcp" ? "192.0.2.1" : undefined);
    return {
      name,
      mac: options.get("hwaddr") ?? "",
      index: 2 + Number(key.slice(3)),
      mtu: Number(options.get("mtu") ?? 1500),
      up: options.get("link_down") !== "1",
      addresses: [...fixed, ...leased],
      ...(gateway === undefined ? {} : { gateway }),
      ...(ip === "dhcp" ? { leaseAt: startedAt + LEASE_MS } : {}),
    };
  });
}
const LEASE_MS = 2500;

/** The addresses that interfaces have at a moment of the clock. */
export function addressesAt(nets: readonly NetInterface[], clockMs: number): readonly string[] {
  return nets.filter(({ up, leaseAt }) => up && (leaseAt ?? 0) <= clockMs).flatMap(({ addresses }) => addresses);
}

/** The address that a container's name stands for: the fixed one of its first net. */
export function primaryAddress(values: Values): string | undefined {
  const { options } = parsePropertyString(values.get("net0") ?? "");
  return [options.get("ip"), options.get("ip6")].find((each) => each?.includes("/"))?.replace(/\/.*$/, "");
}

/**
 * `/etc/network/interfaces` with a stanza for each net that has an address: stanzas of these interfaces are replaced
 * where they stand, the rest stays; undefined where there is nothing to set. IPv6 leases do not work on Alpine.
 */
export function interfacesFile(text: string, values: Values, alpine: boolean): string | undefined {
  const wanted = new Map(
    netsOf(values).flatMap(({ name, options }) => {
      const pairs = [options.get("ip"), options.get("ip6")];
      return name === "" || pairs.every((each) => each === undefined) ? [] : [[name, options] as const];
    }),
  );
  if (wanted.size === 0) return undefined;
  const autos = new Set<string>();
  const done = new Set<string>();
  let out = "";
  let skipping = false;
  const print = (name: string, family: "inet" | "inet6") => {
    const stanza = stanzaOf(name, family, wanted.get(name) ?? new Map(), alpine);
    if (stanza === "" || done.has(`${name} ${family}`)) return;
    done.add(`${name} ${family}`);
    if (!autos.has(name)) out += `auto ${name}\n`;
    autos.add(name);
    out += stanza;
  };
  for (const line of text === "" ? [] : text.replace(/\n$/, "").split("\n")) {
    const iface = /^\s*iface\s+(\S+)\s+(inet6?)\s/.exec(line);
    const auto = /^\s*auto\s+(.*)$/.exec(line);
    for (const name of auto?.[1]?.split(/\s+/) ?? []) autos.add(name);
    if (iface?.[1] !== undefined && wanted.has(iface[1])) {
      print(iface[1], iface[2] === "inet6" ? "inet6" : "inet");
      skipping = true;
      continue;
    }
    // What is indented or empty behind a replaced stanza goes with it; it is printed with an empty line of its own.
    if (skipping && (/^\s+\S/.test(line) || line.trim() === "")) continue;
    skipping = false;
    out += `${line}\n`;
  }
  if (out !== "" && !out.endsWith("\n\n")) out += "\n";
  for (const name of [...wanted.keys()].sort()) {
    print(name, "inet");
    print(name, "inet6");
  }
  return autos.has("lo") ? out : `auto lo\niface lo inet loopback\niface lo inet6 loopback\n\n${out}`;
}

function stanzaOf(
  name: string,
  family: "inet" | "inet6",
  options: ReadonlyMap<string, string>,
  alpine: boolean,
): string {
  const given = options.get(family === "inet" ? "ip" : "ip6");
  if (given === undefined) return "";
  const address = alpine && family === "inet6" && !given.includes("/") ? "manual" : given;
  if (!address.includes("/")) return `iface ${name} ${family} ${address}\n\n`;
  const gateway = options.get(family === "inet" ? "gw" : "gw6");
  const line = gateway === undefined ? "" : `\tgateway ${gateway}\n`;
  return `iface ${name} ${family} static\n\taddress ${address}\n${line}\n`;
}
