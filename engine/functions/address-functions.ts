import {
  type Cidr,
  cidrContains,
  isNetwork,
  networkOf,
  parseCidr,
  parseIp,
  printCidr,
  printIp,
} from "../formats/cidr.ts";
import type { Value } from "../value/value.ts";
import { numberOf, numberOr, textOf, wholeWithin } from "./arguments.ts";
import { type FunctionExample, FunctionFailure, type LabFunction, type Param } from "./function.ts";

const address: Param = { name: "address", type: "string" };

/** Of IPv4 and IPv6 alike. */
function ofCidr(
  name: string,
  summary: string,
  returns: LabFunction["returns"],
  read: (cidr: Cidr) => Value,
  gives: Value,
  more: readonly (readonly [string, Value])[] = [],
): LabFunction {
  const call = (text: string, answer: Value): FunctionExample => ({
    template: `{{ ${name} "${text}" }}`,
    cel: `${name}("${text}")`,
    gives: answer,
  });
  return {
    name,
    topic: "addresses",
    summary,
    params: [address],
    returns,
    run: ([text]) => read(cidrOf(text)),
    example: call("192.0.2.7/24", gives),
    more: more.map(([text, answer]) => call(text, answer)),
  };
}

function test(
  name: string,
  summary: string,
  holds: (text: string) => boolean,
  [yes, no]: readonly [string, string],
): LabFunction {
  return {
    name,
    topic: "addresses",
    summary,
    params: [{ name: "value", type: "any" }],
    returns: "boolean",
    run: ([value]) => typeof value === "string" && holds(value),
    example: { template: `{{ ${name} "${yes}" }}`, cel: `${name}("${yes}")`, gives: true },
    more: [{ template: `{{ ${name} "${no}" }}`, cel: `${name}("${no}")`, gives: false }],
  };
}

const ipHost: LabFunction = {
  name: "ip_host",
  topic: "addresses",
  summary: "The address of that number in a network: 0 is the network itself, 1 the first host, -1 the last address.",
  params: [
    { name: "network", type: "string" },
    { name: "number", type: "integer" },
  ],
  returns: "string",
  run([text, number]) {
    const { family, bits, prefix } = networkOf(cidrOf(text));
    const size = sizeOf({ family, prefix });
    const index = BigInt(numberOf(number));
    const at = index < 0n ? size + index : index;
    if (at < 0n || at >= size)
      throw new FunctionFailure(`the network has ${size} addresses and none with the number ${index}`);
    return printIp({ family, bits: bits + at });
  },
  example: { template: '{{ ip_host "192.0.2.0/24" 10 }}', cel: 'ip_host("192.0.2.0/24", 10)', gives: "192.0.2.10" },
  more: [{ template: '{{ ip_host "fd00::/64" 1 }}', cel: 'ip_host("fd00::/64", 1)', gives: "fd00::1" }],
};

const ipIn: LabFunction = {
  name: "ip_in",
  topic: "addresses",
  summary: "Whether a network, or one of a list, holds the address or the whole network.",
  params: [address, { name: "network", type: "string or list" }],
  returns: "boolean",
  run([text, networks]) {
    const inner = cidrOf(text);
    const list = Array.isArray(networks) ? networks : [networks];
    return list.some((network) => {
      if (typeof network !== "string") throw new FunctionFailure("a network is a text such as 192.0.2.0/24");
      return cidrContains(cidrOf(network), inner);
    });
  },
  example: {
    template: '{{ ip_in "192.0.2.7" "192.0.2.0/24" }}',
    cel: 'ip_in("192.0.2.7", "192.0.2.0/24")',
    gives: true,
  },
};

const ipNext: LabFunction = {
  name: "ip_next",
  topic: "addresses",
  summary: "The address so many (1) further on, or back where the number is negative; a length behind it stays.",
  params: [address, { name: "count", type: "integer", optional: true }],
  returns: "string",
  run([text, count]) {
    const { family, bits, prefix } = cidrOf(text);
    const moved = bits + BigInt(numberOr(count, 1));
    if (moved < 0n || moved >= 1n << BigInt(widest(family))) throw new FunctionFailure("there is no such address");
    return textOf(text).includes("/") ? printCidr({ family, bits: moved, prefix }) : printIp({ family, bits: moved });
  },
  example: { template: '{{ ip_next "192.0.2.7" }}', cel: 'ip_next("192.0.2.7")', gives: "192.0.2.8" },
  more: [{ template: '{{ ip_next "192.0.2.7/24" -2 }}', cel: 'ip_next("192.0.2.7/24", -2)', gives: "192.0.2.5/24" }],
};

const ipSubnet: LabFunction = {
  name: "ip_subnet",
  topic: "addresses",
  summary: "The network of that number, from 0, among those of a longer prefix that a network is made of.",
  params: [
    { name: "network", type: "string" },
    { name: "prefix", type: "integer" },
    { name: "number", type: "integer" },
  ],
  returns: "string",
  run([text, length, number]) {
    const { family, bits, prefix } = networkOf(cidrOf(text));
    const wanted = wholeWithin(numberOf(length), "prefix", prefix, widest(family));
    const count = 1n << BigInt(wanted - prefix);
    const index = BigInt(numberOf(number));
    if (index < 0n || index >= count)
      throw new FunctionFailure(`it has ${count} networks of that size and none with the number ${index}`);
    return printCidr({ family, bits: bits + (index << BigInt(widest(family) - wanted)), prefix: wanted });
  },
  example: {
    template: '{{ ip_subnet "10.0.0.0/16" 24 5 }}',
    cel: 'ip_subnet("10.0.0.0/16", 24, 5)',
    gives: "10.0.5.0/24",
  },
};

