import type { Place } from "../../errors/diagnostic.ts";
import { type Growth, growInventory, growthProblems } from "../../inventory/grow-inventory.ts";
import type { Inventory } from "../../inventory/inventory.ts";
import { findHost } from "../../inventory/load-inventory.ts";
import type { Variable } from "../../vars/layer.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import { firstMessage, hintOf } from "../outcome/judge-outcome.ts";
import type { Outcome } from "../outcome/outcome.ts";

/** `add_host`, `group_by`: the inventory of the run grows. What cannot be is the task's failure. */
export function grow(context: RunContext, host: HostRun, outcome: Outcome, place: Place): Outcome {
  const growth = growthOf(context.inventory, host, outcome, place);
  if (growth === null) return outcome;
  const problems = growthProblems(growth, context.inventory);
  const wrong = problems.filter(({ severity }) => severity !== "warning");
  if (wrong.length > 0) {
    // The place is the task's own, which is told with its result.
    const messages = wrong.map(({ place: _place, ...diagnostic }) => diagnostic);
    return { ...outcome, status: "failed", reason: firstMessage(messages), ...hintOf(messages) };
  }
  const isNew = !context.inventory.hosts.has(growth.host);
  context.additions.push(growth);
  replaceInventory(context, host.shared.hosts, growInventory(context.inventory, growth));
  if (isNew) context.emit({ type: "host", name: growth.host, event: "added" });
  return outcome;
}

/** The hosts of the run see their variables in the new inventory from now on. */
export function replaceInventory(context: RunContext, hosts: ReadonlyMap<string, HostRun>, inventory: Inventory): void {
  context.inventory = inventory;
  // A host that the inventory has no more goes on with what is known of it, to the end of the play.
  for (const host of hosts.values()) host.inventory = findHost(inventory, host.name) ?? host.inventory;
}

function growthOf(inventory: Inventory, host: HostRun, outcome: Outcome, place: Place): Growth | null {
  const { addHost, joinGroup } = outcome;
  if (addHost) {
    const variables = Object.entries(addHost.vars).map(([name, value]): [string, Variable] => [
      name,
      // As a literal of the site, so that it is judged like one; it is never rendered.
      { place, content: { kind: "source", source: { kind: "literal", value, place } } },
    ]);
    return { host: addHost.name, place, groups: addHost.groups, parents: [], variables: new Map(variables) };
  }
  if (!joinGroup) return null;
  const { name, parents } = joinGroup;
  // The implicit localhost is in no group, and one that joins a group is in the inventory from then on.
  const known = inventory.hosts.has(host.name) ? undefined : host.inventory.layers.filter(({ level }) => level === 3);
  const variables = new Map((known ?? []).flatMap((layer) => [...layer.variables]));
  return { host: host.name, place, groups: [name], parents, variables };
}
