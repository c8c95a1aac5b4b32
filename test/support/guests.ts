import type { Host } from "../../engine/sim/world.ts";
import type { TestWorld } from "./world.ts";

export const debianTemplate = "/var/lib/vz/template/cache/debian-12-standard_12.7-1_amd64.tar.zst";
export const alpineTemplate = "/var/lib/vz/template/cache/alpine-3.20-default_20240908_amd64.tar.xz";

/** A world with a Proxmox VE node `pve1` that has both templates and no container yet. */
export function putTemplates(world: TestWorld, node = "pve1"): TestWorld {
  for (const path of [debianTemplate, alpineTemplate]) {
    world.host(node).files[path] = { type: "file", mode: "0644", uid: 0, gid: 0, mtime: 1, content: "template" };
  }
  return world;
}

/** A node, and its containers by their names in the inventory. */
export function guestInventory(
  guests: Readonly<Record<string, number>>,
  options: { readonly more?: string; readonly connection?: string } = {},
): string {
  const { more = "", connection = "pct" } = options;
  const lines = Object.entries(guests).map(
    ([name, vmid]) =>
      `        ${name}: { lab_connection: ${connection}, lab_node: pve1, lab_vmid: ${vmid}${more === "" ? "" : `, ${more}`} }`,
  );
  return `all:
  hosts:
    pve1: { lab_connection: lab }
  children:
    guests:
      hosts:
${lines.join("\n")}
`;
}

/** The inside of a container; throws if there is none. */
export function insideOf(world: TestWorld, vmid: number, node = "pve1"): Host {
  const inside = world.host(node).pve?.containers[String(vmid)]?.inside;
  if (!inside) throw new Error(`${node} has no container ${vmid}`);
  return inside;
}
