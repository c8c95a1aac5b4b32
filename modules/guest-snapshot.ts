import { z } from "zod";
import { guestSnapshots, guestVolumes, parseGuestConf } from "../engine/formats/guest-volumes.ts";
import { confValue } from "../engine/formats/pve-conf.ts";
import { GUEST_LIST, parseGuestList } from "../engine/formats/pve-guests.ts";
import { parseSnapshots, SNAPSHOT_COLUMNS } from "../engine/formats/zfs-snapshots.ts";
import type { ExecAnswer, Plan, ReadOp } from "../engine/module/index.ts";
import { change, defineModule, guestId, presence, read, refuse, utf8Locale, write } from "../engine/module/index.ts";

const params = z
  .strictObject({
    vmid: guestId("guest").describe("Id of the container or virtual machine."),
    name: z
      .string()
      .max(40)
      .regex(/^[A-Za-z][A-Za-z0-9_-]+$/, {
        error: "expected a name of letters, digits, - and _, beginning with a letter, two or more of them",
      })
      .refine((name) => !["current", "pending", "vzdump"].includes(name), {
        error: "Proxmox VE keeps this name for itself",
      })
      .describe("Name of the snapshot."),
    state: presence.describe("`absent` removes it; what the guest is now stays."),
    description: z
      .string()
      .max(8192)
      .optional()
      .describe("What it is for. Of a new snapshot; one that is there keeps its own."),
  })
  .superRefine(({ state, description }, context) => {
    if (state === "absent" && description !== undefined)
      context.addIssue({
        code: "custom",
        path: ["description"],
        message: "state: absent leaves nothing that could have one",
      });
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly guests: string | null;
  readonly container: string | null;
  readonly machine: string | null;
  readonly storages: string | null;
  readonly list?: ExecAnswer | undefined;
}

const LIMIT_MS = 60_000;
const CHANGE_LIMIT_MS = 3_600_000;
/** Where Proxmox VE can take a snapshot of a container; of a machine also in a qcow2. */
const CAPABLE = ["zfspool", "btrfs", "lvmthin", "rbd", "cephfs"];

export const guestSnapshot = defineModule({
  name: "guest_snapshot",
  summary: "Make or remove a snapshot of a container or virtual machine of Proxmox VE.",
  description: `By \`pct\` or \`qm\`, so that it shows in the web interface and holds the configuration, too. Of a container with folders or devices
of the node mounted into it Proxmox VE makes none: there the module takes one of its volumes on ZFS, all at the same moment, without the
configuration. What is mounted from the node is part of neither. A snapshot that is there is left as it is. \`guest_rollback\` goes back to either kind.`,
  params,
  probes: ({ vmid }) => ({
    guests: read.text(GUEST_LIST),
    container: read.text(`/etc/pve/lxc/${vmid}.conf`),
    machine: read.text(`/etc/pve/qemu-server/${vmid}.conf`),
    storages: read.text("/etc/pve/storage.cfg"),
  }),
  probesAfter(_given, seen) {
    const datasets = looked(seen)?.datasets ?? [];
    const list: ReadOp<ExecAnswer> | undefined =
      datasets.length === 0
        ? undefined
        : read.exec(["zfs", "list", "-Hp", "-d", "1", "-t", "snapshot", "-o", SNAPSHOT_COLUMNS, ...datasets], {
            looksAt: datasets.map((each) => `zfs:${each}`),
            limitMs: LIMIT_MS,
          });
    return { list };
  },
  plan: (given, seen) => planFor(given, seen),
  result({ vmid, name }, seen) {
    const by = kindOf(name, seen);
    return { vmid, name, exists: by !== null, by };
  },
  examples: [
    "guest_snapshot: { vmid: 103, name: before-upgrade, description: Before the new release }",
    "guest_snapshot: { vmid: 103, name: before-upgrade, state: absent }",
  ],
});

/** The guest that is there; null where there is none on this node. */
function looked({ container, machine, storages }: Pick<Seen, "container" | "machine" | "storages">) {
  const text = container ?? machine;
  if (text === null) return null;
  const type = container === null ? ("qemu" as const) : ("lxc" as const);
  const conf = parseGuestConf(text);
  const held = guestVolumes(type, conf, storages ?? "");
  return { type, conf, ...held, datasets: held.volumes.flatMap(({ dataset }) => dataset ?? []) };
}

/** Who has made the snapshot of this name: `proxmox` with the configuration, `zfs` of all volumes. */
function kindOf(name: string, seen: Seen): "proxmox" | "zfs" | null {
  const guest = looked(seen);
  if (guest === null) return null;
  if (guestSnapshots(guest.conf).some((each) => each.name === name)) return "proxmox";
  const of = parseSnapshots(seen.list?.stdout ?? "").filter((each) => each.name === name);
  const all = guest.datasets.length > 0 && guest.datasets.every((each) => of.some(({ dataset }) => dataset === each));
  return all ? "zfs" : null;
}

function planFor(given: Params, seen: Seen): Plan {
  const { vmid, name, state, description } = given;
  const guest = looked(seen);
  const gone = { state: "absent" };
  if (guest === null) {
    if (seen.guests === null)
      return refuse("this is no Proxmox VE node: there is no /etc/pve/.vmlist", "is pve-cluster running?");
    const node = parseGuestList(seen.guests)?.get(String(vmid))?.node;
    if (node !== undefined)
      return refuse(`guest ${vmid} is on node ${node}, not on this one`, `run the task on ${node}`);
    return state === "absent"
      ? change(gone, gone, [])
      : refuse(`there is no guest ${vmid}`, "pct list and qm list show those that there are", {
          otherwise: change(gone, { state: "present" }, [pve("pct", vmid, ["snapshot", name])]),
        });
  }
  const tool = guest.type === "lxc" ? "pct" : "qm";
  const kind = kindOf(name, seen);
  const lock = confValue(guest.conf.current, "lock");
  const locked = () =>
    refuse(
      `guest ${vmid} is locked (${lock})`,
      `wait until that is done; if nothing is at it any more: ${tool} unlock ${vmid}`,
    );
  const zfsStep = (argv: readonly string[]) =>
    write.exec(["zfs", ...argv], { touches: guest.datasets.map((each) => `zfs:${each}`), limitMs: CHANGE_LIMIT_MS });

  if (state === "absent") {
    const own = parseSnapshots(seen.list?.stdout ?? "").filter((each) => each.name === name);
    if (kind !== "proxmox" && own.length === 0) return change(gone, gone, []);
    if (lock !== undefined) return locked();
    const hung = own.find(({ clones, holds }) => clones.length + holds > 0);
    if (hung !== undefined)
      return refuse(
        `${hung.dataset}@${name} is held, or has clones (${hung.clones.join(", ") || "zfs holds shows who"})`,
        "let it go first",
      );
    return change({ state: "present" }, gone, [
      ...(kind === "proxmox"
        ? [pve(tool, vmid, ["delsnapshot", name], guest.datasets)]
        : own.map(({ dataset }) => zfsStep(["destroy", `${dataset}@${name}`]))),
    ]);
  }
  if (kind !== null) return change({ state: "present" }, { state: "present" }, []);
  if (lock !== undefined) return locked();
  if (confValue(guest.conf.current, "template") === "1")
    return refuse(`guest ${vmid} is a template, and has no snapshots`, "it does not change anyway");
  const unfit = guest.volumes.filter(
    ({ id, storageType }) => !CAPABLE.includes(storageType ?? "") && !(guest.type === "qemu" && id.endsWith(".qcow2")),
  );
  if (unfit.length > 0)
    return refuse(
      `no snapshot can be taken of ${unfit.map(({ id, storageType }) => `${id} (on ${storageType ?? "an unknown storage"})`).join(", ")}`,
      guest.type === "lxc"
        ? "move the volume to ZFS, LVM-thin or btrfs: pct move-volume"
        : "move the disk to ZFS or LVM-thin, or make it a qcow2: qm disk move",
    );
  if (guest.binds.length === 0 || guest.type === "qemu")
    return change(gone, { state: "present" }, [
      pve(
        tool,
        vmid,
        ["snapshot", name, ...(description === undefined ? [] : ["--description", description])],
        guest.datasets,
      ),
    ]);
  const elsewhere = guest.volumes.filter(({ dataset }) => dataset === null);
  if (elsewhere.length > 0)
    return refuse(
      `Proxmox VE takes no snapshot of a container with folders of the node in it (${guest.binds.join(", ")}), and ${elsewhere.map(({ id }) => id).join(", ")} is not on ZFS`,
      "move the volume to ZFS: pct move-volume",
    );
  // One call for each pool: the snapshots of a call are of one moment.
  const pools = [...new Set(guest.datasets.map((each) => each.split("/", 1)[0] ?? each))];
  return change(
    gone,
    { state: "present" },
    pools.map((pool) =>
      zfsStep([
        "snapshot",
        ...guest.datasets.filter((each) => each.startsWith(`${pool}/`)).map((each) => `${each}@${name}`),
      ]),
    ),
    {
      warnings: [
        `of container ${vmid} its volumes are taken hold of, without its configuration: folders of the node are mounted into it (${guest.binds.join(", ")})`,
      ],
    },
  );
}

function pve(
  tool: "pct" | "qm",
  vmid: number,
  [verb = "", ...rest]: readonly string[],
  datasets: readonly string[] = [],
) {
  const words = [tool, verb, String(vmid), ...rest];
  const folder = tool === "pct" ? "lxc" : "qemu-server";
  return write.exec(words, {
    touches: [`guest:${vmid}`, `/etc/pve/${folder}/${vmid}.conf`, ...datasets.map((each) => `zfs:${each}`)],
    limitMs: CHANGE_LIMIT_MS,
    ...utf8Locale(words, undefined),
  });
}
