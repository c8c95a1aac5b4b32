import type { Diagnostic } from "../../errors/diagnostic.ts";
import type { Inventory, InventoryGroup, InventoryHost } from "../../inventory/inventory.ts";
import { findHost } from "../../inventory/load-inventory.ts";
import { selectHosts } from "../../inventory/select-hosts.ts";
import { evaluating } from "../../plan/bind-task.ts";
import { type ExplainRequest, explainVariables, hostValues, type Told } from "../../plan/explain-variables.ts";
import { targetOf } from "../../run/context/target-of.ts";
import { leftTable } from "../../text/left-table.ts";
import { nearest } from "../../text/nearest.ts";
import { plural } from "../../text/plural.ts";
import { shorten } from "../../text/shorten.ts";
import type { Scope } from "../../value/scope.ts";
import type { Value, ValueMap } from "../../value/value.ts";
import { createScope } from "../../vars/resolve-vars.ts";
import { connectionLines } from "../connection-lines.ts";
import { hostNamed, type InventoryCallOptions, withInventory } from "../load-inventory-call.ts";
import { paint, placeText, plainValue, shortValue, toldJson, type ValueLook, yamlOf } from "../show-value.ts";
import { wantsColourOn } from "../wants-colour-on.ts";

export interface ListOptions extends InventoryCallOptions {
  readonly json?: boolean;
  readonly yaml?: boolean;
}
export interface GraphOptions extends InventoryCallOptions {
  readonly vars?: boolean;
}
export interface HostOptions extends InventoryCallOptions {
  readonly json?: boolean;
}

/** `lab inventory list [PATTERN]` */
export function listInventory(pattern: string | undefined, options: ListOptions): Promise<number> {
  return withInventory(options, (seen) => {
    const selected = selectHosts(seen.inventory, options.limit ?? pattern ?? "all", undefined, (path) =>
      seen.files.read(path),
    );
    // An inventory without hosts is an answer to this question.
    if (!selected.ok && (pattern !== undefined || seen.inventory.hosts.size > 0)) return selected.diagnostics;
    const hosts = (selected.ok ? selected.value : []).flatMap((name) => findHost(seen.inventory, name) ?? []);
    if (options.json) return `${JSON.stringify(asJson(hosts, seen), null, 2)}\n`;
    if (options.yaml) return yamlOf(asYaml(hosts, seen));
    if (hosts.length === 0) return "The inventory has no hosts.\n";
    const width = Math.min(process.stdout.columns ?? 80, 120);
    const rows = hosts.map(({ name, groups }) => [name, groups.join(", ")]);
    return `${leftTable(rows)
      .map((line) => shorten(line, width))
      .join("\n")}\n`;
  });
}

/** The form that programs of an inventory print, so that others can read it; and lab itself. */
function asJson(hosts: readonly InventoryHost[], seen: ExplainRequest): Value {
  const wanted = new Set(hosts.map(({ name }) => name));
  const hostvars = hosts.map((host): [string, Value] => [host.name, valuesOf(host, seen)]);
  const groups = [...seen.inventory.groups.values()].map(({ name, children }): [string, Value] => {
    const own = directHosts(name, seen.inventory).filter((host) => wanted.has(host));
    return [name, { ...(children.length > 0 && { children: [...children] }), ...(own.length > 0 && { hosts: own }) }];
  });
  return { _meta: { hostvars: Object.fromEntries(hostvars) }, ...Object.fromEntries(groups) };
}

/** An inventory file that names the same hosts, with all variables that each of them has. */
function asYaml(hosts: readonly InventoryHost[], seen: ExplainRequest): Value {
  const wanted = new Set(hosts.map(({ name }) => name));
  const groupOf = (name: string, path: readonly string[]): ValueMap => {
    const group = seen.inventory.groups.get(name);
    const own = directHosts(name, seen.inventory).filter((host) => wanted.has(host));
    const below = (group?.children ?? []).filter((child) => !path.includes(child));
    return {
      ...(own.length > 0 && { hosts: Object.fromEntries(own.map((host) => [host, name === "all" ? null : {}])) }),
      ...(below.length > 0 && {
        children: Object.fromEntries(below.map((child) => [child, groupOf(child, [...path, name])])),
      }),
    };
  };
  const all = groupOf("all", []);
  return {
    all: {
      hosts: Object.fromEntries(hosts.map((host) => [host.name, valuesOf(host, seen)])),
      ...(all.children !== undefined && { children: all.children }),
    },
  };
}

function valuesOf(host: InventoryHost, { extraVars }: ExplainRequest): ValueMap {
  const plain = (told: Told): Value => {
    if (told.kind === "value") return plainValue(told.value);
    const json = toldJson(told);
    return told.kind === "secret"
      ? "***"
      : `(${String(json.unknown ?? (told.kind === "wrong" ? told.diagnostic.message : ""))})`;
  };
  return Object.fromEntries(
    [...hostValues(host, [...host.layers, extraVars])].map(([name, told]) => [name, plain(told)]),
  );
}

