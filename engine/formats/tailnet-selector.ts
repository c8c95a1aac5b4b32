import { cidrContains, parseCidr } from "./cidr.ts";
import type { Json } from "./hujson.ts";
import { canonicalNetwork } from "./tailnet-normal.ts";
import { isArray, isObject } from "./tailnet-sections.ts";

/** What a rule names at either end, taken apart as far as the policy itself tells. */
export interface Names {
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly hosts: ReadonlyMap<string, string>;
  readonly ipsets: ReadonlyMap<string, readonly string[]>;
}

export function namesOf(policy: Readonly<Record<string, Json>>): Names {
  const lists = (section: string) =>
    new Map(entriesOf(policy[section]).map(([key, value]) => [key, isArray(value) ? value.map(String) : []]));
  const hosts = entriesOf(policy.hosts).map(([key, value]): [string, string] => [key, String(value)]);
  return { groups: lists("groups"), hosts: new Map(hosts), ipsets: lists("ipsets") };
}

function entriesOf(section: Json | undefined): readonly [string, Json][] {
  return isObject(section) ? Object.entries(section) : [];
}

/** A group gives its members, a host its address, a set its networks; all else stands for itself. */
export function expandSelector(selector: string, names: Names): readonly string[] {
  const group = names.groups.get(selector);
  if (group !== undefined) return group;
  const host = names.hosts.get(selector.replace(/^host:/, ""));
  if (host !== undefined) return [canonicalNetwork(host) ?? host];
  const set = names.ipsets.get(selector);
  if (set !== undefined && !takesAway(selector, names)) {
    return set.flatMap((entry) => expandSelector(added(entry), { ...names, ipsets: new Map() }));
  }
  if (selector === "autogroup:members") return ["autogroup:member"];
  return [canonicalNetwork(selector) ?? selector];
}

/** A set that also takes away, itself or by one that is part of it, can only be named. */
function takesAway(name: string, names: Names, within: readonly string[] = []): boolean {
  const set = names.ipsets.get(name) ?? [];
  return set.some(
    (entry) =>
      /^\s*remove\b/.test(entry) || (!within.includes(name) && takesAway(added(entry), names, [...within, name])),
  );
}
function added(entry: string): string {
  return entry.replace(/^\s*add\s+/, "").trim();
}

/** Roles of a login, where somebody knows them: `admin`, `owner`. The policy itself does not say. */
export type RolesOf = (login: string) => readonly string[];
const nobodyKnows: RolesOf = () => [];

/** Whether a rule for `wide` is one for `narrow`, as the source of a connection. */
export function coversSource(wide: string, narrow: string, rolesOf: RolesOf = nobodyKnows): boolean {
  if (wide === narrow || wide === "autogroup:danger-all") return true;
  // Everything, also from outside of the tailnet: more than `*`.
  if (narrow === "autogroup:danger-all") return false;
  if (wide === "*") return true;
  if (isLogin(narrow)) {
    if (wide.startsWith("user:*@")) return narrow.endsWith(wide.slice("user:*".length));
    return wide === "autogroup:member" || (wide.startsWith("autogroup:") && rolesOf(narrow).includes(wide.slice(10)));
  }
  if (narrow.startsWith("tag:")) return wide === "autogroup:tagged";
  // Every role is one of members.
  if (narrow.startsWith("autogroup:")) return wide === "autogroup:member" && ROLES.has(narrow.slice(10));
  return networkCovers(wide, narrow);
}

/** The same of its destination; `source` decides what is one's own. */
export function coversDestination(wide: string, narrow: string, source: string): boolean {
  if (wide === narrow || wide === "*") return true;
  if (wide === "autogroup:self") return isLogin(narrow) && narrow === source;
  if (narrow === "autogroup:self" && wide === source) return isLogin(source);
  if (wide === "autogroup:member") return isLogin(narrow) || narrow === "autogroup:self";
  if (narrow.startsWith("tag:")) return wide === "autogroup:tagged";
  return networkCovers(wide, narrow);
}

const ROLES = new Set(["owner", "admin", "it-admin", "network-admin", "billing-admin", "auditor", "self"]);

export function isLogin(name: string): boolean {
  return name.includes("@") && !name.includes(":");
}

function networkCovers(wide: string, narrow: string): boolean {
  const [outer, inner] = [parseCidr(wide), parseCidr(narrow)];
  return outer !== null && inner !== null && cidrContains(outer, inner);
}
