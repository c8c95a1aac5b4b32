import { printPorts } from "../../engine/formats/port-set.ts";
import { reaches, reachLines, reachOf } from "../../engine/formats/tailnet-access.ts";
import { type NormalPolicy, splitDestination } from "../../engine/formats/tailnet-normal.ts";
import { expandSelector, namesOf } from "../../engine/formats/tailnet-selector.ts";
import { type Refusal, refuse } from "../../engine/module/index.ts";
import { lostAccess } from "./fields.ts";
import type { Params } from "./params.ts";

/** Ports by which people administer machines: SSH, Proxmox VE. */
const ADMIN_PORTS = [22, 8006];

/** Which of the declared ways in the policy does not have. */
export function closedWays({ keep = [] }: Params, policy: NormalPolicy): readonly string[] {
  return keep.flatMap(({ src, dst }) =>
    dst
      .filter((each) => {
        const split = splitDestination(each);
        if (split === null) return true;
        return reaches(policy, { src, dst: split.host, ports: split.ports, proto: "tcp" }) !== "all";
      })
      .map((each) => `${src} → ${each}`),
  );
}

/**
 * Ways that are open now under the names of today's policy and would be closed: somebody who is no longer in the group, a
 * host whose name would mean another address. By its own names the new policy may allow all that is asked.
 */
function lostWays({ keep = [] }: Params, now: NormalPolicy, then: NormalPolicy): readonly string[] {
  const names = namesOf(now);
  const open = (policy: NormalPolicy, way: Way): boolean => reaches(policy, { ...way, proto: "tcp" }) === "all";
  return keep.flatMap(({ src, dst }) =>
    dst.flatMap((each) => {
      const split = splitDestination(each);
      if (split === null) return [];
      const ways = expandSelector(src, names).flatMap((from) =>
        expandSelector(split.host, names).map((to): Way => ({ src: from, dst: to, ports: split.ports })),
      );
      const lost = ways.filter((way) => open(now, way) && !open(then, way));
      return lost.map((way) => `${way.src} → ${way.dst}:${printPorts(way.ports)} (now ${src} → ${each})`);
    }),
  );
}
type Way = Omit<Parameters<typeof reaches>[1], "proto">;

/** A policy that would lock out whoever applies it; null: it does not, or that is wanted. */
export function lockOut(params: Params, now: NormalPolicy, then: NormalPolicy): Refusal | null {
  if (params.allow_lockout) return null;
  const closed = closedWays(params, then);
  if (closed.length > 0) {
    return refuse(
      `the policy would lock you out: it does not allow ${closed.join(", ")}, which keep says must stay open`,
      "add a rule that names them (of an autogroup nobody can tell who is in it), mend keep, or say allow_lockout: true",
    );
  }
  const lost = lostWays(params, now, then);
  if (lost.length > 0) {
    return refuse(
      `the policy would lock you out: what keep names is somebody or something else by it, and it does not allow ${lost.join(", ")}`,
      "name in keep what stays (your own login, an address), or say allow_lockout: true for one run",
    );
  }
  if (reachOf(then).length === 0 && reachOf(now).length > 0) {
    return refuse("the policy would allow nobody to reach anything", "add acls or grants, or say allow_lockout: true");
  }
  return null;
}

/** Without a declared way in nothing guards against closing it: what is lost on the usual ports is said. */
export function unguarded({ keep, allow_lockout }: Params, now: NormalPolicy, then: NormalPolicy): string | null {
  if (keep !== undefined || allow_lockout) return null;
  const lost = lostAccess(now, then).filter(({ ports }) =>
    ports.some(([from, to]) => ADMIN_PORTS.some((port) => from <= port && port <= to)),
  );
  const shown = lost.flatMap(reachLines).slice(0, 3);
  if (shown.length === 0) return null;
  return `access to SSH or Proxmox VE goes (${shown.join("; ")}), and no keep: { src, dst } says which way in must stay open`;
}
