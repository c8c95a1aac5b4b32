import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { openRig, type PlayRun, type Rig } from "./e2e-rig.ts";
import { DISKS, sshWords, type ZfsVm } from "./zfs-vm.ts";

/** A site, and as its host `box` the virtual machine with real OpenZFS. */
export interface ZfsRig {
  readonly lab: Rig;
  /** Runs a script as root in the guest, and gives what it prints. A failure is an error. */
  sh(script: string): string;
  /** No pools, and nothing on any of the disks. */
  blank(): void;
  /** Plays these tasks. */
  play(tasks: readonly object[], ...options: readonly string[]): Promise<PlayRun>;
  stop(): Promise<void>;
}

export const disk = (number: number): string => `/dev/disk/by-id/virtio-LABDISK${number}`;

export function zfsVm(): ZfsVm {
  return inject("zfsVm");
}

export async function openZfsRig(): Promise<ZfsRig> {
  const vm = zfsVm();
  if (vm.kind === "missing") throw new Error(vm.why);
  const lab = await openRig();
  appendFileSync(join(lab.home, ".ssh/known_hosts"), `[127.0.0.1]:${vm.port} ${vm.hostKey}\n`);
  lab.reachAs("root", { lab_port: vm.port, lab_private_key: vm.key });
  const sh = (script: string): string =>
    execFileSync("ssh", [...sshWords(vm), "bash -eo pipefail -s"], {
      input: script,
      encoding: "utf8",
      timeout: 300_000,
      stdio: ["pipe", "pipe", "pipe"],
    });
  return {
    lab,
    sh,
    blank: () => void sh(BLANK),
    play: (tasks, ...options) => {
      lab.write("zfs.yml", JSON.stringify([{ name: "ZFS", hosts: "all", gather_facts: false, tasks }]));
      return lab.play("zfs.yml", ...options);
    },
    stop: () => lab.stop(),
  };
}

const BLANK = `
for pool in $(zpool list -H -o name); do zpool destroy -f "$pool"; done
for number in $(seq 1 ${DISKS}); do
  disk=$(readlink -f /dev/disk/by-id/virtio-LABDISK$number)
  for part in "$disk"[0-9]*; do [ ! -e "$part" ] || wipefs -aq "$part"; done
  wipefs -aq "$disk"
  dd if=/dev/zero of="$disk" bs=1M count=4 conv=notrunc status=none
done
udevadm settle
rm -rf /Tank-Archive /VM-SSD /tank /srv/*
`;
