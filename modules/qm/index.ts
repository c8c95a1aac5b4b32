import { confView, isOn, slotsOf } from "../../engine/formats/guest-view.ts";
import { printPveSize } from "../../engine/formats/pve-size.ts";
import { defineModule, type Plan, type ValueMap } from "../../engine/module/index.ts";
import { absentPlan } from "./absent-plan.ts";
import { changePlan } from "./change-plan.ts";
import { createPlan } from "./create-plan.ts";
import { netEntry } from "./desired-nets.ts";
import { drivesOf } from "./disk-entry.ts";
import { firstLook, secondLook } from "./look.ts";
import { type Params, params, stateOf } from "./params.ts";
import { pendingKeys } from "./pending.ts";
import { guestsOf, isRunning, type Seen } from "./seen.ts";
import { restartSteps } from "./steps.ts";
import { identityTrouble } from "./trouble.ts";

export const qm = defineModule({
  name: "qm",
  summary: "Make, configure, start, stop or destroy a virtual machine of a Proxmox VE node.",
  description: `Runs on the node. Only what the task names is compared and changed, in one \`qm set\` where one will do; the rest of
the configuration stays. A list that is named (\`disks\`, \`nets\`, \`hostpci\`, \`usb\`, \`tags\`) is exact; its entries are found again by
their slot. The hardware address of a network, and a disk that is there, stay.

\`import_from\` copies an image to a disk when the disk is made, and never again. A disk grows, and never shrinks or moves. Of what
cloud-init tells the guest a change makes the image anew; a password is set where none is set, and keys are compared as they are meant.

A running machine is not stopped to be reconfigured. What it takes over at its next start only is written all the same, and listed in
\`restart_required\` of the result at every run until then. A restart from inside does not bring it about: QEMU itself must end.`,
  params,
  probes: firstLook,
  probesAfter: (given, seen) => secondLook(given, seen as Seen),
  plan: (given, seen) => planFor(given, seen as Seen),
  settle: (given) => ({
    forMs: given.timeout * 1000,
    // A machine whose process dies at once has not started.
    holdMs: ["started", "restarted"].includes(stateOf(given)) ? 2000 : 0,
  }),
  result: (given, seen) => resultFor(given, seen as Seen),
  verb: (given) =>
    stateOf(given) === "restarted"
      ? { name: "restarted", steps: restartSteps(given.vmid, given.timeout, given.force) }
      : null,
  examples: [
    `qm:
  vmid: 9000
  name: debian-12
  template: true
  memory: 2048
  cores: 2
  cpu: x86-64-v2-AES
  ostype: l26
  scsihw: virtio-scsi-single
  agent: true
  disks:
    - { slot: scsi0, storage: local-zfs, import_from: /var/lib/vz/import/debian-12-genericcloud-amd64.qcow2, discard: true, ssd: true, iothread: true }
  nets:
    - { slot: net0, bridge: vmbr0 }
  boot: [scsi0]
  serial: socket
  vga: serial0
  cloudinit: { storage: local-zfs, user: admin, ipconfig: [{ net: net0, ip: dhcp }] }`,
    `qm:
  vmid: 123
  clone: { from: 9000, full: true }
  name: app
  disks:
    - { slot: scsi0, size: 32G, discard: true, ssd: true, iothread: true }
  cloudinit:
    ipconfig:
      - { net: net0, ip: 192.0.2.23/24, gw: 192.0.2.1 }
  onboot: true
  restart: if_needed`,
    "qm: { vmid: 123, state: absent }",
  ],
});

function planFor(given: Params, seen: Seen): Plan {
  const trouble = identityTrouble(given, seen);
  if (trouble) return trouble;
  const view = confView(seen.conf);
  const running = view.exists && isRunning(given.vmid, seen);
  if (given.state === "absent") return absentPlan(given, view, running, seen);
  return view.exists ? changePlan(given, view, running, seen) : createPlan(given, seen);
}

function resultFor({ vmid }: Params, seen: Seen): ValueMap {
  const view = confView(seen.conf);
  const running = view.exists && isRunning(vmid, seen);
  return {
    vmid,
    status: !view.exists ? "absent" : running ? "running" : "stopped",
    node: guestsOf(seen)?.get(String(vmid))?.node ?? null,
    name: view.merged.get("name") ?? null,
    template: isOn(view.current.get("template")),
    lock: view.current.get("lock") ?? null,
    restart_required: running ? [...pendingKeys(view)] : [],
    nets: slotsOf(view.merged, "net").map(([slot, value]) => {
      const { model, hwaddr, options } = netEntry(value);
      return { slot, model, hwaddr: hwaddr ?? null, bridge: options.get("bridge") ?? null };
    }),
    disks: drivesOf(view.merged)
      .filter(({ kind }) => kind === "disk")
      .map(({ key, file, size }) => ({ slot: key, volume: file, size: size === null ? null : printPveSize(size) })),
  };
}
