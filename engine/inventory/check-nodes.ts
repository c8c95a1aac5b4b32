import type { Place } from "../errors/diagnostic.ts";
import type { Report } from "../site/expect.ts";
import { nearest } from "../text/nearest.ts";
import type { Value } from "../value/value.ts";
import type { Variable } from "../vars/layer.ts";
import type { InventoryHost } from "./inventory.ts";
import type { ProxmoxSource } from "./proxmox-source.ts";

/**
 * What can be known of containers before connecting: each names a number and a node, the node is a host, and no chain of
 * nodes leads back to where it began. Only what is written out is judged; a template is when it is evaluated.
 */
export function checkNodes(hosts: ReadonlyMap<string, InventoryHost>, report: Report): void {
  for (const host of hosts.values()) {
    const connection = said(host, "lab_connection");
    const [node, vmid] = [said(host, "lab_node"), said(host, "lab_vmid")];
    if (connection?.value === "pct") {
      const missing = ["lab_vmid", "lab_node"].filter((name) => winner(host, name) === undefined);
      if (missing.length > 0) {
        report({
          code: "missing-connection-variable",
          message: `\`${host.name}\` is a container (\`lab_connection: pct\`), and has no \`${missing.join("` and no `")}\``,
          place: connection.place,
          hint: "`lab_node` is the host of the inventory on which it runs, `lab_vmid` its number there",
        });
      }
    }
    if (connection?.value === "docker") checkDocker(host, connection.place, report);
    if (typeof vmid?.value === "number" && (vmid.value < 100 || vmid.value > 999_999_999)) {
      report({
        code: "wrong-value",
        message: `\`lab_vmid\` must be a number from 100 to 999999999, not ${vmid.value}`,
        place: vmid.place,
        hint: "Proxmox VE gives no other numbers to containers",
      });
    }
    if (typeof node?.value !== "string") continue;
    if (!hosts.has(node.value) && node.value !== "localhost") {
      const guess = nearest(node.value, [...hosts.keys()]);
      report({
        code: "unknown-node",
        message: `\`lab_node\` of \`${host.name}\`: the inventory has no host \`${node.value}\``,
        place: node.place,
        hint:
          guess === undefined
            ? "the node is a host of its own, with lab_… variables that say how it is reached"
            : `did you mean \`${guess}\`?`,
      });
      continue;
    }
    const way = ringFrom(host, hosts);
    // Told once, at the host of the ring that comes first.
    if (way?.every((name) => name >= host.name)) {
      report({
        code: "connection-ring",
        message: `\`lab_node\`: ${[...way, host.name].join(" → ")} leads back to itself`,
        place: node.place,
        hint: "a node is the Proxmox VE host itself, which is reached by ssh",
      });
    }
  }
}

/** Which container it is: by its name, or by project and service, and not by both. */
function checkDocker(host: InventoryHost, place: Place, report: Report): void {
  const has = (name: string): boolean => winner(host, name) !== undefined;
  const called = has("lab_container");
  const ofProject = has("lab_project") || has("lab_service");
  const missing = [
    ...(has("lab_node") ? [] : ["lab_node"]),
    ...(called || ofProject ? [] : ["lab_container"]),
    ...(ofProject && !called ? ["lab_project", "lab_service"].filter((name) => !has(name)) : []),
  ];
  if (missing.length > 0) {
    report({
      code: "missing-connection-variable",
      message: `\`${host.name}\` is a Docker container (\`lab_connection: docker\`), and has no \`${missing.join("` and no `")}\``,
      place,
      hint: "`lab_node` is the host of the inventory on which it runs; which container it is say `lab_container`, or `lab_project` and `lab_service`",
    });
  }
  if (called && ofProject) {
    report({
      code: "wrong-value",
      message: `\`${host.name}\` says which container it is by \`lab_container\` and by \`lab_project\` and \`lab_service\``,
      place,
      hint: "leave one of them out",
    });
  }
}

/** Nodes that a source asks are hosts of the files: what is found through another source may not be there when it is asked. */
export function checkSourceNodes(
  sources: readonly ProxmoxSource[],
  hosts: ReadonlyMap<string, unknown>,
  report: Report,
): void {
  for (const { nodes } of sources) {
    for (const { name, place } of nodes) {
      if (hosts.has(name) || name === "localhost") continue;
      const guess = nearest(name, [...hosts.keys()]);
      report({
        code: "unknown-node",
        message: `the inventory has no host \`${name}\` to ask for its guests`,
        place,
        hint:
          guess === undefined
            ? "write it into a file of the inventory, with lab_… variables that say how it is reached"
            : `did you mean \`${guess}\`?`,
      });
    }
  }
}

/** The hosts from this one through their nodes back to it; null if the chain ends. */
function ringFrom(host: InventoryHost, hosts: ReadonlyMap<string, InventoryHost>): readonly string[] | null {
  const way: string[] = [];
  for (let at: InventoryHost | undefined = host; at && !way.includes(at.name); ) {
    way.push(at.name);
    const next: Value | undefined = said(at, "lab_node")?.value;
    if (next === host.name) return way;
    at = typeof next === "string" ? hosts.get(next) : undefined;
  }
  return null;
}

function winner(host: InventoryHost, name: string): Variable | undefined {
  return host.layers.findLast(({ variables }) => variables.has(name))?.variables.get(name);
}

/** The value that wins and where it stands, if it is written out. */
function said(host: InventoryHost, name: string): { readonly place: Place; readonly value: Value } | null {
  const variable = winner(host, name);
  if (variable === undefined) return null;
  const { content } = variable;
  if (content.kind === "data") return { place: variable.place, value: content.value };
  const { source } = content;
  return source.kind === "literal" ? { place: source.place, value: source.value } : null;
}
