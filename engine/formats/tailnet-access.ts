import type { Json } from "./hujson.ts";
import { ALL_PORTS, joinPorts, type PortSet, printPorts, printRange, withoutPorts } from "./port-set.ts";
import { normalPolicy, protocolName, splitCapability, splitDestination } from "./tailnet-normal.ts";
import { isArray, isObject } from "./tailnet-sections.ts";
import {
  coversDestination,
  coversSource,
  expandSelector,
  type Names,
  namesOf,
  type RolesOf,
} from "./tailnet-selector.ts";

/** One thing that a policy allows. */
export interface Reach {
  readonly src: string;
  readonly dst: string;
  /** Empty: TCP, UDP and ICMP. */
  readonly proto: string;
  readonly ports: PortSet;
  /** What the connection needs besides: a posture of the device. Empty: nothing. */
  readonly provided: string;
}

/** All that a policy allows: rules only ever allow, so this is all there is to say. Each pair and protocol is there once. */
export function reachOf(policy: Json): readonly Reach[] {
  const normal = normalPolicy(policy);
  const names = namesOf(normal);
  const usual = textsOf(normal.defaultSrcPosture);
  const found =
    normal.acls === undefined && normal.grants === undefined
      ? // Without any rules a policy is that of a tailnet whose owner has not said anything yet.
        [{ src: "*", dst: "*", proto: "", ports: ALL_PORTS, provided: "" }]
      : [
          ...rulesOf(normal.acls).flatMap((rule) => aclReach(rule, names, conditionsOf(rule, usual))),
          ...rulesOf(normal.grants).flatMap((rule) => grantReach(rule, names, conditionsOf(rule, usual))),
        ];
  const byPair = new Map<string, Reach>();
  for (const reach of found) {
    const key = JSON.stringify([reach.src, reach.dst, reach.proto, reach.provided]);
    const known = byPair.get(key);
    byPair.set(key, known === undefined ? reach : { ...known, ports: joinPorts(known.ports, reach.ports) });
  }
  return [...byPair].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reach]) => reach);
}

/** A line for each range of ports: `anna@example.com → tag:nas:445/tcp`. */
export function reachLines({ src, dst, proto, ports, provided }: Reach): readonly string[] {
  const [host, kind] = [dst.includes(":") && !/^[a-z]+:/.test(dst) ? `[${dst}]` : dst, proto === "" ? "" : `/${proto}`];
  const needs = provided === "" ? "" : ` (${provided})`;
  return ports.map((range) => `${src} → ${host}:${printRange(range)}${kind}${needs}`);
}

/** What of `reach` the others do not allow. */
export function notAllowedBy(reach: Reach, others: readonly Reach[], rolesOf?: RolesOf): PortSet {
  const allowed = others.filter((other) => covers(other, reach, rolesOf)).map(({ ports }) => ports);
  return allowed.reduce((left, ports) => withoutPorts(left, ports), reach.ports);
}

function covers(wide: Reach, narrow: Reach, rolesOf?: RolesOf): boolean {
  return (
    (wide.provided === "" || wide.provided === narrow.provided) &&
    (wide.proto === narrow.proto || (wide.proto === "" && USUAL_PROTOCOLS.has(narrow.proto))) &&
    coversSource(wide.src, narrow.src, rolesOf) &&
    coversDestination(wide.dst, narrow.dst, narrow.src)
  );
}

/** What a rule without a protocol is about; all others must be named. */
const USUAL_PROTOCOLS = new Set(["tcp", "udp", "icmp", "ipv6-icmp"]);

/** Whether a policy lets one reach the other on these ports; a group does if all of its members do. Without a protocol TCP or UDP is enough. */
export function reaches(
  policy: Json,
  asked: { readonly src: string; readonly dst: string; readonly ports: PortSet; readonly proto?: string },
  rolesOf?: RolesOf,
): "all" | "some" | "none" {
  const names = namesOf(normalPolicy(policy));
  const allowed = reachOf(policy);
  const protocols = asked.proto === undefined || asked.proto === "" ? ["tcp", "udp"] : [protocolName(asked.proto)];
  let [open, shut] = [false, false];
  for (const src of expandSelector(asked.src, names)) {
    for (const dst of expandSelector(asked.dst, names)) {
      const left = protocols.map((proto) =>
        notAllowedBy({ src, dst, proto, ports: asked.ports, provided: "" }, allowed, rolesOf),
      );
      if (left.some((ports) => ports.length === 0)) open = true;
      else {
        shut = true;
        // Of several ports some: that is neither all nor none.
        if (left.some((ports) => printPorts(ports) !== printPorts(asked.ports))) open = true;
      }
    }
  }
  return open && !shut ? "all" : open ? "some" : "none";
}

type Rule = Readonly<Record<string, Json>>;

function aclReach(rule: Rule, names: Names, provided: string): readonly Reach[] {
  const proto = typeof rule.proto === "string" ? rule.proto : "";
  return textsOf(rule.src).flatMap((source) =>
    expandSelector(source, names).flatMap((src) =>
      textsOf(rule.dst).flatMap((destination): readonly Reach[] => {
        const split = splitDestination(destination);
        if (split === null) return [];
        return expandSelector(split.host, names).map((dst) => ({ src, dst, proto, ports: split.ports, provided }));
      }),
    ),
  );
}

/** A grant of an application's capabilities alone (`app`) opens no port. */
function grantReach(rule: Rule, names: Names, provided: string): readonly Reach[] {
  return textsOf(rule.src).flatMap((source) =>
    expandSelector(source, names).flatMap((src) =>
      textsOf(rule.dst).flatMap((destination) =>
        expandSelector(destination, names).flatMap((dst) =>
          textsOf(rule.ip).flatMap((capability): readonly Reach[] => {
            const split = splitCapability(capability);
            return split === null ? [] : [{ src, dst, ...split, provided }];
          }),
        ),
      ),
    ),
  );
}

/** A router that it must go through (`via`) is none: it is only the way. A rule without postures has the policy's default ones. */
function conditionsOf(rule: Rule, usual: readonly string[]): string {
  const own = textsOf(rule.srcPosture);
  return (own.length > 0 ? own : usual).map((posture) => `if ${posture}`).join(", ");
}

function rulesOf(section: Json | undefined): readonly Rule[] {
  return isArray(section) ? section.filter(isObject) : [];
}
function textsOf(value: Json | undefined): readonly string[] {
  return isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
