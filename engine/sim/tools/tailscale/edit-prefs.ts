import type { Session } from "../../session.ts";
import { deviceOf, type NodeSays, tellTailnet } from "../../tailnet/join-tailnet.ts";
import { changeTailnet, tailnetOf } from "../../tailnet/new-tailnet.ts";
import { type Daemon, keepState, nodeKeyOf } from "../../tailscaled/daemon.ts";
import type { Prefs } from "../../tailscaled/prefs.ts";
import { peersOf } from "../../tailscaled/show-status.ts";
import { Fatal, type Flags } from "./flags.ts";

/** Puts new prefs in force, and tells the tailnet what it is to know of them. Nothing is written where nothing is new. */
export function editPrefs(session: Session, { state }: Daemon, prefs: Prefs): void {
  if (JSON.stringify(prefs) === JSON.stringify(state.prefs)) return;
  keepState(session, { ...state, prefs });
  if (!state.hasNodeKey || deviceOf(tailnetOf(session).devices, nodeKeyOf(state)) === undefined) return;
  const tailnet = changeTailnet(session);
  const device = deviceOf(tailnet.devices, nodeKeyOf(state));
  if (device !== undefined) tellTailnet(tailnet, device, sayOf(session, nodeKeyOf(state), prefs));
}

export function sayOf(session: Session, nodeKey: string, prefs: Prefs): NodeSays {
  return {
    nodeKey,
    hostname: prefs.Hostname || session.host.hostname,
    tags: prefs.AdvertiseTags ?? [],
    routes: prefs.AdvertiseRoutes ?? [],
  };
}

/** The exit node as a flag names it: kept by its id once it is known. */
export function exitNodeWith(session: Session, { device, backend }: Daemon, prefs: Prefs, flags: Flags): Prefs {
  const wanted = flags.get("exit-node");
  if (wanted === undefined) return prefs;
  const { AutoExitNode: _, ...rest } = prefs;
  if (wanted === "") return { ...rest, ExitNodeID: "", ExitNodeIP: "" };
  if (wanted === "auto:any") return { ...rest, AutoExitNode: "any", ExitNodeID: "", ExitNodeIP: "" };
  const peers =
    device !== undefined && backend === "Running"
      ? peersOf(tailnetOf(session).devices, device, session.host.clockMs)
      : [];
  const isIp = /^[\d.]+$|:/.test(wanted);
  if (isIp && device?.addresses.includes(wanted))
    throw new Fatal(
      `cannot use ${wanted} as an exit node as it is a local IP address to this machine; did you mean --advertise-exit-node?`,
    );
  if (peers.length === 0 && !isIp)
    throw new Fatal(
      "cannot resolve exit node by hostname while Tailscale is starting up; please use its Tailscale IP address instead",
    );
  if (backend !== "Running") return { ...rest, ExitNodeID: "", ExitNodeIP: wanted };
  const found = peers.find((each) =>
    isIp
      ? each.addresses.includes(wanted)
      : [each.name, each.name.split(".")[0]].includes(wanted.toLowerCase().replace(/\.$/, "")),
  );
  if (found === undefined)
    throw new Fatal(
      isIp
        ? `no node found in netmap with IP ${wanted}`
        : `invalid value "${wanted}" for --exit-node; must be IP or peer hostname`,
    );
  const offers = ["0.0.0.0/0", "::/0"].every(
    (route) => found.enabledRoutes.includes(route) && found.advertisedRoutes.includes(route),
  );
  if (!offers) throw new Fatal(`node ${isIp ? wanted : JSON.stringify(wanted)} is not advertising an exit node`);
  return { ...rest, ExitNodeID: found.nodeId, ExitNodeIP: "" };
}

/** What a router is warned of before anything is done. */
export function forwardingWarning(session: Session, prefs: Prefs): string {
  const four = (prefs.AdvertiseRoutes ?? []).some((route) => !route.includes(":"));
  const six = (prefs.AdvertiseRoutes ?? []).some((route) => route.includes(":"));
  const on = (name: string) => session.host.sysctl[name] !== "0";
  const more = "\nSee https://tailscale.com/s/ip-forwarding";
  if (four && !on("net.ipv4.ip_forward"))
    return `Warning: IP forwarding is disabled, subnet routing/exit nodes will not work.${more}\n`;
  if (six && !on("net.ipv6.conf.all.forwarding"))
    return four
      ? `Warning: IPv6 forwarding is disabled.\nSubnet routes and exit nodes may not work correctly.${more}\n`
      : `Warning: IPv6 forwarding is disabled, subnet routing/exit nodes may not work.${more}\n`;
  return "";
}
