import { canonicalCidrs, isNetwork, networkOf, parseCidr, printCidr } from "../../../formats/cidr.ts";
import type { Prefs } from "../../tailscaled/prefs.ts";
import { refuseArgument } from "../../tool.ts";

/** A flag was given: its text. `true` and `false` for those that are on or off. */
export type Flags = ReadonlyMap<string, string>;

/** An error that the command prints before it ends with 1. */
export class Fatal extends Error {}

const SWITCHES = [
  "accept-routes",
  "accept-dns",
  "exit-node-allow-lan-access",
  "shields-up",
  "ssh",
  "advertise-exit-node",
  "advertise-connector",
  "snat-subnet-routes",
  "stateful-filtering",
  "report-posture",
];
const WORDS = ["exit-node", "hostname", "advertise-routes", "operator", "netfilter-mode", "accept-risk"];
export const UP = {
  switches: [...SWITCHES, "force-reauth", "reset", "json"],
  words: [...WORDS, "auth-key", "authkey", "login-server", "advertise-tags", "timeout"],
};
export const SET = {
  switches: [...SWITCHES, "auto-update", "update-check", "webclient"],
  words: [...WORDS, "nickname"],
};

/** Flags as Go takes them: one dash or two, `-x=y`, a word after those that want one, on alone meaning true. */
export function parseFlags(
  tool: string,
  args: readonly string[],
  known: { readonly switches: readonly string[]; readonly words: readonly string[] },
): { readonly flags: Flags; readonly rest: readonly string[] } {
  const flags = new Map<string, string>();
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    const [, name = "", given] = /^--?([a-z][a-z0-9-]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
    if (name === "") return { flags, rest: word === "--" ? args.slice(at + 1) : args.slice(at) };
    if (known.switches.includes(name)) {
      if (given !== undefined && !/^(?:true|false|1|0|t|f|T|F|TRUE|FALSE|True|False)$/.test(given))
        throw new Fatal(`invalid boolean value "${given}" for -${name}: parse error`);
      flags.set(name, /^(?:false|0|f|F|FALSE|False)$/.test(given ?? "true") ? "false" : "true");
    } else if (known.words.includes(name)) {
      const value = given ?? args[at + 1];
      if (value === undefined) throw new Fatal(`flag needs an argument: -${name}`);
      if (given === undefined) at += 1;
      flags.set(name, value);
    } else refuseArgument(tool, word);
  }
  return { flags, rest: [] };
}

/** The prefs with what the flags say; those that are not prefs are left out. */
export function withFlags(prefs: Prefs, flags: Flags): Prefs {
  const on = (name: string, unsaid: boolean) => (flags.has(name) ? flags.get(name) === "true" : unsaid);
  const word = (name: string, unsaid: string) => flags.get(name) ?? unsaid;
  const tags = flags.get("advertise-tags");
  return {
    ...prefs,
    ControlURL: word("login-server", prefs.ControlURL),
    RouteAll: on("accept-routes", prefs.RouteAll),
    CorpDNS: on("accept-dns", prefs.CorpDNS),
    ExitNodeAllowLANAccess: on("exit-node-allow-lan-access", prefs.ExitNodeAllowLANAccess),
    ShieldsUp: on("shields-up", prefs.ShieldsUp),
    RunSSH: on("ssh", prefs.RunSSH),
    Hostname: checkedHostname(word("hostname", prefs.Hostname)),
    NoSNAT: !on("snat-subnet-routes", !prefs.NoSNAT),
    NoStatefulFiltering: !on("stateful-filtering", !prefs.NoStatefulFiltering),
    NetfilterMode: modeOf(flags.get("netfilter-mode"), prefs.NetfilterMode),
    PostureChecking: on("report-posture", prefs.PostureChecking),
    AppConnector: { Advertise: on("advertise-connector", prefs.AppConnector.Advertise) },
    AdvertiseRoutes: routesWith(prefs.AdvertiseRoutes ?? [], flags),
    AdvertiseTags: tags === undefined ? prefs.AdvertiseTags : tags === "" ? null : tags.split(",").map(checkedTag),
    ...operatorOf(word("operator", prefs.OperatorUser ?? "")),
    AutoUpdate: {
      Check: on("update-check", prefs.AutoUpdate.Check),
      Apply: flags.has("auto-update") ? flags.get("auto-update") === "true" : prefs.AutoUpdate.Apply,
    },
    RunWebClient: on("webclient", prefs.RunWebClient),
  };
}