const ipSort: LabFunction = {
  name: "ip_sort",
  topic: "addresses",
  summary: "A list of addresses and networks by what they mean: IPv4 first, 10.0.0.9 before 10.0.0.10.",
  params: [{ name: "list", type: "list" }],
  returns: "list",
  run([list]) {
    if (!Array.isArray(list)) return [];
    const parsed = list.map((text: Value) => {
      if (typeof text !== "string") throw new FunctionFailure("an address is a text such as 192.0.2.7");
      return { text, cidr: cidrOf(text) };
    });
    return parsed.sort((one, other) => byMeaning(one.cidr, other.cidr)).map(({ text }) => text);
  },
  example: {
    vars: { xs: ["10.0.0.10", "10.0.0.9"] },
    template: "{{ ip_sort xs }}",
    cel: "ip_sort(xs)",
    gives: ["10.0.0.9", "10.0.0.10"],
  },
};

export const addressFunctions: readonly LabFunction[] = [
  test(
    "is_ip",
    "Whether the value is an address of IPv4 or IPv6, without a length.",
    (text) => parseIp(text) !== null,
    ["192.0.2.7", "192.0.2.256"],
  ),
  test("is_ipv4", "Whether the value is an address of IPv4.", (text) => parseIp(text)?.family === 4, [
    "192.0.2.7",
    "fd00::1",
  ]),
  test("is_ipv6", "Whether the value is an address of IPv6.", (text) => parseIp(text)?.family === 6, [
    "fd00::1",
    "192.0.2.7",
  ]),
  test(
    "is_cidr",
    "Whether the value is an address or network with a length.",
    (text) => text.includes("/") && parseCidr(text) !== null,
    ["192.0.2.7/24", "192.0.2.7"],
  ),
  test(
    "is_network",
    "Whether the value is a network: with a length, and no bit set behind it.",
    (text) => {
      const cidr = text.includes("/") ? parseCidr(text) : null;
      return cidr !== null && isNetwork(cidr);
    },
    ["192.0.2.0/24", "192.0.2.7/24"],
  ),
  ofCidr(
    "ip_address",
    "The address without its length.",
    "string",
    ({ family, bits }) => printIp({ family, bits }),
    "192.0.2.7",
    [["FD00:0::1/64", "fd00::1"]],
  ),
  ofCidr(
    "ip_network",
    "The network that the address is in.",
    "string",
    (cidr) => printCidr(networkOf(cidr)),
    "192.0.2.0/24",
    [["fd00::5/64", "fd00::/64"]],
  ),
  ofCidr(
    "ip_prefix",
    "The length behind the address; of one without any that of a single address.",
    "integer",
    ({ prefix }) => prefix,
    24,
    [["fd00::1", 128]],
  ),
  ofCidr("ip_version", "4 or 6.", "integer", ({ family }) => family, 4),
  ofCidr(
    "ip_netmask",
    "The mask of the network.",
    "string",
    ({ family, prefix }) => printIp({ family, bits: maskOf(family, prefix) }),
    "255.255.255.0",
  ),
  ofCidr(
    "ip_wildcard",
    "The mask of the network with its bits turned round.",
    "string",
    ({ family, prefix }) => printIp({ family, bits: sizeOf({ family, prefix }) - 1n }),
    "0.0.0.255",
  ),
  ofCidr(
    "ip_broadcast",
    "The last address of the network.",
    "string",
    (cidr) => printIp({ family: cidr.family, bits: networkOf(cidr).bits + sizeOf(cidr) - 1n }),
    "192.0.2.255",
  ),
  ofCidr(
    "ip_size",
    "How many addresses the network has.",
    "integer",
    (cidr) => {
      const size = sizeOf(cidr);
      if (size > BigInt(Number.MAX_SAFE_INTEGER))
        throw new FunctionFailure(`the network has ${size} addresses, too many for an exact integer`);
      return Number(size);
    },
    256,
  ),
  ofCidr("ip_reverse", "The name of the address in the reverse DNS.", "string", reverseName, "7.2.0.192.in-addr.arpa", [
    ["2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"],
  ]),
  ipHost,
  ipIn,
  ipNext,
  ipSubnet,
  ipSort,
];

function cidrOf(text: Value | undefined): Cidr {
  const source = textOf(text);
  const cidr = parseCidr(source);
  if (cidr !== null) return cidr;
  throw new FunctionFailure(
    `"${source}" is no address of IPv4 or IPv6`,
    "such as 192.0.2.7, 192.0.2.7/24 or fd00::1/64",
  );
}

function widest(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

function sizeOf({ family, prefix }: Pick<Cidr, "family" | "prefix">): bigint {
  return 1n << BigInt(widest(family) - prefix);
}

function maskOf(family: 4 | 6, prefix: number): bigint {
  return (1n << BigInt(widest(family))) - sizeOf({ family, prefix });
}

function byMeaning(one: Cidr, other: Cidr): number {
  if (one.family !== other.family) return one.family - other.family;
  if (one.bits !== other.bits) return one.bits < other.bits ? -1 : 1;
  return one.prefix - other.prefix;
}

function reverseName({ family, bits }: Cidr): string {
  if (family === 4) return `${printIp({ family, bits }).split(".").reverse().join(".")}.in-addr.arpa`;
  return `${[...bits.toString(16).padStart(32, "0")].reverse().join(".")}.ip6.arpa`;
}
