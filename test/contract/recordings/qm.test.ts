import { test } from "vitest";
import type { Host } from "../../../engine/sim/world.ts";
import type { RecordedGuest } from "../../support/recorded-node.ts";
import { addVm, recordedVms } from "../../support/recorded-vms.ts";
import { readPveRecording } from "../../support/recordings.ts";
import { type ReplayOptions, replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

const UUIDS = "smbios1: uuid=aead3166-0e7b-47a7-8b25-0d0049251ba7\nvmgenid: 224c0398-e3fc-466c-aad9-24c53dec42fe";
const others: Readonly<Record<string, RecordedGuest>> = {
  201: { conf: ["boot: order=scsi0", "memory: 1024", "name: vm-one", "scsi0: local:201/vm-201-disk-0.raw,size=1G"] },
  202: { conf: ["boot: ", "memory: 64"], running: true },
};

const TOOLS = [
  "qm",
  "pvesh get /nodes/pve1/qemu",
  ...[200, 201, 204].map((vmid) => `pvesh get /nodes/pve1/qemu/${vmid}/config`),
  "pvesh get /nodes/pve1/qemu/240/pending",
];

/** What was there when each transcript began. */
const VMS: Readonly<Record<string, Readonly<Record<string, RecordedGuest>>>> = {
  "04b-ha-manager-guests": { 250: { conf: ["boot: ", "name: v250"] } },
  "06-qm-config": {},
  "06b-qm-running": {
    ...others,
    240: {
      conf: [
        "agent: 1",
        "boot: order=scsi0",
        "cores: 1",
        "ide2: local:240/vm-240-cloudinit.qcow2,media=cdrom",
        "ipconfig0: ip=dhcp",
        "kvm: 0",
        "memory: 256",
        "meta: creation-qemu=7.2.22,ctime=1795293129",
        "name: run",
        "net0: virtio=BC:24:11:00:00:01,bridge=vmbr0",
        "scsi0: local:240/vm-240-disk-0.qcow2,size=104858K",
        "scsihw: virtio-scsi-single",
        UUIDS,
      ],
    },
  },
  "06c-qm-snapshots": {
    260: {
      conf: [
        "#top",
        "boot: order=scsi0;net0",
        "memory: 64",
        "meta: creation-qemu=7.2.22,ctime=1795293419",
        "name: s",
        "net0: virtio=BC:24:11:00:00:09,bridge=vmbr0",
        "scsi0: local:260/vm-260-disk-0.qcow2,size=104858K",
        UUIDS,
      ],
    },
  },
};

/** What the transcripts do not show: machines that went in between. */
const gone =
  (...vmids: readonly string[]) =>
  (host: Host) => {
    for (const vmid of vmids) delete host.files[`/etc/pve/nodes/pve1/qemu-server/${vmid}.conf`];
  };

const MORE: Readonly<Record<string, Partial<ReplayOptions>>> = {
  "06-qm-config": {
    also: ["pvesm list"],
    afterwards: { "pve/06-qm-config.md:4977": gone("204") },
  },
  "06b-qm-running": {
    // Another transcript was being made on the same node.
    afterwards: {
      "pve/06b-qm-running.md:2431": gone("241"),
      "pve/06b-qm-running.md:3002": (host) => addVm(host, "250", { conf: ["boot: ", "name: v250"] }),
    },
  },
  "06c-qm-snapshots": {
    edited: { "pve/06c-qm-snapshots.md:1214": null },
    afterwards: { "pve/06c-qm-snapshots.md:440": gone("261") },
  },
};

test("qm answers as recorded", () => {
  const replayed = Object.entries(VMS).map(([name, vms]) => {
    const place = `pve/${name}.md`;
    return [place, replay(readPveRecording(place), { host: recordedVms(vms), tools: TOOLS, ...MORE[name] })] as const;
  });
  expectFaithful(Object.fromEntries(replayed));
});