/** Those that are in the group and in none of the groups below it. */
function directHosts(name: string, { groups }: Inventory): readonly string[] {
  const group = groups.get(name);
  const below = new Set((group?.children ?? []).flatMap((child) => groups.get(child)?.hosts ?? []));
  if (name === "all") for (const host of groups.get("ungrouped")?.hosts ?? []) below.add(host);
  return (group?.hosts ?? []).filter((host) => !below.has(host));
}

/** `lab inventory graph [GROUP]` */
export function graphInventory(group: string | undefined, options: GraphOptions): Promise<number> {
  return withInventory(options, (seen) => {
    const { groups } = seen.inventory;
    const root = groups.get(group ?? "all");
    if (root === undefined) {
      const near = nearest(group ?? "", groups.keys());
      const hint = near === undefined ? `there are ${[...groups.keys()].join(", ")}` : `did you mean ${near}?`;
      return [{ code: "unknown-group", message: `there is no group ${group}`, hint }];
    }
    const look = { colour: wantsColourOn(process.stdout), width: Math.min(process.stdout.columns ?? 80, 120) };
    return `${[paint("bold", root.name, look), ...branches(root, "", [], seen, options, look)].join("\n")}\n`;
  });
}

interface Branch {
  readonly title: string;
  readonly below: (indent: string) => readonly string[];
}

function branches(
  group: InventoryGroup,
  indent: string,
  path: readonly string[],
  seen: ExplainRequest,
  options: GraphOptions,
  look: ValueLook,
): readonly string[] {
  const { groups } = seen.inventory;
  const children = [...group.children];
  if (group.name === "all" && groups.has("ungrouped") && !children.includes("ungrouped")) children.unshift("ungrouped");
  const own: readonly Branch[] = [
    ...directHosts(group.name, seen.inventory).map((name): Branch => {
      const host = findHost(seen.inventory, name);
      const values = options.vars && host ? [...hostValues(host, [...host.layers, seen.extraVars])] : [];
      return {
        title: name,
        below: (deeper) =>
          values.map(
            ([key, told]) =>
              `${deeper}${paint("dim", `${key}: ${shortValue(told, look.width - deeper.length - key.length - 2)}`, look)}`,
          ),
      };
    }),
    ...children.flatMap((name): readonly Branch[] => {
      const child = groups.get(name);
      // A group may hang below several; in a circle, which is an error, it ends.
      if (child === undefined || path.includes(name)) return [];
      return [
        {
          title: paint("bold", `${name}${child.hosts.length === 0 ? " (no hosts)" : ""}`, look),
          below: (deeper) => branches(child, deeper, [...path, group.name], seen, options, look),
        },
      ];
    }),
  ];
  return own.flatMap(({ title, below }, index) => {
    const last = index === own.length - 1;
    return [`${indent}${last ? "└── " : "├── "}${title}`, ...below(`${indent}${last ? "    " : "│   "}`)];
  });
}

/** `lab inventory host HOST` */
export function showHost(name: string, options: HostOptions): Promise<number> {
  return withInventory(options, (seen) => {
    const host = hostNamed(name, seen);
    if ("code" in host) return [host];
    const scopeOfOther = (other: string): Scope | null => {
      const found = findHost(seen.inventory, other);
      return found === undefined ? null : scopeOf(found, seen);
    };
    const connection = evaluating(() => targetOf(name, scopeOf(host, seen), {}, scopeOfOther));
    const scopes = explainVariables({ ...seen, plays: [] }, host);
    const variables = scopes.flatMap((scope) => scope.variables);
    const problem: Diagnostic | undefined = connection.kind === "invalid" ? connection.diagnostics[0] : undefined;
    const target = connection.kind === "value" ? connectionLines(connection.value) : [];
    const why = problem?.message ?? (connection.kind === "unknown" ? connection.why : "");
    if (options.json) {
      const told = variables.map(({ name: variable, winner: { value, place, origin } }) => [
        variable,
        { ...toldJson(value), origin, place: { file: place.file, line: place.line, column: place.column } },
      ]);
      const json = {
        host: name,
        groups: host.groups,
        connection: why === "" ? Object.fromEntries(target) : { error: why },
        variables: Object.fromEntries(told),
      };
      return `${JSON.stringify(json, null, 2)}\n`;
    }
    const look = { colour: wantsColourOn(process.stdout), width: Math.min(process.stdout.columns ?? 80, 120) };
    const lines = [
      `${paint("bold", name, look)} (${placeText({ place: host.place })})`,
      `groups: ${host.groups.length === 0 ? "none" : host.groups.join(", ")}`,
      "connection:",
      ...(why === "" ? leftTable(target.map(([key, value]) => [`  ${key}`, value])) : [`  cannot be told: ${why}`]),
      `${plural(variables.length, "variable")}${variables.length === 0 ? "" : ":"}`,
      ...variables.flatMap(({ name: variable, winner }) => [
        `  ${paint("bold", variable, look)}: ${shortValue(winner.value, look.width - variable.length - 4)}`,
        `      ${placeText(winner)}, ${winner.origin}`,
      ]),
    ];
    return `${lines.join("\n")}\n`;
  });
}

function scopeOf(host: InventoryHost, { extraVars }: ExplainRequest): Scope {
  const magic = new Map<string, Value>([
    ["inventory_hostname", host.name],
    ["group_names", [...host.groups]],
  ]);
  return createScope([...host.layers, extraVars], magic);
}
