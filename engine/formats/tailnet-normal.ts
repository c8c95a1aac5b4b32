import { networkOf, parseCidr, printCidr, printIp } from "./cidr.ts";
import type { Json } from "./hujson.ts";
import { joinPorts, type PortSet, parsePorts, printPorts, printRange } from "./port-set.ts";
import { canonicalPolicy, isArray, isObject } from "./tailnet-sections.ts";

/** A policy by its meaning, one way to write each: sections that say nothing left out, lists that are sets sorted. */
export type NormalPolicy = Readonly<Record<string, Json>>;

/**
 * Rules only ever allow, so neither their order nor that of their members matters. A policy with neither acls nor grants
 * allows everything, one in which they are empty nothing: of these two sections being there is the difference.
 */
export function normalPolicy(policy: Json): NormalPolicy {
  const given = canonicalPolicy(policy);
  const normal: Record<string, Json> = {};
  for (const [name, value] of Object.entries(given)) {
    const section = normalSection(name, value);
    if (!saysNothing(section)) normal[name] = section;
  }
  const ruled = isArray(given.acls) || isArray(given.grants);
  if (ruled && normal.acls === undefined && normal.grants === undefined) normal.acls = [];
  return Object.fromEntries(Object.entries(normal).sort(([a], [b]) => compare(a, b)));
}

