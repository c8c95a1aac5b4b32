import { parseCidr } from "./cidr.ts";
import type { Json } from "./hujson.ts";
import { splitDestination } from "./tailnet-normal.ts";
import { isArray, isObject } from "./tailnet-sections.ts";
import { isLogin } from "./tailnet-selector.ts";

/** A name that is used in a policy and defined nowhere in it, with the place of its first use: `acls[2].src`. */
export interface UndefinedName {
  readonly name: string;
  readonly at: string;
  /** The section that would define it. */
  readonly section: "groups" | "tagOwners" | "hosts" | "ipsets" | "postures";
}

/** What Tailscale refuses of a whole policy: groups, tags, hosts, sets and postures must be defined where they are used. */
export function undefinedNames(policy: Readonly<Record<string, Json>>): readonly UndefinedName[] {
  const found = new Map<string, UndefinedName>();
  const use = (name: string, at: string): void => {
    const section = definingSection(name);
    if (section === null || found.has(name)) return;
    const defined = policy[section];
    const key = section === "hosts" ? name.replace(/^host:/, "") : name;
    if (!isObject(defined) || !Object.hasOwn(defined, key)) found.set(name, { name, at, section });
  };
  for (const [section, fields] of Object.entries(USES)) {
    const entries = policy[section];
    if (!isArray(entries)) continue;
    entries.forEach((entry, index) => {
      if (!isObject(entry)) return;
      for (const [field, ports] of Object.entries(fields)) {
        for (const text of textsOf(entry[field])) {
          use(ports ? (splitDestination(text)?.host ?? text) : text, `${section}[${index}].${field}`);
        }
      }
      for (const posture of textsOf(entry.srcPosture)) {
        if (posture.startsWith("posture:")) use(posture, `${section}[${index}].srcPosture`);
      }
    });
  }
  for (const posture of textsOf(policy.defaultSrcPosture)) use(posture, "defaultSrcPosture");
  for (const [set, entries] of entriesOf(policy.ipsets)) {
    for (const entry of textsOf(entries)) {
      const name = entry.replace(/^\s*(?:add|remove)\s+/, "").trim();
      if (/^(?:ipset|host):/.test(name)) use(name, `ipsets.${set}`);
    }
  }
  for (const [tag, owners] of entriesOf(policy.tagOwners)) {
    for (const owner of textsOf(owners)) use(owner, `tagOwners.${tag}`);
  }
  const approvers = isObject(policy.autoApprovers) ? policy.autoApprovers : {};
  for (const [route, who] of entriesOf(approvers.routes))
    for (const each of textsOf(who)) use(each, `autoApprovers.routes.${route}`);
  for (const each of textsOf(approvers.exitNode)) use(each, "autoApprovers.exitNode");
  return [...found.values()];
}

/** Fields that name somebody or something; true: with ports behind. */
const USES: Readonly<Record<string, Readonly<Record<string, boolean>>>> = {
  acls: { src: false, dst: true },
  grants: { src: false, dst: false, via: false },
  ssh: { src: false, dst: false, recorder: false },
  nodeAttrs: { target: false },
  tests: { src: false, accept: true, deny: true },
  sshTests: { src: false, dst: false },
};

function definingSection(name: string): UndefinedName["section"] | null {
  // One with a domain comes from the identity provider.
  if (name.startsWith("group:")) return name.includes("@") ? null : "groups";
  if (name.startsWith("tag:")) return "tagOwners";
  if (name.startsWith("ipset:")) return "ipsets";
  if (name.startsWith("posture:")) return "postures";
  if (name.startsWith("host:")) return "hosts";
  if (name === "*" || isLogin(name) || name.includes(":") || parseCidr(name) !== null) return null;
  // A range of addresses is one, too.
  return /^[\d.]+(?:-[\d.]+)?$/.test(name) ? null : "hosts";
}

function entriesOf(value: Json | undefined): readonly [string, Json][] {
  return isObject(value) ? Object.entries(value) : [];
}
function textsOf(value: Json | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  return isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
