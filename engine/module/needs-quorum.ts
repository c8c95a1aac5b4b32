import { parsePveMembers } from "../formats/pve-members.ts";
import { type Plan, refuse } from "./plan.ts";

/** Who is in the cluster, and whether they are enough: what `needsQuorum` is asked with. */
export const MEMBERS = "/etc/pve/.members";

/** A plan that would write below /etc/pve: without a majority of the nodes no command is sent, for none could do anything. */
export function needsQuorum(plan: Plan, members: string | null): Plan {
  if (plan.kind !== "change" || plan.steps.length === 0) return plan;
  const seen = parsePveMembers(members ?? "");
  if (seen === null || seen.cluster === null || seen.quorate) return plan;
  const off = [...seen.online].filter(([, online]) => !online).map(([node]) => node);
  return refuse(
    `the cluster ${seen.cluster} has no quorum, so nothing below /etc/pve can be changed${off.length > 0 ? `; off: ${off.join(", ")}` : ""}`,
    "switch the other nodes on, or mend what is between them; do not lower the expected votes",
  );
}
