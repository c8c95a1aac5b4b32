// Over 300 lines: the grammar of one document, section by section, each a few lines that only make sense beside the others.
import { isNetwork, parseCidr, parseIp } from "./cidr.ts";
import type { Json } from "./hujson.ts";
import { canonicalNetwork, splitCapability, splitDestination } from "./tailnet-normal.ts";
import { FIELDS, isArray, isObject, SECTIONS } from "./tailnet-sections.ts";
import { isLogin } from "./tailnet-selector.ts";

/** What is wrong in a policy or a part of one, and where. */
export interface PolicyProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}
type Report = (path: readonly (string | number)[], message: string) => void;
type Check = (value: Json, path: readonly (string | number)[], report: Report) => void;

/**
 * What Tailscale would refuse, told before anything is sent: the form of each section, under the names of today. What
 * one part needs of another (a group that is defined elsewhere) is `undefinedNames`' to say.
 */
export function policyProblems(policy: Readonly<Record<string, Json>>): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const report: Report = (path, message) => problems.push({ path, message });
  for (const [section, value] of Object.entries(policy)) {
    if (!isSection(section)) report([section], `a policy has no section "${shown(section)}"`);
    else CHECKS[section](value, [section], report);
  }
  return problems;
}

function isSection(name: string): name is keyof typeof CHECKS {
  return (SECTIONS as readonly string[]).includes(name);
}

// ---- words ----

const TAG = /^tag:[a-zA-Z][a-zA-Z0-9-]{0,62}$/;
const GROUP = /^group:[^\s:@,"]{1,100}$/;
/** A group that the identity provider keeps: no policy defines it. */
const SYNCED_GROUP = /^group:[^\s:@,"]{1,100}@[^\s:@,"]{1,200}$/;
const AUTOGROUP = /^autogroup:[a-z][a-z-]*$/;
const HOST = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}$/;
const IPSET = /^ipset:[A-Za-z0-9_.-]{1,100}$/;
const SERVICE = /^svc:[a-z0-9-]{1,63}$/;
const PROTOCOL = /^(?:igmp|ipv4|ip-in-ip|tcp|egp|igp|udp|gre|esp|ah|sctp|icmp|ipv6-icmp|[1-9]\d{0,2})$/i;

/** What can stand at the source of a rule; null if it can, else why not. */
function selectorTrouble(text: string): string | null {
  if (text === "*") return null;
  if (text.startsWith("tag:"))
    return TAG.test(text) ? null : `"${shown(text)}" is no tag: tag: and a name of letters, digits and hyphens`;
  if (text.startsWith("group:"))
    return GROUP.test(text) || SYNCED_GROUP.test(text)
      ? null
      : `"${shown(text)}" is no group: group: and a name without blanks`;
  if (text.startsWith("autogroup:")) return AUTOGROUP.test(text) ? null : `"${shown(text)}" is no autogroup`;
  if (text.startsWith("ipset:")) return IPSET.test(text) ? null : `"${shown(text)}" is no set of addresses: ipset:NAME`;
  if (text.startsWith("svc:")) return SERVICE.test(text) ? null : `"${shown(text)}" is no service: svc:NAME`;
  if (text.startsWith("user:")) return /^user:\*@\S+$/.test(text) ? null : `"${shown(text)}" is no user: user:*@DOMAIN`;
  if (isLogin(text)) return /^[^\s@,"]+@[^\s@,"]*$/.test(text) ? null : `"${shown(text)}" is no login`;
  const network = parseCidr(text);
  if (network !== null)
    return isNetwork(network) ? null : `${text} has bits set beyond its length: write ${canonicalNetwork(text)}`;
  if (/^[\d.]+\/\d+$|^[\da-f:]+\/\d+$/i.test(text)) return `"${shown(text)}" is no network`;
  if (/^\d+-/.test(text) || /^\d+(\.\d+){3}-\d/.test(text)) return rangeTrouble(text);
  return HOST.test(text.replace(/^host:/, "")) ? null : `"${shown(text)}" is no user, group, tag, host or address`;
}
function rangeTrouble(text: string): string | null {
  const [from, to, ...more] = text.split("-");
  return parseIp(from ?? "") !== null && parseIp(to ?? "") !== null && more.length === 0
    ? null
    : `"${shown(text)}" is no range of addresses`;
}

