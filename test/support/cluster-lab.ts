import { nodeText } from "../../engine/sim/files/node.ts";
import { asVersion9 } from "./recorded-cluster.ts";
import { roleFiles } from "./role-site.ts";
import { runSite, type SiteRun } from "./run-site.ts";
import { createWorld, type TestWorld } from "./world.ts";

const ADDRESSES = { main: "192.0.2.10", mini1: "192.0.2.21", mini2: "192.0.2.22" } as const;
type NodeName = keyof typeof ADDRESSES;
export const NODES: readonly NodeName[] = ["main", "mini1", "mini2"];
const WITNESS = "192.0.2.30";

/** Three nodes that know nothing of each other, and a machine that is none. */
export function threeNodes(): TestWorld {
  const nodes = NODES.map((name) => [name, { kind: "proxmox", addresses: [`${ADDRESSES[name]}/24`] }] as const);
  return createWorld({ ...Object.fromEntries(nodes), witness: { addresses: [`${WITNESS}/24`] } });
}

export interface ClusterPlay {
  readonly vars?: object;
  readonly on?: readonly NodeName[];
  readonly from?: string;
  readonly check?: boolean;
}
const INVENTORY = `all:
  vars: { lab_connection: lab }
  hosts: { ${[...NODES, "witness"].map((name) => `${name}: `).join(", ")} }
`;
const files = { "inventory/hosts.yml": INVENTORY, ...roleFiles("pve_cluster", "replication", "ha") };

/** The arguments of `pve_cluster` for the first so many of the three nodes. */
export function clusterOf(count: number): object {
  const nodes = Object.fromEntries(NODES.slice(0, count).map((name) => [name, [ADDRESSES[name]]]));
  return { cluster: "homelab", first: "main", nodes };
}

export function playRole(
  world: TestWorld,
  role: string,
  { vars = {}, on = NODES, from, check = false }: ClusterPlay = {},
) {
  const include = { name: role, ...(from !== undefined && { tasks_from: from }) };
  const play = { name: role, hosts: on.join(","), tasks: [{ name: "it", include_role: include, vars }] };
  return runSite({ files: { ...files, "site.yml": JSON.stringify([play]) }, world, check });
}

export function playTasks(world: TestWorld, host: NodeName, tasks: readonly object[], check = false): Promise<SiteRun> {
  return runSite({
    files: { ...files, "site.yml": JSON.stringify([{ name: "tasks", hosts: host, tasks }]) },
    world,
    check,
  });
}

/** They are one cluster, and the first has a guest with a disk that every node could have. */
export async function clusterWithGuest(version: "8.4" | "9.0" = "8.4"): Promise<TestWorld> {
  const world = threeNodes();
  const made = await playRole(world, "pve_cluster", { vars: clusterOf(3) });
  if (made.exitCode !== 0) throw new Error(saidBy(made));
  guest(world, "103", "hostname: router\nrootfs: local-zfs:subvol-103-disk-0,size=4G\n");
  if (version === "9.0") for (const name of NODES) Object.assign(world.host(name), asVersion9(world.host(name)));
  return world;
}

/** Puts a container there, by its configuration alone. */
export function guest(world: TestWorld, vmid: string, conf: string, node: NodeName = "main"): void {
  onAll(world, `/etc/pve/nodes/${node}/lxc/${vmid}.conf`, conf);
}
/** A file of the cluster's, as every node has it. */
export function onAll(world: TestWorld, path: string, content: string | null): void {
  for (const name of NODES) {
    if (content === null) delete world.host(name).files[path];
    else world.host(name).files[path] = { type: "file", mode: "0640", uid: 0, gid: 33, mtime: 1, content };
  }
}

/** Others are switched off, as a node sees it. */
export function withoutOthers(world: TestWorld, node: NodeName, off: readonly NodeName[]): void {
  const { pve } = world.host(node);
  if (pve) pve.offlinePeers = [...off];
}

export function textOf(world: TestWorld, path: string, host: string = "main"): string {
  const node = world.host(host).files[path];
  return node?.type === "file" ? nodeText(node) : "";
}
export function changedIn({ results }: SiteRun): readonly string[] {
  return results.filter(({ changed, kind }) => changed && kind !== "item").map(({ name, host }) => `${host}: ${name}`);
}
/** All that a run says of what went wrong. */
export function saidBy({ results, diagnostics }: SiteRun): string {
  const wrong = results.filter(({ status }) => status === "failed" || status === "unreachable");
  return [...diagnostics.map(({ message }) => message), ...wrong.map(({ reason }) => reason ?? "")]
    .filter((line) => line !== "")
    .join("\n");
}

/** One play after the other, each of a role with its arguments on some hosts. */
export function playRoles(
  world: TestWorld,
  roles: readonly (readonly [role: string, vars: object, hosts: string])[],
  check = false,
): Promise<SiteRun> {
  const plays = roles.map(([name, vars, hosts]) => ({
    name,
    hosts,
    tasks: [{ name: "it", include_role: { name }, vars }],
  }));
  return runSite({ files: { ...files, "site.yml": JSON.stringify(plays) }, world, check });
}
