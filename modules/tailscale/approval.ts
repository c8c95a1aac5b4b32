import { canonicalCidrs, cidrContains, parseCidr } from "../../engine/formats/cidr.ts";
import { member, parseJson } from "../../engine/formats/json.ts";
import { EXIT_ROUTES } from "../../engine/formats/tailscale-prefs.ts";
import { parseTailscaleStatus, type TailscaleStatus } from "../../engine/formats/tailscale-status.ts";
import {
  type ExecAnswer,
  type Refusal,
  refuse,
  type Step,
  tailscaleAccess,
  tailscaleTrouble,
  write,
} from "../../engine/module/index.ts";
import { type Seen, statusLook } from "./looks.ts";
import type { Params } from "./params.ts";

/** Routes that the task declares and that the tailnet must approve before anybody uses them. */
export function routesToApprove({ advertise_routes = [], advertise_exit_node, approve }: Params): readonly string[] {
  if (approve === "none") return [];
  return [...canonicalCidrs(advertise_routes), ...(advertise_exit_node === true ? EXIT_ROUTES : [])];
}

export type Approval =
  | { readonly kind: "approved" }
  /** Nobody can tell; `warning` says why. */
  | { readonly kind: "unknown"; readonly warning: string }
  | {
      readonly kind: "missing";
      readonly approved: readonly string[];
      readonly missing: readonly string[];
      readonly step: Step | null;
    };

/** Whether the tailnet lets the declared routes be used: by its own word where there is a key, else by what the node knows. */
export function approvalOf(given: Params, status: TailscaleStatus, seen: Seen): Approval | Refusal {
  const wanted = routesToApprove(given);
  if (wanted.length === 0) return { kind: "approved" };
  return given.api === undefined ? byNode(wanted, status) : byTailnet(given, wanted, status, seen);
}

function byTailnet(given: Params, wanted: readonly string[], status: TailscaleStatus, seen: Seen): Approval | Refusal {
  const { api } = given;
  if (api === undefined) return { kind: "approved" };
  const access = tailscaleAccess(api, seen.token);
  if (access.kind === "refuse") return access;
  if (seen.device === undefined) return refuse("the node does not say who it is in the tailnet", "run it again");
  if (seen.device.status === 404)
    return refuse(
      `the tailnet of this key has no device ${status.self.id}, which is what ${status.self.dnsName || "the node"} is`,
      "is the API's key one of the tailnet that the node is in?",
    );
  const trouble = tailscaleTrouble(seen.device, "look up the node's routes", "devices:core:read");
  if (trouble !== null) return trouble;
  const enabled = textsOf(member(parseJson(seen.device.body), "enabledRoutes"));
  const missing = wanted.filter((route) => !covered(route, enabled));
  if (missing.length === 0) return { kind: "approved" };
  const approved = wanted.filter((route) => !missing.includes(route));
  // The list is replaced as a whole: what others have approved stays in it.
  const routes = canonicalCidrs([...enabled, ...missing]);
  const step =
    given.approve === "set"
      ? access.send("POST", `/device/${status.self.id}/routes`, { json: { routes }, retries: 3 })
      : null;
  return { kind: "missing", approved, missing, step };
}

function byNode(wanted: readonly string[], { self, peers }: TailscaleStatus): Approval {
  if (self.allowedIps === undefined)
    return { kind: "unknown", warning: "this version does not tell whether its routes are approved: give `api`" };
  const own = [...self.allowedIps, ...(self.primaryRoutes ?? [])];
  const missing = wanted.filter((route) => !covered(route, own));
  if (missing.length === 0) return { kind: "approved" };
  const others = peers.filter(({ primaryRoutes = [] }) => missing.some((route) => covered(route, primaryRoutes)));
  const elsewhere = missing.every((route) => others.some(({ primaryRoutes = [] }) => covered(route, primaryRoutes)));
  // A second router of a network does not see whether it would be let in: the elected one has it all.
  if (elsewhere)
    return {
      kind: "unknown",
      warning: `${missing.join(", ")} is routed by ${others.map(({ hostName }) => hostName).join(", ")} at the moment; whether it is approved here, too, only the API tells: give \`api\``,
    };
  return { kind: "missing", approved: wanted.filter((route) => !missing.includes(route)), missing, step: null };
}

function covered(route: string, by: readonly string[]): boolean {
  const wanted = parseCidr(route);
  return by.some((each) => {
    const cidr = parseCidr(each);
    // All of the internet contains every route, but an exit node is no router of a network.
    return wanted !== null && cidr !== null && cidrContains(cidr, wanted) && (cidr.prefix > 0 || wanted.prefix === 0);
  });
}

/** The failure, with what to do: the policy for good, or once. */
export function unapproved(given: Params, { self }: TailscaleStatus, missing: readonly string[]): Refusal {
  return refuse(why(missing), fix(given, self.tags, missing));
}
const why = (missing: readonly string[]) =>
  `the tailnet has not approved ${missing.join(", ")}: the node offers ${missing.length === 1 ? "it" : "them"}, but nobody uses ${missing.length === 1 ? "it" : "them"}`;

function fix(
  { approve, api, advertise_tags = [] }: Params,
  tags: readonly string[],
  missing: readonly string[],
): string {
  const by = JSON.stringify(
    tags.length > 0 ? tags : advertise_tags.length > 0 ? advertise_tags : ["tag:subnet-router"],
  );
  const networks = missing.filter((route) => !EXIT_ROUTES.includes(route));
  const routes = networks.length > 0 ? [`"routes": {${networks.map((route) => `"${route}": ${by}`).join(", ")}}`] : [];
  const exit = networks.length < missing.length ? [`"exitNode": ${by}`] : [];
  const now = approve === "set" ? "" : api === undefined ? "approve: set with `api`" : "approve: set";
  const once = now === "" ? "" : `; for this node now: ${now}, or tailscale_device with routes`;
  return `for good, in the policy (tailscale_acl): "autoApprovers": {${[...routes, ...exit].join(", ")}} — it counts for what is advertised after it${once}`;
}

/** After a change of routes the tailnet needs a moment; what it has not approved by then it does not. */
export function awaitApproval(given: Params, tags: readonly string[]): Step | null {
  const wanted = routesToApprove(given);
  if (wanted.length === 0 || given.approve === "set") return null;
  const holds = ({ stdout }: ExecAnswer): boolean => {
    const status = parseTailscaleStatus(stdout);
    if (status === null || status.state !== "Running") return false;
    return byNode(wanted, status).kind !== "missing";
  };
  return write.waitUntil(statusLook, holds, {
    why: `the tailnet to approve ${wanted.join(", ")} (${fix(given, tags, wanted)})`,
    forMs: 15_000,
  });
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}