const selector = text("a user, group, tag, host or address", selectorTrouble);
const ownerOf = (what: string): Check =>
  text(`an owner of ${what}: a login, group, tag or autogroup`, (each) =>
    isLogin(each) || /^(?:group|autogroup|tag):/.test(each)
      ? selectorTrouble(each)
      : `"${shown(each)}" is no login, group, tag or autogroup`,
  );
const member = text("the login of a user", (each) => {
  if (/^group:/.test(each)) return `"${shown(each)}" is a group: groups cannot hold groups, name its members`;
  if (/^tag:/.test(each))
    return `"${shown(each)}" is a tag: groups hold users, not devices; name the tag in the rule itself`;
  if (/^autogroup:/.test(each)) return `"${shown(each)}" is an autogroup: name it in the rule itself`;
  if (!isLogin(each)) return `"${shown(each)}" is no login: expected the user's e-mail address`;
  return selectorTrouble(each);
});
const destination = text("a destination with ports, such as tag:nas:445", (each) => {
  const split = splitDestination(each);
  if (split === null)
    return `"${shown(each)}" has no ports: write ${shown(each)}:443, ${shown(each)}:80-90 or ${shown(each)}:*`;
  return selectorTrouble(split.host);
});
const grantDestination = text("a user, group, tag, host or address", (each) => {
  const trouble = selectorTrouble(each);
  const bare = splitDestination(each);
  if (
    bare !== null &&
    selectorTrouble(bare.host) === null &&
    (trouble !== null || /:\d+$/.test(each)) &&
    parseIp(each) === null
  )
    return `"${shown(each)}" holds ports: of a grant they stand in \`ip\``;
  return trouble;
});
/** One address, one port: what a test asks about. */
const asked = text("one destination and port, such as tag:nas:445", (each) => {
  const split = splitDestination(each);
  if (split === null) return `"${shown(each)}" has no port: write ${shown(each)}:443`;
  const [range, ...more] = split.ports;
  if (more.length > 0 || range === undefined || range[0] !== range[1])
    return `"${shown(each)}": a test asks about one port`;
  if (split.host === "*" || (parseCidr(split.host) !== null && split.host.includes("/")))
    return `"${shown(each)}": a test asks about one destination`;
  return selectorTrouble(split.host);
});
const testSource = text("one user, group, tag, host or address", (each) => {
  if (/^autogroup:(self|internet|member|members|tagged|danger-all)$/.test(each) || each === "*")
    return `"${shown(each)}" cannot be the source of a test: name a user, a group or a tag`;
  return selectorTrouble(each);
});
const capability = text("ports such as 443, tcp:443 or *", (each) => {
  const split = splitCapability(each);
  if (split === null) return `"${shown(each)}" is no port: write 443, tcp:443, udp:80-90 or *`;
  return split.proto === "" || split.proto === "*" || PROTOCOL.test(split.proto)
    ? null
    : `"${shown(split.proto)}" is no protocol`;
});
const protocol: Check = (value, path, report) => {
  if (!PROTOCOL.test(String(value)))
    report(path, `${said(value)} is no protocol: tcp, udp, icmp or a number in quotes`);
};
const tag = text("a tag", (each) =>
  TAG.test(each) ? null : `"${shown(each)}" is no tag: tag: and a name of letters, digits and hyphens`,
);
const line = text("a text", () => null);
/** What only the server knows in detail. */
const any: Check = () => {};
const truth: Check = (value, path, report) => {
  if (typeof value !== "boolean") report(path, `expected true or false, got ${said(value)}`);
};

