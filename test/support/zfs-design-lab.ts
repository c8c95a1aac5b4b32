import { runSite, type SiteRun } from "./run-site.ts";
import { createWorld, type TestWorld } from "./world.ts";

/** A node of the embedded lab with the disks of the virtual machine that the design is also played on. */
export function zfsDesignLab(): TestWorld {
  const disks = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => ({
    name: `vd${"abcdefghi".charAt(number)}`,
    bytes: 1024 ** 3,
    id: `virtio-LABDISK${number}`,
  }));
  return createWorld({ h1: { kind: "proxmox", disks } });
}

/** Plays these tasks on `h1` of the lab. */
export function playOnLab(world: TestWorld, tasks: readonly object[], check = false): Promise<SiteRun> {
  const playbook = JSON.stringify([{ name: "ZFS", hosts: "h1", gather_facts: false, tasks }]);
  return runSite({ files: { "site.yml": playbook }, world, check });
}
