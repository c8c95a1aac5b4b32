import { canonicalCidrs } from "./cidr.ts";
import { member, parseJson } from "./json.ts";

/** A device as Tailscale's API shows it (`GET /tailnet/NAME/devices?fields=all`), as far as it is looked at. */
export interface TailscaleDevice {
  readonly nodeId: string;
  /** The older number. */
  readonly id: string;
  readonly name: string;
  readonly hostname: string;
  readonly user: string;
  readonly tags: readonly string[];
  readonly addresses: readonly string[];
  readonly authorized: boolean;
  readonly keyExpiryDisabled: boolean;
  readonly expires: string;
  readonly lastSeen: string;
  readonly advertisedRoutes: readonly string[];
  readonly enabledRoutes: readonly string[];
  /** Of another tailnet, shared into this one: it cannot be managed here. */
  readonly external: boolean;
}

/** Null: it is no such answer. */
export function parseTailscaleDevices(body: string): readonly TailscaleDevice[] | null {
  const list = member(parseJson(body), "devices");
  return Array.isArray(list) ? list.map(deviceOf) : null;
}

function deviceOf(device: unknown): TailscaleDevice {
  const text = (name: string): string => {
    const value = member(device, name);
    return typeof value === "string" ? value : "";
  };
  const texts = (name: string): readonly string[] => {
    const value = member(device, name);
    return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
  };
  return {
    nodeId: text("nodeId"),
    id: text("id"),
    name: text("name").replace(/\.$/, ""),
    hostname: text("hostname"),
    user: text("user"),
    tags: [...texts("tags")].sort(),
    addresses: texts("addresses"),
    authorized: member(device, "authorized") === true,
    keyExpiryDisabled: member(device, "keyExpiryDisabled") === true,
    expires: text("expires"),
    lastSeen: text("lastSeen"),
    advertisedRoutes: canonicalCidrs(texts("advertisedRoutes")),
    enabledRoutes: canonicalCidrs(texts("enabledRoutes")),
    external: member(device, "isExternal") === true,
  };
}

/**
 * The devices that somebody may mean: by an id or address at most one, by a name all that bear it. A host name is not
 * unique; of two routers called `router` the tailnet names the second `router-1`, and nobody can tell which one is meant.
 */
export function findTailscaleDevices(devices: readonly TailscaleDevice[], wanted: string): readonly TailscaleDevice[] {
  const own = devices.filter(({ external }) => !external);
  const exact = own.filter(({ nodeId, id, addresses, name }) => [nodeId, id, name, ...addresses].includes(wanted));
  if (exact.length > 0) return exact;
  const lower = wanted.toLowerCase().replace(/\.$/, "");
  return own.filter(({ name, hostname }) =>
    [name.toLowerCase(), name.split(".")[0]?.toLowerCase(), hostname.toLowerCase()].includes(lower),
  );
}