// ---- sections ----

const routes = mapOf((key, value, path, report) => {
  const network = parseCidr(key);
  if (network === null || !key.includes("/")) report(path, `"${shown(key)}" is no network: write 10.0.0.0/24`);
  else if (!isNetwork(network)) report(path, `${key} has bits set beyond its length: write ${canonicalNetwork(key)}`);
  list(ownerOf("a route"))(value, path, report);
});

const CHECKS: Readonly<Record<(typeof SECTIONS)[number], Check>> = {
  groups: mapOf(named(GROUP, "a group: group: and a name without blanks", list(member))),
  tagOwners: mapOf(named(TAG, "a tag: tag: and a name of letters, digits and hyphens", list(ownerOf("a tag")))),
  hosts: mapOf((key, value, path, report) => {
    if (!HOST.test(key) || parseIp(key) !== null) report(path, `"${shown(key)}" is no name of a host`);
    text("an address or a network", (each) => {
      const network = parseCidr(each);
      if (network === null) return `"${shown(each)}" is no address and no network`;
      return isNetwork(network) ? null : `${each} has bits set beyond its length: write ${canonicalNetwork(each)}`;
    })(value, path, report);
  }),
  ipsets: mapOf(named(IPSET, "a set of addresses: ipset:NAME", list(line))),
  acls: list(
    entry("acls", ["action", "src", "dst"], {
      action: oneOf("accept"),
      src: list(selector, "one source at least"),
      dst: list(destination, "one destination at least"),
      proto: protocol,
      srcPosture: list(line),
    }),
  ),
  grants: list((value, path, report) => {
    entry("grants", ["src", "dst"], {
      src: list(selector, "one source at least"),
      dst: list(grantDestination, "one destination at least"),
      ip: list(capability, "ports, or leave ip out"),
      app: mapOf((_key, each, at, tell) => list(any)(each, at, tell)),
      via: list(tag),
      srcPosture: list(line),
    })(value, path, report);
    if (isObject(value) && value.ip === undefined && value.app === undefined)
      report(path, "a grant says what it grants: `ip` (ports) or `app`");
  }),
  ssh: list(
    entry("ssh", ["action", "src", "dst", "users"], {
      action: oneOf("accept", "check"),
      src: list(selector, "one source at least"),
      dst: list(grantDestination, "one destination at least"),
      users: list(line, "one user at least"),
      checkPeriod: text("a period such as 12h, or always", (each) =>
        /^(?:always|(?:\d+[hms])+)$/.test(each) ? null : `"${shown(each)}" is no period: write 12h, or always`,
      ),
      acceptEnv: list(line),
      recorder: list(tag),
      enforceRecorder: truth,
      srcPosture: list(line),
    }),
  ),
  autoApprovers: (value, path, report) => {
    if (!isObject(value)) return report(path, `expected a map, got ${said(value)}`);
    for (const [key, each] of Object.entries(value)) {
      if (key === "routes") routes(each, [...path, key], report);
      else if (key === "exitNode") list(ownerOf("exit nodes"))(each, [...path, key], report);
      else if (key === "services")
        mapOf((_name, who, at, tell) => list(ownerOf("a service"))(who, at, tell))(each, [...path, key], report);
      else report([...path, key], `"${shown(key)}" is nothing that can be approved: routes, exitNode or services`);
    }
  },
  nodeAttrs: list(
    entry("nodeAttrs", ["target"], {
      target: list(selector, "one target at least"),
      attr: list(line),
      app: mapOf((_key, each, at, tell) => list(any)(each, at, tell)),
      ipPool: list(text("a network", (each) => (parseCidr(each) === null ? `"${shown(each)}" is no network` : null))),
    }),
  ),
  postures: mapOf(
    named(/^posture:[A-Za-z0-9_.-]{1,100}$/, "a posture: posture:NAME", list(line, "one condition at least")),
  ),
  defaultSrcPosture: list(line),
  attrConfig: any,
  derpMap: any,
  disableIPv4: truth,
  OneCGNATRoute: oneOf("", "mac-always", "mac-never"),
  randomizeClientPort: truth,
  tests: list((value, path, report) => {
    entry("tests", ["src"], {
      src: testSource,
      proto: protocol,
      accept: list(asked),
      deny: list(asked),
      srcPostureAttrs: any,
    })(value, path, report);
    if (isObject(value) && value.accept === undefined && value.deny === undefined)
      report(path, "a test says what must be reached (`accept`) or must not (`deny`)");
  }),
  sshTests: list(
    entry("sshTests", ["src", "dst"], {
      src: testSource,
      dst: list(grantDestination, "one destination at least"),
      accept: list(line),
      check: list(line),
      deny: list(line),
      srcPostureAttrs: any,
    }),
  ),
};

