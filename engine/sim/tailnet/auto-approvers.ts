import { cidrContains, parseCidr } from "../../formats/cidr.ts";
import { isHujsonError, parseHujson } from "../../formats/hujson.ts";
import { member } from "../../formats/json.ts";
import { canonicalPolicy } from "../../formats/tailnet-sections.ts";
import type { Frozen } from "../world.ts";
import type { Tailnet, TailnetDevice } from "./state.ts";

/**
 * The routes of a device that the policy approves by itself. It is asked when they are advertised and at no other time:
 * what was advertised before the policy allowed it stays as it was.
 */
export function approvedByPolicy(
  tailnet: Frozen<Tailnet>,
  device: Frozen<TailnetDevice>,
  routes: readonly string[],
): readonly string[] {
  const parsed = parseHujson(tailnet.policy);
  if (isHujsonError(parsed)) return [];
  const policy = canonicalPolicy(parsed.value);
  const approvers = member(policy, "autoApprovers");
  const networks = member(approvers, "routes");
  return routes.filter((route) => {
    const wanted = parseCidr(route);
    if (wanted === null) return false;
    // An exit node's two routes have approvers of their own.
    if (wanted.prefix === 0) return named(policy, tailnet, device, member(approvers, "exitNode"));
    return Object.entries(typeof networks === "object" && networks !== null ? networks : {}).some(([network, by]) => {
      const outer = parseCidr(network);
      return outer !== null && cidrContains(outer, wanted) && named(policy, tailnet, device, by);
    });
  });
}

/** Whether a list of approvers names the device: by its tag, or by its user if it has no tag. */
function named(policy: unknown, tailnet: Frozen<Tailnet>, device: Frozen<TailnetDevice>, list: unknown): boolean {
  const names = Array.isArray(list) ? list.map(String) : [];
  if (device.tags.length > 0) return device.tags.some((tag) => names.includes(tag));
  const role = tailnet.users[device.user]?.role;
  return names.some((name) => {
    if (name === device.user || name === "autogroup:member") return true;
    if (name === "autogroup:admin") return role === "admin" || role === "owner";
    if (name === "autogroup:owner") return role === "owner";
    const group = member(member(policy, "groups"), name);
    return Array.isArray(group) && group.includes(device.user);
  });
}
