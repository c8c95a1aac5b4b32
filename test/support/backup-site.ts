import { roleFiles } from "./role-site.ts";
import { runSite, type SiteRun } from "./run-site.ts";
import { createWorld, type Hosts, type TestWorld } from "./world.ts";

// A backup server and a node that saves to it, with what the roles of backups are tested on.

const tank = (target: string, source: string) => ({ source, target, fstype: "zfs", options: "rw,xattr,posixacl" });
export const SERVER = "192.0.2.30";
export const DESCRIBED: Hosts = {
  vault1: { addresses: [`${SERVER}/24`] },
  node1: {
    kind: "proxmox",
    addresses: ["192.0.2.10/24"],
    mounts: [
      tank("/tank/family", "tank/family"),
      tank("/tank/personal", "tank/personal"),
      tank("/tank/personal/anna", "tank/personal/anna"),
      tank("/tank/personal/per", "tank/personal/per"),
    ],
  },
};
const inventory = "all:\n  vars: { lab_connection: lab }\n  hosts:\n    vault1:\n    node1:\n";
const files = { ...roleFiles("pbs_server", "pbs_client", "backup_jobs"), "inventory/hosts.yml": inventory };

export const CLIENT = {
  server: SERVER,
  server_host: "vault1",
  escrow: "/root/lab-keys",
  folders: [
    { name: "family", path: "/tank/family" },
    { name: "personal", path: "/tank/personal" },
  ],
};
export const ESCROWED = "/root/lab-keys/node1-Backup-Vault.enc";
export const JOBS = { jobs: [{ id: "lab-nightly", schedule: "02:30", all: true }], escrow: "/root/lab-keys" };

export function backupWorld(): TestWorld {
  return createWorld(DESCRIBED);
}

type Vars = Readonly<Record<string, unknown>>;
/** One list of tasks of a role on the host that it is for. */
export function playRole(
  world: TestWorld,
  role: "backup_jobs" | "pbs_client" | "pbs_server",
  vars: Vars,
  tasksFrom?: string,
  more: Partial<Parameters<typeof runSite>[0]> = {},
): Promise<SiteRun> {
  const include = { name: role, ...(tasksFrom !== undefined && { tasks_from: tasksFrom }) };
  const hosts = role === "pbs_server" ? "vault1" : "node1";
  return playAll(world, [{ name: role, hosts, tasks: [{ name: role, include_role: include, vars }] }], more);
}
export function playTasks(world: TestWorld, host: string, tasks: readonly Vars[]): Promise<SiteRun> {
  return playAll(world, [{ name: "tasks", hosts: host, tasks }]);
}
function playAll(
  world: TestWorld,
  plays: readonly Vars[],
  more: Partial<Parameters<typeof runSite>[0]> = {},
): Promise<SiteRun> {
  return runSite({ ...more, files: { ...files, "site.yml": JSON.stringify(plays) }, world });
}

/** A world where server, client and jobs are there, with two containers. */
export async function savedLab(): Promise<TestWorld> {
  const world = backupWorld();
  const made = [
    await playRole(world, "pbs_server", {}),
    await playRole(world, "pbs_client", CLIENT),
    await playTasks(
      world,
      "node1",
      [101, 102].map((vmid) => ({
        name: `guest ${vmid}`,
        pct: { vmid, template: "debian-12", hostname: `guest${vmid}` },
      })),
    ),
    await playRole(world, "backup_jobs", JOBS),
  ];
  const failed = made.find(({ exitCode }) => exitCode !== 0);
  if (failed !== undefined) throw new Error(said(failed));
  return world;
}

export function changed({ results }: SiteRun): readonly string[] {
  return results.filter((result) => result.changed && result.kind !== "item").map(({ name }) => name);
}
export function said({ results, diagnostics }: SiteRun): string {
  return [...results.map(({ reason }) => reason ?? ""), ...diagnostics.map(({ message }) => message)]
    .filter((text) => text !== "")
    .join("\n");
}
/** What failed, task and reason. */
export function failures({ results }: SiteRun): string {
  return results
    .filter(({ status }) => status === "failed")
    .map(({ name, reason }) => `${name}: ${reason}`)
    .join("\n");
}
export function textAt(world: TestWorld, host: string, path: string): string | undefined {
  const node = world.host(host).files[path];
  return node?.type === "file" ? node.content : undefined;
}
/** What the backup server of the lab keeps. */
export function storedAt(world: TestWorld) {
  return world.internet.backupServers?.[SERVER]?.stores["Backup-Vault"] ?? [];
}

/** What the timer would do: the program's own work, for the embedded lab runs no shell text. */
export function saveFolders(world: TestWorld, ...archives: readonly string[]): Promise<SiteRun> {
  const cfg = textAt(world, "node1", "/etc/pve/storage.cfg") ?? "";
  const environment = {
    PBS_REPOSITORY: `pve@pbs!lab@${SERVER}:8007:Backup-Vault`,
    PBS_PASSWORD_FILE: "/etc/pve/priv/storage/Backup-Vault.pw",
    PBS_FINGERPRINT: /fingerprint (\S+)/.exec(cfg)?.[1] ?? "",
  };
  const words = [...archives, "--backup-id", "node1", "--keyfile", "/etc/pve/priv/storage/Backup-Vault.enc"];
  return playTasks(world, "node1", [
    { name: "save", command: { argv: ["proxmox-backup-client", "backup", ...words] }, environment },
  ]);
}
export function dump(world: TestWorld, ...vmids: readonly number[]): Promise<SiteRun> {
  return playTasks(
    world,
    "node1",
    vmids.map((vmid) => ({
      name: `dump ${vmid}`,
      command: { argv: ["vzdump", String(vmid), "--storage", "Backup-Vault"] },
    })),
  );
}
