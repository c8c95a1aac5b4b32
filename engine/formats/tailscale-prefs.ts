import { canonicalCidrs, parseCidr } from "./cidr.ts";
import { member, parseJson } from "./json.ts";

/**
 * The settings of a node: what `tailscale debug prefs` prints, in the words of the command line. That print is no stable
 * interface: a setting that it does not have counts as unset, which is what older versions mean by it.
 */
export interface TailscalePrefs {
  readonly login_server: string;
  readonly hostname: string;
  /** Networks, without the two of an exit node. */
  readonly advertise_routes: readonly string[];
  readonly advertise_exit_node: boolean;
  readonly advertise_tags: readonly string[];
  readonly accept_routes: boolean;
  readonly accept_dns: boolean;
  readonly ssh: boolean;
  readonly shields_up: boolean;
  readonly snat: boolean;
  readonly stateful_filtering: boolean;
  readonly netfilter_mode: string;
  readonly exit_node_allow_lan_access: boolean;
  readonly advertise_connector: boolean;
  readonly report_posture: boolean;
  readonly operator: string;
  /** Null: nobody has said. */
  readonly auto_update: boolean | null;
  /** Address, stable id or `auto:any` of the exit node in use; empty: none. */
  readonly exit_node: { readonly ip: string; readonly id: string; readonly auto: string };
  readonly wantRunning: boolean;
  readonly loggedOut: boolean;
}

export const DEFAULT_LOGIN_SERVER = "https://controlplane.tailscale.com";
const SYNONYMS: readonly string[] = ["", "https://login.tailscale.com", DEFAULT_LOGIN_SERVER];
export const EXIT_ROUTES: readonly string[] = ["0.0.0.0/0", "::/0"];

/** Both lead to the same server: Tailscale's own has two names, and none said is it. */
export function sameLoginServer(a: string, b: string): boolean {
  const plain = (url: string) => url.replace(/\/+$/, "");
  return plain(a) === plain(b) || (SYNONYMS.includes(plain(a)) && SYNONYMS.includes(plain(b)));
}

/** Null: it is no such answer. */
export function parseTailscalePrefs(text: string): TailscalePrefs | null {
  const root = parseJson(text);
  if (typeof root !== "object" || root === null || !Object.hasOwn(root, "WantRunning")) return null;
  const flag = (name: string) => member(root, name) === true;
  const word = (name: string) => {
    const value = member(root, name);
    return typeof value === "string" ? value : "";
  };
  const routes = words(member(root, "AdvertiseRoutes"));
  const apply = member(member(root, "AutoUpdate"), "Apply");
  return {
    login_server: word("ControlURL"),
    hostname: word("Hostname"),
    advertise_routes: canonicalCidrs(routes.filter((route) => !isExitRoute(route))),
    advertise_exit_node: EXIT_ROUTES.every((exit) => routes.includes(exit)),
    advertise_tags: words(member(root, "AdvertiseTags")),
    accept_routes: flag("RouteAll"),
    accept_dns: flag("CorpDNS"),
    ssh: flag("RunSSH"),
    shields_up: flag("ShieldsUp"),
    snat: !flag("NoSNAT"),
    stateful_filtering: isFalse(member(root, "NoStatefulFiltering")),
    netfilter_mode: modeOf(member(root, "NetfilterMode")),
    exit_node_allow_lan_access: flag("ExitNodeAllowLANAccess"),
    advertise_connector: member(member(root, "AppConnector"), "Advertise") === true,
    report_posture: flag("PostureChecking"),
    operator: word("OperatorUser"),
    auto_update: apply === true || apply === false ? apply : null,
    exit_node: { ip: ipOf(word("ExitNodeIP")), id: word("ExitNodeID"), auto: word("AutoExitNode") },
    wantRunning: flag("WantRunning"),
    loggedOut: flag("LoggedOut"),
  };
}

type UpSetting = Exclude<keyof TailscalePrefs, "wantRunning" | "loggedOut" | "auto_update">;
/** Settings of `tailscale up` and the flag of each. `tailscale set` has them too, but for the tags and the server. */
export const UP_FLAGS: Readonly<Record<UpSetting, string>> = {
  login_server: "login-server",
  hostname: "hostname",
  advertise_routes: "advertise-routes",
  advertise_exit_node: "advertise-exit-node",
  advertise_tags: "advertise-tags",
  accept_routes: "accept-routes",
  accept_dns: "accept-dns",
  ssh: "ssh",
  shields_up: "shields-up",
  snat: "snat-subnet-routes",
  stateful_filtering: "stateful-filtering",
  netfilter_mode: "netfilter-mode",
  exit_node: "exit-node",
  exit_node_allow_lan_access: "exit-node-allow-lan-access",
  advertise_connector: "advertise-connector",
  report_posture: "report-posture",
  operator: "operator",
};

/** A value as its flag takes it. */
export function flagValue(value: boolean | string | readonly string[]): string {
  return typeof value === "object" ? value.join(",") : String(value);
}

/**
 * The flags that `tailscale up` must be given to leave everything else as it is: those of all settings that are not at
 * their default. It refuses to run without them rather than reset them silently.
 */
export function flagsInForce(prefs: TailscalePrefs, exitNode: string): ReadonlyMap<UpSetting, string> {
  const { exit_node: _, login_server, ...rest } = prefs;
  const values: readonly (readonly [UpSetting, boolean | string | readonly string[], boolean | string])[] = [
    ["login_server", sameLoginServer(login_server, "") ? "" : login_server, ""],
    ["exit_node", exitNode, ""],
    ["hostname", rest.hostname, ""],
    ["advertise_routes", rest.advertise_routes, ""],
    ["advertise_exit_node", rest.advertise_exit_node, false],
    ["advertise_tags", rest.advertise_tags, ""],
    ["accept_routes", rest.accept_routes, false],
    ["accept_dns", rest.accept_dns, true],
    ["ssh", rest.ssh, false],
    ["shields_up", rest.shields_up, false],
    ["snat", rest.snat, true],
    ["stateful_filtering", rest.stateful_filtering, false],
    ["netfilter_mode", rest.netfilter_mode, "on"],
    ["exit_node_allow_lan_access", rest.exit_node_allow_lan_access, false],
    ["advertise_connector", rest.advertise_connector, false],
    ["report_posture", rest.report_posture, false],
    ["operator", rest.operator, ""],
  ];
  const told = values.filter(([, value, unset]) => flagValue(value) !== String(unset));
  return new Map(told.map(([name, value]) => [name, flagValue(value)]));
}

function isExitRoute(route: string): boolean {
  return parseCidr(route)?.prefix === 0;
}
/** A setting of three values: `false` is one that somebody has chosen, unset is not. */
function isFalse(value: unknown): boolean {
  return value === false || value === "false";
}
function modeOf(value: unknown): string {
  return { 0: "off", 1: "nodivert", 2: "on" }[typeof value === "number" ? value : 2] ?? "on";
}
function words(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}
/** No address is printed as an empty text, or as this in older versions. */
function ipOf(text: string): string {
  return text === "invalid IP" ? "" : text;
}
