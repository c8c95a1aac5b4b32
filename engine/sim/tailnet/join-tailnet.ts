import { createHash } from "node:crypto";
import { canonicalCidrs } from "../../formats/cidr.ts";
import { own } from "../world.ts";
import { approvedByPolicy } from "./auto-approvers.ts";
import type { Tailnet, TailnetAuthKey, TailnetDevice } from "./state.ts";
import { mayUseTags } from "./tag-rights.ts";

/** The owner that Tailscale shows for devices with tags. */
const TAGGED = "tagged-devices";
/** How long a node's key is good for. */
const KEY_MS = 180 * 86_400_000;

/** What a node says of itself when it logs in, and again with each change of its settings. */
export interface NodeSays {
  readonly nodeKey: string;
  readonly hostname: string;
  readonly tags: readonly string[];
  readonly routes: readonly string[];
}

/** A node that logs in with an auth key: the device that it is from now on, or the control server's words. */
export function joinTailnet(
  tailnet: Tailnet,
  node: NodeSays & { readonly authKey: string },
  nowMs: number,
): TailnetDevice | { readonly error: string } {
  const key = own(tailnet.authKeys, node.authKey);
  if (key === undefined) return { error: "invalid key: API key does not exist" };
  if (key.expiresAt <= nowMs) return { error: "invalid key: API key expired" };
  if (key.used && !key.reusable) return { error: "invalid key: API key already used" };
  const tags = node.tags.length > 0 ? node.tags : key.tags;
  const beyond = key.tags.length > 0 ? node.tags.filter((tag) => !key.tags.includes(tag)) : node.tags;
  const wrong = mayUseTags(tailnet, { scopes: "all", tags: key.tags.length > 0 ? key.tags : null }, beyond);
  if (wrong !== null) return { error: wrong };
  key.used = true;
  const device = deviceOf(tailnet.devices, node.nodeKey) ?? newDevice(tailnet, node);
  device.tags = [...tags].sort();
  device.user = tags.length > 0 ? TAGGED : key.user;
  device.keyExpiryDisabled = tags.length > 0 || device.keyExpiryDisabled;
  device.expiresAt = nowMs + KEY_MS;
  device.authorized ||= key.preauthorized || tailnet.deviceApproval !== true;
  tailnet.devices[device.nodeId] = device;
  tellTailnet(tailnet, device, node);
  return device;
}

/** What a node that is logged in has changed of itself. */
export function tellTailnet(tailnet: Tailnet, device: TailnetDevice, { hostname, routes }: NodeSays): void {
  if (device.hostname !== hostname) {
    device.hostname = hostname;
    device.name = freeName(tailnet, hostname, device.nodeId);
  }
  const advertised = canonicalCidrs(routes);
  const fresh = advertised.filter((route) => !device.advertisedRoutes.includes(route));
  device.advertisedRoutes = advertised;
  const approved = approvedByPolicy(tailnet, device, fresh);
  // What was approved once stays so, advertised or not.
  device.enabledRoutes = canonicalCidrs([...device.enabledRoutes, ...approved]);
}

/** A node that logs out: its key is worth nothing any more, and its entry stays until somebody removes it. */
export function leaveTailnet(tailnet: Tailnet, nodeKey: string, nowMs: number): void {
  const device = deviceOf(tailnet.devices, nodeKey);
  if (device === undefined) return;
  device.expiresAt = Math.min(device.expiresAt, nowMs);
  device.keyExpiryDisabled = false;
}

/** The device of a node's key. */
export function deviceOf<D extends { readonly nodeKey: string }>(
  devices: Readonly<Record<string, D>>,
  nodeKey: string,
): D | undefined {
  return Object.values(devices).find((device) => device.nodeKey === nodeKey);
}

/** The key that an OAuth client's secret is exchanged for by a node that joins with it. */
export function keyOfClient(
  tailnet: Tailnet,
  secret: string,
  wanted: Pick<TailnetAuthKey, "ephemeral" | "preauthorized" | "tags">,
  nowMs: number,
): string | { readonly error: string } {
  const client = Object.values(tailnet.oauthClients).find((each) => each.secret === secret);
  if (client === undefined) return { error: 'oauth2: "invalid_client" "client authentication failed"' };
  const caller = { scopes: client.scopes, tags: client.tags };
  if (!["all", "auth_keys"].some((scope) => client.scopes.includes(scope)))
    return { error: "Status: 403, Message: calling actor does not have enough permissions to perform this function" };
  const wrong = mayUseTags(tailnet, caller, wanted.tags);
  if (wrong !== null) return { error: `Status: 400, Message: "${wrong}"` };
  tailnet.serial += 1;
  const text = `of-a-client-${hash(`client key ${tailnet.name} ${tailnet.serial}`).slice(0, 24)}`;
  const expiresAt = nowMs + 3_600_000;
  tailnet.authKeys[text] = {
    ...wanted,
    id: `k${tailnet.serial}CNTRL`,
    reusable: false,
    expiresAt,
    used: false,
    user: "",
  };
  return text;
}

function newDevice(tailnet: Tailnet, { nodeKey, hostname }: NodeSays): TailnetDevice {
  tailnet.serial += 1;
  const number = tailnet.serial;
  const seal = Buffer.from(hash(`${tailnet.name} device ${number}`), "hex");
  const [a = 0, b = 0, c = 0] = seal;
  const nodeId = `n${number}CNTRL`;
  return {
    nodeId,
    id: String(seal.readUIntBE(0, 6)),
    hostname,
    name: freeName(tailnet, hostname, nodeId),
    user: "",
    tags: [],
    authorized: false,
    keyExpiryDisabled: false,
    expiresAt: 0,
    // 100.64.0.0/10, and the same in Tailscale's own part of IPv6.
    addresses: [
      `100.${64 + (a % 64)}.${b}.${1 + (c % 254)}`,
      `fd7a:115c:a1e0::${((a << 8) | b | 1).toString(16)}:${(c + 1).toString(16)}`,
    ],
    advertisedRoutes: [],
    enabledRoutes: [],
    nodeKey,
  };
}

/** The host's name in the tailnet's DNS; a second one of a name gets a number. */
function freeName(tailnet: Tailnet, hostname: string, nodeId: string): string {
  const base =
    hostname
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, "-")
      .replace(/^-+|-+$/g, "") || "node";
  const suffix = dnsSuffix(tailnet);
  const taken = new Set(Object.values(tailnet.devices).flatMap((each) => (each.nodeId === nodeId ? [] : [each.name])));
  let name = `${base}.${suffix}`;
  for (let number = 1; taken.has(name); number += 1) name = `${base}-${number}.${suffix}`;
  return name;
}

export function dnsSuffix({ name }: Pick<Tailnet, "name">): string {
  return `tail${hash(`dns of ${name}`).slice(0, 6)}.ts.net`;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
