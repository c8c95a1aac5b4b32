import { describe, type Report, wrongType } from "../site/expect.ts";
import { readVars } from "../site/read-vars.ts";
import { nearest } from "../text/nearest.ts";
import type { MapEntry, MapNode, Node } from "../value/node.ts";
import type { Variable } from "../vars/layer.ts";
import { checkConnectionVars } from "./connection-vars.ts";
import { checkGroupName, type RawGroup, type RawInventory, rawGroup, rawHosts } from "./raw-inventory.ts";

/** Adds a file's groups and hosts. What an earlier file said stays; of a variable the later value wins. */
export function readInventoryFile(node: Node, raw: RawInventory, report: Report): void {
  if (node.kind !== "map") {
    const hint =
      node.kind === "list"
        ? "is this a playbook? An inventory begins with `all:` or the name of a group"
        : "begin with `all:`";
    report({
      code: "wrong-type",
      message: `an inventory must be a map of groups, not ${describe(node)}`,
      place: node.place,
      hint,
    });
    return;
  }
  for (const entry of node.entries) readGroup(entry, raw, report);
}

function readGroup({ key, keyPlace, value }: MapEntry, raw: RawInventory, report: Report): void {
  if (!checkGroupName(key, keyPlace, report)) return;
  const group = rawGroup(key, keyPlace, raw);
  if (isNothing(value)) return;
  if (value.kind !== "map") {
    wrongType(value, key, "a map with `hosts`, `children` and `vars`", report);
    return;
  }
  for (const entry of value.entries) {
    if (entry.key === "hosts") readHosts(entry.value, group, raw, report);
    else if (entry.key === "children") readChildren(entry.value, group, raw, report);
    else if (entry.key === "vars") addVars(entry.value, `vars of group ${key}`, 2, group.vars, report);
    else {
      const guess = nearest(entry.key, ["hosts", "children", "vars"]);
      const hint =
        guess === undefined
          ? `a host belongs below \`hosts\`, a group below \`children\``
          : `did you mean \`${guess}\`?`;
      report({
        code: "unknown-keyword",
        message: `a group has no keyword \`${entry.key}\``,
        place: entry.keyPlace,
        hint,
      });
    }
  }
}

function readHosts(node: Node, group: RawGroup, raw: RawInventory, report: Report): void {
  const map = namesMap(node, "hosts", report);
  for (const { key, keyPlace, value } of map?.entries ?? []) {
    for (const host of rawHosts(key, keyPlace, raw, report)) {
      group.hosts.add(host.name);
      if (!isNothing(value)) addVars(value, `vars of host ${host.name}`, 3, host.vars, report);
    }
  }
}

function readChildren(node: Node, group: RawGroup, raw: RawInventory, report: Report): void {
  const map = namesMap(node, "children", report);
  for (const entry of map?.entries ?? []) {
    if (entry.key === "all") {
      report({ code: "group-cycle", message: "`all` holds every group and can be in none", place: entry.keyPlace });
      continue;
    }
    // A child may be defined in its place or elsewhere: both are the same group.
    group.children.set(entry.key, entry.keyPlace);
    readGroup(entry, raw, report);
  }
}

/** A map whose keys are names. Ansible's YAML inventories have no lists either, but everybody tries one. */
function namesMap(node: Node, what: string, report: Report): MapNode | undefined {
  if (isNothing(node)) return undefined;
  if (node.kind === "map") return node;
  return wrongType(node, what, "a map", report, "write `NAME:`, one a line, with a colon and no dash");
}

/** Files are merged variable by variable, so that a later file can add to a host of an earlier one. */
export function addVars(node: Node, origin: string, level: 2 | 3, vars: Map<string, Variable>, report: Report): void {
  const layer = readVars(node, { level, origin }, report);
  checkConnectionVars(layer.variables, report);
  for (const [name, variable] of layer.variables) vars.set(name, variable);
}

function isNothing(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}