const EXITS = ["0.0.0.0/0", "::/0"];
function routesWith(now: readonly string[], flags: Flags): readonly string[] | null {
  const given = flags.get("advertise-routes");
  const networks = given === undefined ? now.filter((route) => !EXITS.includes(route)) : parsedRoutes(given);
  const exits = flags.has("advertise-exit-node")
    ? flags.get("advertise-exit-node") === "true"
    : EXITS.every((exit) => now.includes(exit));
  const routes = canonicalCidrs([...networks, ...(exits ? EXITS : [])]);
  return routes.length === 0 ? null : routes;
}

function parsedRoutes(text: string): readonly string[] {
  if (text === "") return [];
  const routes = text.split(",").map((each) => {
    const cidr = each.includes("/") ? parseCidr(each) : null;
    if (cidr === null) throw new Fatal(`"${each}" is not a valid IP address or CIDR prefix`);
    if (!isNetwork(cidr))
      throw new Fatal(`${printCidr(cidr)} has non-address bits set; expected ${printCidr(networkOf(cidr))}`);
    return printCidr(cidr);
  });
  const [four = "", six = ""] = EXITS;
  if (routes.includes(four) && !routes.includes(six))
    throw new Fatal(`${four} advertised without its IPv6 counterpart, please also advertise ${six}`);
  if (routes.includes(six) && !routes.includes(four))
    throw new Fatal(`${six} advertised without its IPv4 counterpart, please also advertise ${four}`);
  return routes;
}

function checkedTag(given: string): string {
  const tag = given.includes(":") ? given : `tag:${given}`;
  const name = tag.replace(/^tag:/, "");
  const wrong = (why: string) => new Fatal(`tag: "${tag}": ${why}`);
  if (!tag.startsWith("tag:")) throw wrong("tags must start with 'tag:'");
  if (name === "") throw wrong("tag names must not be empty");
  if (!/^[A-Za-z]/.test(name)) throw wrong("tag names must start with a letter, after 'tag:'");
  if (!/^[A-Za-z0-9-]+$/.test(name)) throw wrong("tag names can only contain numbers, letters, or dashes");
  return tag;
}

function checkedHostname(name: string): string {
  for (const label of name === "" ? [] : name.split(".")) {
    const quoted = JSON.stringify(label);
    if (label === "") throw new Fatal("empty DNS label");
    if (!/^[A-Za-z0-9]/.test(label))
      throw new Fatal(`${quoted} is not a valid DNS label: must start with a letter or number`);
    if (!/[A-Za-z0-9]$/.test(label))
      throw new Fatal(`${quoted} is not a valid DNS label: must end with a letter or number`);
    const strange = /[^A-Za-z0-9-]/.exec(label)?.[0];
    if (strange !== undefined)
      throw new Fatal(`${quoted} is not a valid DNS label: contains invalid character '${strange}'`);
  }
  return name;
}

function modeOf(given: string | undefined, now: Prefs["NetfilterMode"]): Prefs["NetfilterMode"] {
  switch (given) {
    case undefined:
      return now;
    case "off":
      return 0;
    case "nodivert":
      return 1;
    case "on":
      return 2;
    default:
      throw new Fatal(`invalid value --netfilter-mode=${JSON.stringify(given)}`);
  }
}

function operatorOf(user: string): Pick<Prefs, "OperatorUser"> {
  return user === "" ? {} : { OperatorUser: user };
}
