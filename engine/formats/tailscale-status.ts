import { member, parseJson } from "./json.ts";

/** What `tailscale status --json` tells, as far as it is looked at. Fields that a version does not have are undefined. */
export interface TailscaleStatus {
  readonly version: string;
  /** False: it works without an interface of the kernel. */
  readonly tun: boolean | undefined;
  /** `NoState`, `NeedsLogin`, `NeedsMachineAuth`, `Stopped`, `Starting` or `Running`. */
  readonly state: string;
  readonly haveNodeKey: boolean;
  readonly ips: readonly string[];
  readonly self: TailscaleNode;
  readonly peers: readonly TailscaleNode[];
  readonly health: readonly string[];
  readonly tailnet: string | undefined;
}
export interface TailscaleNode {
  /** The stable one, which the API calls `nodeId`. */
  readonly id: string;
  readonly hostName: string;
  /** Full name, without the dot at its end. */
  readonly dnsName: string;
  readonly tags: readonly string[];
  readonly ips: readonly string[];
  /** Its own addresses and the networks that it is approved to route to. */
  readonly allowedIps: readonly string[] | undefined;
  /** The networks that it is the elected router of. */
  readonly primaryRoutes: readonly string[] | undefined;
  readonly expired: boolean;
  readonly keyExpiry: string | undefined;
}

/** Null: it is no such answer. */
export function parseTailscaleStatus(text: string): TailscaleStatus | null {
  const root = parseJson(text);
  const state = member(root, "BackendState");
  if (typeof state !== "string") return null;
  const tun = member(root, "TUN");
  const peers = member(root, "Peer");
  return {
    version: textOf(member(root, "Version")),
    tun: typeof tun === "boolean" ? tun : undefined,
    state,
    haveNodeKey: member(root, "HaveNodeKey") === true,
    ips: textsOf(member(root, "TailscaleIPs")) ?? [],
    self: nodeOf(member(root, "Self")),
    peers: typeof peers === "object" && peers !== null ? Object.values(peers).map(nodeOf) : [],
    health: textsOf(member(root, "Health")) ?? [],
    tailnet: textOf(member(member(root, "CurrentTailnet"), "Name")) || undefined,
  };
}

function nodeOf(node: unknown): TailscaleNode {
  const expiry = member(node, "KeyExpiry");
  return {
    id: textOf(member(node, "ID")),
    hostName: textOf(member(node, "HostName")),
    dnsName: textOf(member(node, "DNSName")).replace(/\.$/, ""),
    tags: textsOf(member(node, "Tags")) ?? [],
    ips: textsOf(member(node, "TailscaleIPs")) ?? [],
    allowedIps: textsOf(member(node, "AllowedIPs")),
    primaryRoutes: textsOf(member(node, "PrimaryRoutes")),
    expired: member(node, "Expired") === true,
    keyExpiry: typeof expiry === "string" ? expiry : undefined,
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : undefined;
}
