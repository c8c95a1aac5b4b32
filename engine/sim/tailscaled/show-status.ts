import { cidrContains, parseCidr } from "../../formats/cidr.ts";
import type { Session } from "../session.ts";
import { dnsSuffix } from "../tailnet/join-tailnet.ts";
import { tailnetOf } from "../tailnet/new-tailnet.ts";
import type { TailnetDevice } from "../tailnet/state.ts";
import { type Frozen, type FrozenHost, own } from "../world.ts";
import type { Daemon } from "./daemon.ts";

/** What the lab's Tailscale is. */
export const VERSION = "1.98.9";
export const LONG_VERSION = "1.98.9-t5a1c0d3e7-g2f4b6a8c0";

type Device = Frozen<TailnetDevice>;

/** `tailscale status --json`. Peers are all others of the tailnet, whatever its policy hides from whom. */
export function statusOf(session: Session, daemon: Daemon, withPeers: boolean): unknown {
  const { state, backend, device, tun, expired } = daemon;
  const tailnet = tailnetOf(session);
  const connected = backend === "Running" && device !== undefined;
  const others = connected ? peersOf(tailnet.devices, device, session.host.clockMs) : [];
  return {
    Version: LONG_VERSION,
    TUN: tun,
    BackendState: backend,
    ...(state.hasNodeKey && { HaveNodeKey: true }),
    AuthURL: "",
    TailscaleIPs: connected ? device.addresses : null,
    Self: connected
      ? nodeOf(device, tailnet.devices, session.host.clockMs)
      : { ...stranger(session.host), ...(expired && { Expired: true }) },
    Health: healthOf(session.host, daemon, others),
    MagicDNSSuffix: connected ? dnsSuffix(tailnet) : "",
    CurrentTailnet: connected
      ? { Name: tailnet.name, MagicDNSSuffix: dnsSuffix(tailnet), MagicDNSEnabled: true }
      : null,
    CertDomains: null,
    Peer:
      connected && withPeers
        ? Object.fromEntries(others.map((each) => [each.nodeKey, nodeOf(each, tailnet.devices, session.host.clockMs)]))
        : null,
    User: null,
    ClientVersion: null,
  };
}

export function peersOf(devices: Readonly<Record<string, Device>>, self: Device, nowMs: number): readonly Device[] {
  return Object.values(devices).filter(
    (each) => each.nodeId !== self.nodeId && each.authorized && (each.keyExpiryDisabled || each.expiresAt > nowMs),
  );
}

function nodeOf(
  device: Device,
  devices: Readonly<Record<string, Device>>,
  nowMs: number,
): Readonly<Record<string, unknown>> {
  const elected = electedRoutes(device, devices, nowMs);
  const exits = approvedRoutes(device).filter((route) => parseCidr(route)?.prefix === 0);
  return {
    ID: device.nodeId,
    PublicKey: device.nodeKey,
    HostName: device.hostname,
    DNSName: `${device.name}.`,
    OS: "linux",
    UserID: 1,
    TailscaleIPs: device.addresses,
    AllowedIPs: [...device.addresses.map((ip) => `${ip}/${ip.includes(":") ? 128 : 32}`), ...exits, ...elected],
    ...(device.tags.length > 0 && { Tags: device.tags }),
    ...(elected.length > 0 && { PrimaryRoutes: elected }),
    Online: true,
    ExitNode: false,
    ExitNodeOption: exits.length === 2,
    Active: false,
    InNetworkMap: true,
    ...(!device.keyExpiryDisabled && { KeyExpiry: new Date(device.expiresAt).toISOString().replace(/\.\d+Z$/, "Z") }),
  };
}

function approvedRoutes(device: Device): readonly string[] {
  return device.advertisedRoutes.filter((route) => {
    const wanted = parseCidr(route);
    return device.enabledRoutes.some((each) => {
      const enabled = parseCidr(each);
      return wanted !== null && enabled !== null && enabled.prefix === wanted.prefix && cidrContains(enabled, wanted);
    });
  });
}

/** Of several routers of one network the first is the one that is used. */
function electedRoutes(device: Device, devices: Readonly<Record<string, Device>>, nowMs: number): readonly string[] {
  return approvedRoutes(device).filter((route) => {
    if (parseCidr(route)?.prefix === 0) return false;
    const alive = Object.values(devices).filter(
      (each) => each.authorized && (each.keyExpiryDisabled || each.expiresAt > nowMs),
    );
    return alive.find((each) => approvedRoutes(each).includes(route))?.nodeId === device.nodeId;
  });
}

/** Who is in no tailnet shows its name and nothing else. */
function stranger(host: FrozenHost): Readonly<Record<string, unknown>> {
  return {
    ID: "",
    PublicKey: `nodekey:${"0".repeat(64)}`,
    HostName: host.hostname,
    DNSName: "",
    OS: "linux",
    UserID: 0,
    TailscaleIPs: null,
    Online: false,
    InNetworkMap: false,
  };
}

function healthOf(host: FrozenHost, { state, backend, tun }: Daemon, others: readonly Device[]): readonly string[] {
  if (backend === "Stopped") return ["Tailscale is stopped."];
  if (backend !== "Running") return ["You are logged out."];
  const { AdvertiseRoutes, RouteAll } = state.prefs;
  const routes = AdvertiseRoutes ?? [];
  const forwards = own(host.sysctl, "net.ipv4.ip_forward") !== "0";
  return [
    ...(routes.length > 0 && tun && !forwards
      ? [
          "Subnet routing is enabled, but IP forwarding is disabled. Check that IP forwarding is enabled on your machine.",
        ]
      : []),
    ...(!RouteAll && others.some((each) => approvedRoutes(each).length > 0)
      ? ["Some peers are advertising routes but --accept-routes is false"]
      : []),
  ];
}
