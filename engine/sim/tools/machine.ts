import { KERNEL, KERNEL_BUILD } from "../files/virtual-files.ts";
import { addressesAt } from "../pve/container/container-network.ts";
import { fails, parseOptions, refuseArgument, says, type Tool } from "../tool.ts";
import type { Frozen, FrozenHost, NetInterface } from "../world.ts";
import { briefAddresses } from "./brief-ip.ts";

export const hostname: Tool = {
  name: "hostname",
  rests: "recorded",
  run({ session }, args) {
    const { flags, words } = parseOptions("hostname", args, {
      flags: {
        "-s": "short",
        "--short": "short",
        "-f": "full",
        "--fqdn": "full",
        "-I": "addresses",
        "--all-ip-addresses": "addresses",
      },
    });
    const [name, ...more] = words;
    if (more.length > 0 || (name !== undefined && flags.size > 0)) refuseArgument("hostname", args.join(" "));
    if (flags.has("addresses"))
      return says(
        `${addresses(session.host)
          .map(({ address }) => `${address} `)
          .join("")}\n`,
      );
    if (name === undefined) {
      const full = session.host.hostname;
      return says(`${flags.has("short") ? (full.split(".")[0] ?? full) : full}\n`);
    }
    if (session.user.uid !== 0) return fails(1, "hostname: you must be root to change the host name\n");
    const host = session.change();
    host.hostname = name;
    host.sysctl["kernel.hostname"] = name;
    return says("");
  },
};

export const uname: Tool = {
  name: "uname",
  rests: "recorded",
  run({ session }, args) {
    const { flags, words } = parseOptions("uname", args, {
      flags: {
        "-a": "a",
        "--all": "a",
        "-s": "s",
        "--kernel-name": "s",
        "-n": "n",
        "--nodename": "n",
        "-r": "r",
        "--kernel-release": "r",
        "-v": "v",
        "--kernel-version": "v",
        "-m": "m",
        "--machine": "m",
        "-o": "o",
        "--operating-system": "o",
      },
    });
    if (words.length > 0) refuseArgument("uname", words.join(" "));
    const parts = { s: "Linux", n: session.host.hostname, r: KERNEL, v: KERNEL_BUILD, m: "x86_64", o: "GNU/Linux" };
    const shown = Object.entries(parts).filter(
      ([flag]) => flags.has("a") || flags.has(flag) || (flags.size === 0 && flag === "s"),
    );
    return says(`${shown.map(([, text]) => text).join(" ")}\n`);
  },
};

export const nproc: Tool = {
  name: "nproc",
  rests: "recorded",
  run({ session }, args) {
    parseOptions("nproc", args, { flags: { "--all": "all" } });
    return says(`${session.host.description.cpus ?? 4}\n`);
  },
};

export const date: Tool = {
  name: "date",
  rests: "recorded",
  run({ session }, args) {
    const { words } = parseOptions("date", args, { flags: { "-u": "utc", "--utc": "utc" } });
    const [format = "+%a %b %e %H:%M:%S %Z %Y", ...more] = words;
    if (!format.startsWith("+") || more.length > 0) refuseArgument("date", words.join(" "));
    return says(`${formatDate(new Date(session.host.clockMs), format.slice(1))}\n`);
  },
};

// Lab hosts live in UTC.
function formatDate(time: Date, format: string): string {
  const iso = time.toISOString();
  const fields: Readonly<Record<string, string>> = {
    Y: iso.slice(0, 4),
    m: iso.slice(5, 7),
    d: iso.slice(8, 10),
    H: iso.slice(11, 13),
    M: iso.slice(14, 16),
    S: iso.slice(17, 19),
    F: iso.slice(0, 10),
    T: iso.slice(11, 19),
    s: String(Math.floor(time.getTime() / 1000)),
    z: "+0000",
    Z: "UTC",
    "%": "%",
    a: time.toUTCString().slice(0, 3),
    b: time.toUTCString().slice(8, 11),
    e: String(time.getUTCDate()).padStart(2),
  };
  return format.replace(/%(.)/gs, (whole, letter: string) => fields[letter] ?? refuseArgument("date", whole));
}

/** iproute2 6.1. */
export const ip: Tool = {
  name: "ip",
  rests: "recorded",
  run({ session }, args) {
    const words = args.filter((word) => word !== "-j" && word !== "-json");
    const subject = words[0] ?? "";
    const rest = words.slice(1);
    const json = args.includes("-j") || args.includes("-json");
    const brief = briefAddresses(session.host, args);
    if (brief !== undefined) return says(brief);
    if (
      !json ||
      !["addr", "address", "a"].includes(subject) ||
      !(rest.length === 0 || (rest.length === 1 && rest[0] === "show"))
    ) {
      refuseArgument("ip", `${args.join(" ")} (only ip -j addr is imitated)`);
    }
    return says(`${JSON.stringify([loopback(), ...links(session.host)])}\n`);
  },
};

function addresses(host: FrozenHost): readonly { readonly address: string; readonly prefix: number }[] {
  const own = host.booted === undefined ? undefined : addressesAt(host.booted.nets, host.clockMs);
  return (own ?? host.description.addresses ?? ["192.0.2.10/24"]).map(split);
}
function split(text: string): { readonly address: string; readonly prefix: number } {
  const [address = text, prefix] = text.split("/");
  return { address, prefix: Number(prefix ?? (address.includes(":") ? 64 : 24)) };
}

const FOREVER = 4_294_967_295;
function loopback(): object {
  const inside = (family: string, local: string, prefixlen: number) => ({
    family,
    local,
    prefixlen,
    scope: "host",
    valid_life_time: FOREVER,
    preferred_life_time: FOREVER,
  });
  return {
    ifindex: 1,
    ifname: "lo",
    flags: ["LOOPBACK", "UP", "LOWER_UP"],
    mtu: 65_536,
    qdisc: "noqueue",
    operstate: "UNKNOWN",
    group: "default",
    txqlen: 1000,
    link_type: "loopback",
    address: "00:00:00:00:00:00",
    broadcast: "00:00:00:00:00:00",
    addr_info: [{ ...inside("inet", "127.0.0.1", 8), label: "lo" }, inside("inet6", "::1", 128)],
  };
}
function links(host: FrozenHost): readonly object[] {
  const own = host.booted?.nets.map((net) => ethernet({ ...net, addresses: addressesAt([net], host.clockMs) }));
  const plain = { name: "eth0", index: 2, mac: "02:00:00:00:00:01", mtu: 1500, up: true };
  return (
    own ?? [ethernet({ ...plain, addresses: addresses(host).map(({ address, prefix }) => `${address}/${prefix}`) })]
  );
}
function ethernet(net: Frozen<NetInterface>): object {
  return {
    ifindex: net.index,
    ifname: net.name,
    flags: ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"],
    mtu: net.mtu,
    qdisc: "mq",
    operstate: "UP",
    group: "default",
    txqlen: 1000,
    link_type: "ether",
    address: net.mac.toLowerCase(),
    broadcast: "ff:ff:ff:ff:ff:ff",
    addr_info: net.addresses.map(split).map(({ address, prefix }) => ({
      family: address.includes(":") ? "inet6" : "inet",
      local: address,
      prefixlen: prefix,
      scope: "global",
      ...(address.includes(":") ? {} : { label: net.name }),
      valid_life_time: FOREVER,
      preferred_life_time: FOREVER,
    })),
  };
}