/** JSON with sorted keys: equal texts are equal values. */
export function stableText(value: Json): string {
  if (isArray(value)) return `[${value.map(stableText).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => compare(a, b));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${stableText(item)}`).join(",")}}`;
}

/** Numbers of protocols that have a name here. */
const PROTOCOLS = new Map([
  ["1", "icmp"],
  ["2", "igmp"],
  ["4", "ipv4"],
  ["6", "tcp"],
  ["8", "egp"],
  ["9", "igp"],
  ["17", "udp"],
  ["47", "gre"],
  ["50", "esp"],
  ["51", "ah"],
  ["132", "sctp"],
  ["58", "ipv6-icmp"],
  ["ip-in-ip", "ipv4"],
]);

export function protocolName(text: string): string {
  return PROTOCOLS.get(text.toLowerCase()) ?? text.toLowerCase();
}

/** The one way to write an address or a network, a single address without its length; null for anything else. */
export function canonicalNetwork(text: string): string | null {
  const parsed = parseCidr(text);
  if (parsed === null) return null;
  const network = networkOf(parsed);
  return network.prefix === (network.family === 4 ? 32 : 128) ? printIp(network) : printCidr(network);
}

/** `tag:nas:22,80` → who and which ports; null where it has no ports. */
export function splitDestination(text: string): { readonly host: string; readonly ports: PortSet } | null {
  const colon = text.lastIndexOf(":");
  const ports = colon < 1 ? null : parsePorts(text.slice(colon + 1));
  if (ports === null) return null;
  // `tag:8080` alone, and a bare IPv6 address, end in what looks like a port.
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  if (/^(tag|group|autogroup|ipset|host)$/.test(host) || host === "") return null;
  return { host, ports };
}

/** `tcp:443`, `443`, `*` of a grant; no protocol is any. */
export function splitCapability(text: string): { readonly proto: string; readonly ports: PortSet } | null {
  const colon = text.indexOf(":");
  const ports = parsePorts(text.slice(colon + 1));
  const proto = colon < 0 ? "" : protocolName(text.slice(0, colon));
  return ports === null ? null : { proto: proto === "*" ? "" : proto, ports };
}

function normalSection(name: string, value: Json): Json {
  switch (name) {
    case "acls":
      return setOf(value, (rule) => fields(rule, { dst: mergedDestinations, proto: protocol }));
    case "grants":
      return setOf(value, (rule) => fields(rule, { ip: mergedCapabilities }));
    case "tests":
      return setOf(value, (test) =>
        fields(test, { accept: mergedDestinations, deny: mergedDestinations, proto: protocol }),
      );
    case "ssh":
    case "nodeAttrs":
    case "sshTests":
      return setOf(value, (rule) => fields(rule, {}));
    case "hosts":
      return mapped(value, (address) =>
        typeof address === "string" ? (canonicalNetwork(address) ?? address) : address,
      );
    case "groups":
    case "tagOwners":
    case "postures":
    case "ipsets":
      return mapped(value, name === "ipsets" ? (list) => list : sortedTexts);
    case "autoApprovers":
      return approvers(value);
    case "defaultSrcPosture":
      return sortedTexts(value);
    default:
      return value;
  }
}

/** A field that is a list of texts is a set; some have a meaning of their own. Absent and empty are one. */
function fields(rule: Json, own: Readonly<Record<string, (value: Json) => Json>>): Json {
  if (!isObject(rule)) return rule;
  const entries = Object.entries(rule).map(([key, value]): [string, Json] => {
    const special = Object.hasOwn(own, key) ? own[key]?.(value) : undefined;
    const normal = special ?? (SELECTORS.has(key) && isArray(value) ? value.map(plainSelector) : value);
    return [key, isArray(normal) ? sortedTexts(normal) : normal];
  });
  return Object.fromEntries(
    entries
      .filter(([key, value]) => key === "src" || key === "dst" || !saysNothing(value))
      .sort(([a], [b]) => compare(a, b)),
  );
}

/** Fields that name somebody or something, without ports. */
const SELECTORS = new Set(["src", "dst", "target"]);
function plainSelector(value: Json): Json {
  return typeof value === "string" ? (canonicalNetwork(value) ?? value) : value;
}

function protocol(value: Json): Json {
  return typeof value === "string" || typeof value === "number" ? protocolName(String(value)) : value;
}

/** `["nas:22", "nas:80"]` and `["nas:22,80"]` are one. */
function mergedDestinations(value: Json): Json {
  if (!isArray(value)) return value;
  const byHost = new Map<string, PortSet>();
  const others: Json[] = [];
  for (const each of value) {
    const split = typeof each === "string" ? splitDestination(each) : null;
    if (split === null) others.push(each);
    else {
      const host = canonicalNetwork(split.host) ?? split.host;
      byHost.set(host, joinPorts(byHost.get(host) ?? [], split.ports));
    }
  }
  return [...[...byHost].map(([host, ports]) => `${host}:${printPorts(ports)}`), ...others];
}

function mergedCapabilities(value: Json): Json {
  if (!isArray(value)) return value;
  const byProtocol = new Map<string, PortSet>();
  const others: Json[] = [];
  for (const each of value) {
    const split = typeof each === "string" ? splitCapability(each) : null;
    if (split === null) others.push(each);
    else byProtocol.set(split.proto, joinPorts(byProtocol.get(split.proto) ?? [], split.ports));
  }
  const texts = [...byProtocol].flatMap(([proto, ports]) =>
    ports.map((range) => (proto === "" ? printRange(range) : `${proto}:${printRange(range)}`)),
  );
  return [...texts, ...others];
}

function approvers(value: Json): Json {
  if (!isObject(value)) return value;
  const { routes, exitNode, ...rest } = value;
  const normal: Record<string, Json> = { ...rest };
  if (isObject(routes)) {
    const byNetwork = new Map<string, Json[]>();
    for (const [cidr, who] of Object.entries(routes)) {
      const network = canonicalNetwork(cidr) ?? cidr;
      byNetwork.set(network, [...(byNetwork.get(network) ?? []), ...(isArray(who) ? who : [who])]);
    }
    const kept = [...byNetwork].filter(([, who]) => who.length > 0).sort(([a], [b]) => compare(a, b));
    if (kept.length > 0) normal.routes = Object.fromEntries(kept.map(([network, who]) => [network, sortedTexts(who)]));
  } else if (routes !== undefined) normal.routes = routes;
  if (exitNode !== undefined && !saysNothing(exitNode)) normal.exitNode = sortedTexts(exitNode);
  return normal;
}

function setOf(value: Json, one: (entry: Json) => Json): Json {
  if (!isArray(value)) return value;
  const byText = new Map(value.map(one).map((entry) => [stableText(entry), entry]));
  return [...byText].sort(([a], [b]) => compare(a, b)).map(([, entry]) => entry);
}

function mapped(value: Json, one: (entry: Json) => Json): Json {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, entry]): [string, Json] => [key, one(entry)])
      .sort(([a], [b]) => compare(a, b)),
  );
}

function sortedTexts(value: Json): Json {
  if (!isArray(value)) return value;
  const byText = new Map(value.map((each) => [stableText(each), each]));
  return [...byText].sort(([a], [b]) => compare(a, b)).map(([, each]) => each);
}

function saysNothing(value: Json): boolean {
  if (value === null || value === false || value === "") return true;
  if (isArray(value)) return value.length === 0;
  // `tag:x` without owners is a tag all the same: what counts is whether there are names.
  return isObject(value) && Object.keys(value).length === 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
