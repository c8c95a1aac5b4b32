import { roleFiles } from "./role-site.ts";
import { dedent, runSite, type SiteRun } from "./run-site.ts";
import { createWorld, type TestWorld } from "./world.ts";

/** Plays on one node, `pve`, with roles of the library; `guests` are containers of it, by their names. */
export function roleLab(roles: readonly string[], guests: Readonly<Record<string, number>> = {}) {
  const files = roleFiles(...roles);
  const rows = Object.entries(guests).map(([name, vmid]) => `    ${name}: { lab_node: pve, lab_vmid: ${vmid} }\n`);
  const inventory = `all:\n  vars: { lab_connection: lab }\n  hosts:\n    pve:\n${rows.join("")}`;
  const play = (world: TestWorld, plays: string, check = false): Promise<SiteRun> =>
    runSite({ files: { ...files, "inventory/hosts.yml": inventory, "site.yml": dedent(plays) }, world, check });
  return {
    play,
    /** `disks`: names of blank ones. */
    world: (disks: readonly string[] = []): TestWorld =>
      createWorld({ pve: { kind: "proxmox", disks: disks.map((name) => ({ name, bytes: 1024 ** 4 })) } }),
    /** Plays it, and once more; fails where something fails, or the second run changes something. */
    async converges(world: TestWorld, plays: string): Promise<SiteRun> {
      const made = await play(world, plays);
      assertFine(made);
      const again = await play(world, plays);
      assertFine(again);
      const changed = again.results.filter(({ status }) => status === "changed").map(({ name }) => name);
      if (changed.length > 0) throw new Error(`changed once more: ${changed.join(", ")}`);
      return made;
    },
  };
}

export function assertFine(run: SiteRun): void {
  const wrong = [
    ...run.diagnostics.filter(({ severity }) => severity !== "warning").map(({ message }) => message),
    ...run.results.filter(({ status }) => status === "failed").map(({ name, reason }) => `${name}: ${reason}`),
  ];
  if (wrong.length > 0 || run.exitCode !== 0) throw new Error(`exit code ${run.exitCode}: ${wrong.join("\n")}`);
}

/** The configuration of a container as its file has it. */
export function confOf(world: TestWorld, vmid: number): string {
  const node = world.host("pve").files[`/etc/pve/nodes/pve/lxc/${vmid}.conf`];
  if (node?.type !== "file") throw new Error(`there is no container ${vmid}`);
  return node.content;
}

/** The raw lines of a configuration, above its first section. */
export function rawLines(conf: string): readonly string[] {
  const [head = ""] = conf.split(/^\[/m);
  return head.split("\n").filter((line) => line.startsWith("lxc."));
}
