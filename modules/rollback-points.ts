import { z } from "zod";
import { guestSnapshots, guestVolumes, parseGuestConf } from "../engine/formats/guest-volumes.ts";
import { ASK_CLOCK, parseClock, printMoment } from "../engine/formats/rollback-point.ts";
import { datasetNameFault, zfsLooksAt } from "../engine/formats/zfs-names.ts";
import { guestOfDataset, parseSnapshots, SNAPSHOT_COLUMNS } from "../engine/formats/zfs-snapshots.ts";
import type { ReadOp, Value } from "../engine/module/index.ts";
import { defineReading, guestId, read, refuse } from "../engine/module/index.ts";

const params = z
  .strictObject({
    dataset: z
      .string()
      .superRefine((name, context) => {
        const fault = datasetNameFault(name);
        if (fault !== null) context.addIssue({ code: "custom", message: fault });
      })
      .optional()
      .describe("Only this dataset and those below it."),
    vmid: guestId("guest").optional().describe("Only this container or virtual machine."),
  })
  .refine(({ dataset, vmid }) => dataset === undefined || vmid === undefined, {
    error: "dataset and vmid: one of the two",
    path: ["vmid"],
  });

const LIMIT_MS = 120_000;
const FOLDERS = { lxc: "/etc/pve/lxc", qemu: "/etc/pve/qemu-server" } as const;

export const rollbackPoints = defineReading({
  name: "rollback_points",
  summary: "Tell which snapshots of datasets and guests there are to go back to.",
  description: `Registers \`points\`, the oldest first: \`kind\` (dataset or guest), \`of\` (the dataset, or the guest's id), \`snapshot\`, \`made\` (seconds since
1970), \`at\` (by the host's clock), \`age\` (seconds), \`used\` (bytes that it alone holds; null of guests), \`held\`, and \`by\`: \`zfs\` or \`proxmox\`. Snapshots of
replication are left out. \`zfs_rollback\` and \`guest_rollback\` go back to them.`,
  params,
  probes: ({ dataset, vmid }) => ({
    clock: read.exec([...ASK_CLOCK], { looksAt: [] }),
    list: read.exec(
      [
        ...["zfs", "list", "-Hp", "-t", "snapshot", "-s", "createtxg", "-o", SNAPSHOT_COLUMNS],
        ...(dataset === undefined ? [] : ["-r", dataset]),
      ],
      { looksAt: zfsLooksAt(dataset ?? ""), limitMs: LIMIT_MS },
    ),
    lxc: dataset === undefined && vmid === undefined ? read.list(FOLDERS.lxc) : undefined,
    qemu: dataset === undefined && vmid === undefined ? read.list(FOLDERS.qemu) : undefined,
    storages: dataset === undefined ? read.text("/etc/pve/storage.cfg") : undefined,
  }),
  probesAfter({ dataset, vmid }, { lxc, qemu }) {
    const files: Record<`/${string}`, ReadOp<string | null>> = {};
    const conf = (folder: (typeof FOLDERS)["lxc" | "qemu"], name: string) => {
      files[`${folder}/${name}`] = read.text(`${folder}/${name}`);
    };
    if (vmid !== undefined) for (const folder of Object.values(FOLDERS)) conf(folder, `${vmid}.conf`);
    else if (dataset === undefined)
      for (const [folder, names] of [
        [FOLDERS.lxc, lxc],
        [FOLDERS.qemu, qemu],
      ] as const)
        for (const name of names ?? []) if (/^\d+\.conf$/.test(name)) conf(folder, name);
    return files;
  },
  read({ dataset, vmid }, observed) {
    const seen: Readonly<Record<`/${string}`, string | null | undefined>> = observed;
    const { clock: said, list, storages } = observed;
    const clock = parseClock(said.stdout);
    if (clock === null) return refuse(`the host does not tell its time: ${said.stderr.trim()}`);
    if (list.code === 127 && dataset !== undefined)
      return refuse("there is no zfs command on the host", "install the package zfsutils-linux");
    if (list.code !== 0 && dataset !== undefined) return refuse(`there is no ${dataset}: ${list.stderr.trim()}`);
    const ofZfs = parseSnapshots(list.stdout).filter(({ name }) => !name.startsWith("__replicate_"));
    const point = (made: number, rest: Readonly<Record<string, Value>>) => ({
      ...rest,
      made,
      at: printMoment(made, clock),
      age: clock.now - made,
    });
    const points = ofZfs
      .filter((each) => dataset !== undefined || (vmid === undefined && guestOfDataset(each.dataset) === null))
      .map(({ dataset: of, name: snapshot, made, used, holds }) =>
        point(made, { kind: "dataset", of, snapshot, used, held: holds > 0, by: "zfs" }),
      );
    const confs = Object.entries(seen).filter(([path]) => path.startsWith("/"));
    for (const [path, text] of confs) {
      if (typeof text !== "string") continue;
      const id = Number(/(\d+)\.conf$/.exec(path)?.[1]);
      const conf = parseGuestConf(text);
      const own = guestSnapshots(conf);
      const { volumes } = guestVolumes(path.startsWith(FOLDERS.lxc) ? "lxc" : "qemu", conf, storages ?? "");
      const held = { kind: "guest", of: id, used: null, held: false };
      const datasets = volumes.map((each) => each.dataset);
      const whole = ofZfs.filter(
        ({ dataset: of, name }) =>
          of === datasets[0] &&
          !own.some((each) => each.name === name) &&
          datasets.every((each) => ofZfs.some((other) => other.dataset === each && other.name === name)),
      );
      points.push(
        ...own.map(({ name, made }) => point(made, { ...held, snapshot: name, by: "proxmox" })),
        ...whole.map(({ name, made }) => point(made, { ...held, snapshot: name, by: "zfs" })),
      );
    }
    if (vmid !== undefined && !confs.some(([, text]) => typeof text === "string"))
      return refuse(`there is no guest ${vmid} on this node`, "pct list and qm list show those that there are");
    return { kind: "value", value: { points: [...points].sort((a, b) => a.made - b.made) } };
  },
  examples: [
    "rollback_points: {}",
    "rollback_points: { dataset: Tank-Archive/Family_Archive }",
    "rollback_points: { vmid: 103 }",
  ],
});