// ---- forms ----

function text(what: string, trouble: (each: string) => string | null): Check {
  return (value, path, report) => {
    if (typeof value !== "string" || value === "") return report(path, `expected ${what}, got ${said(value)}`);
    const message = CONTROL.test(value) ? `"${shown(value)}" holds a control character` : trouble(value);
    if (message !== null) report(path, message);
  };
}
const CONTROL = /[\0-\x1f\x7f]/;

function list(item: Check, needed?: string): Check {
  return (value, path, report) => {
    if (!isArray(value)) return report(path, `expected a list, got ${said(value)}`);
    if (value.length === 0 && needed !== undefined) report(path, `an empty list: say ${needed}`);
    for (const [index, each] of value.entries()) item(each, [...path, index], report);
  };
}

type KeyCheck = (key: string, value: Json, path: readonly (string | number)[], report: Report) => void;
function mapOf(each: KeyCheck): Check {
  return (value, path, report) => {
    if (!isObject(value)) return report(path, `expected a map, got ${said(value)}`);
    for (const [key, item] of Object.entries(value)) each(key, item, [...path, key], report);
  };
}
function named(pattern: RegExp, what: string, value: Check): KeyCheck {
  return (key, given, path, report) => {
    if (!pattern.test(key) || CONTROL.test(key)) report(path, `"${shown(key)}" is not the name of ${what}`);
    value(given, path, report);
  };
}

function entry(section: string, needed: readonly string[], checks: Readonly<Record<string, Check>>): Check {
  return (value, path, report) => {
    if (!isObject(value)) return report(path, `expected a map, got ${said(value)}`);
    for (const [key, each] of Object.entries(value)) {
      const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
      if (check !== undefined) check(each, [...path, key], report);
      else {
        const known = [...new Set(Object.values(FIELDS[section] ?? {}))].join(", ");
        report([...path, key], `an entry of ${section} has no "${shown(key)}"; it takes ${known}`);
      }
    }
    for (const key of needed) if (!Object.hasOwn(value, key)) report(path, `an entry of ${section} needs \`${key}\``);
  };
}

function oneOf(...words: readonly string[]): Check {
  return (value, path, report) => {
    if (typeof value !== "string" || !words.includes(value))
      report(path, `expected ${words.filter((word) => word !== "").join(" or ")}, got ${said(value)}`);
  };
}

function said(value: Json | undefined): string {
  if (value === null || value === undefined) return "nothing";
  if (isArray(value)) return "a list";
  if (isObject(value)) return "a map";
  return typeof value === "string" ? `"${shown(value)}"` : `the ${typeof value} ${String(value)}`;
}

/** As it may stand in a message: short, and without what steers a terminal. */
function shown(word: string): string {
  const clean = word.replace(/[\0-\x1f\x7f]/g, "\uFFFD");
  return clean.length > 60 ? `${clean.slice(0, 57)}…` : clean;
}
