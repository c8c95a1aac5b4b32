// Over 300 lines: two ways of going back, by Proxmox VE and by ZFS, share their looks and all that stands against either.
import { z } from "zod";
import { type GuestSnapshot, guestSnapshots, guestVolumes, parseGuestConf } from "../engine/formats/guest-volumes.ts";
import { isRunningState } from "../engine/formats/lxc-running.ts";
import { confValue } from "../engine/formats/pve-conf.ts";
import { GUEST_LIST, parseGuestList } from "../engine/formats/pve-guests.ts";
import {
  ASK_CLOCK,
  type HostClock,
  isMoment,
  parseClock,
  printMoment,
  type RollbackPoint,
  wantedPoint,
} from "../engine/formats/rollback-point.ts";
import { findSection, parseSectionConfig } from "../engine/formats/section-config.ts";
import { parseSnapshots, SNAPSHOT_COLUMNS, type ZfsSnapshot } from "../engine/formats/zfs-snapshots.ts";
import type { Act, ExecAnswer, Refusal, Step, WriteOp } from "../engine/module/index.ts";
import { defineAction, guestId, read, refuse, write } from "../engine/module/index.ts";

const params = z.strictObject({
  vmid: guestId("guest").describe("Id of the container or virtual machine."),
  to: z
    .string()
    .refine((to) => isMoment(to) || /^[A-Za-z][A-Za-z0-9_.:-]*$/.test(to), {
      error: "expected the name of a snapshot, latest, yesterday, a day (2026-11-20), a moment, or an age such as 2h",
    })
    .describe(
      "A snapshot by its name, `latest`, `yesterday`, a day (`2026-11-20`: the last one of it, or before), a moment (`2026-11-20 14:00`), or how old it is at least (`2h`, `3d`). Days are those of the host.",
    ),
  destroy_newer: z
    .boolean()
    .default(false)
    .describe("On ZFS later snapshots stand in the way of going back, and may go. They cannot be had back."),
  start: z.boolean().optional().describe("Start it afterwards. Unsaid: if it runs now, or is to start with the node."),
});
type Params = z.output<typeof params>;
interface Seen {
  readonly clock: ExecAnswer;
  readonly guests: string | null;
  readonly container: string | null;
  readonly machine: string | null;
  readonly state: ExecAnswer;
  readonly pid: string | null;
  readonly storages: string | null;
  readonly ha: string | null;
  readonly replication: string | null;
  readonly list?: ExecAnswer | undefined;
}

const LIMIT_MS = 60_000;
const CHANGE_LIMIT_MS = 3_600_000;
const STOP_S = 60;

export const guestRollback = defineAction({
  name: "guest_rollback",
  summary: "Take a container or virtual machine of Proxmox VE back to what it was at a snapshot.",
  description: `A guest that runs is stopped for it, and started again. What it has written since is lost, and told beforehand, by \`--check\` too. On
ZFS later snapshots stand in the way: the task is refused and names them, unless \`destroy_newer: true\`. On other storages they stay, and
the present state is kept as a snapshot \`lab-before-…\` first. Folders of the node that are mounted into a container are not part of it.
Refused where the guest is under high availability or replicated, locked, a template, or on another node; what to do is said.`,
  params,
  probes: ({ vmid }) => ({
    clock: read.exec([...ASK_CLOCK], { looksAt: [] }),
    guests: read.text(GUEST_LIST),
    container: read.text(`/etc/pve/lxc/${vmid}.conf`),
    machine: read.text(`/etc/pve/qemu-server/${vmid}.conf`),
    state: read.exec(["lxc-info", "-n", String(vmid), "-s"], { looksAt: [`guest:${vmid}`] }),
    pid: read.text(`/run/qemu-server/${vmid}.pid`),
    storages: read.text("/etc/pve/storage.cfg"),
    ha: read.text("/etc/pve/ha/resources.cfg"),
    replication: read.text("/etc/pve/replication.cfg"),
  }),
  probesAfter(_given, seen) {
    const datasets = guestOf(seen)?.datasets ?? [];
    return {
      list:
        datasets.length === 0
          ? undefined
          : read.exec(
              [
                "zfs",
                "list",
                "-Hp",
                "-d",
                "1",
                "-t",
                "snapshot",
                "-s",
                "createtxg",
                "-o",
                SNAPSHOT_COLUMNS,
                ...datasets,
              ],
              { looksAt: datasets.map((each) => `zfs:${each}`), limitMs: LIMIT_MS },
            ),
    };
  },
  act: (given, seen) => act(given, seen),
  result: ({ vmid, to }, replies) => ({ vmid, to, sent: replies !== null }),
  examples: [
    "guest_rollback: { vmid: 103, to: before-upgrade }",
    "guest_rollback: { vmid: 103, to: yesterday, destroy_newer: true }",
  ],
});

interface Guest {
  readonly type: "lxc" | "qemu";
  readonly tool: "pct" | "qm";
  readonly values: (key: string) => string | undefined;
  readonly snapshots: readonly GuestSnapshot[];
  readonly binds: readonly string[];
  readonly datasets: readonly string[];
  /** All of its volumes are on ZFS. */
  readonly allOnZfs: boolean;
}
function guestOf({ container, machine, storages }: Pick<Seen, "container" | "machine" | "storages">): Guest | null {
  const text = container ?? machine;
  if (text === null) return null;
  const type = container === null ? "qemu" : "lxc";
  const conf = parseGuestConf(text);
  const { volumes, binds } = guestVolumes(type, conf, storages ?? "");
  return {
    type,
    tool: type === "lxc" ? "pct" : "qm",
    values: (key) => confValue(conf.current, key),
    snapshots: guestSnapshots(conf),
    binds,
    datasets: volumes.flatMap(({ dataset }) => dataset ?? []),
    allOnZfs: volumes.length > 0 && volumes.every(({ dataset }) => dataset !== null),
  };
}

/** A point to go back to, and who made it: Proxmox VE, with the configuration, or ZFS, of all volumes. */
interface Point extends RollbackPoint {
  readonly by: "proxmox" | "zfs";
}
function pointsOf({ snapshots, datasets, allOnZfs }: Guest, ofZfs: readonly ZfsSnapshot[]): readonly Point[] {
  const whole = ofZfs.filter(
    ({ name, dataset }) =>
      allOnZfs &&
      dataset === datasets[0] &&
      !name.startsWith("__replicate_") &&
      !snapshots.some((own) => own.name === name) &&
      datasets.every((each) => ofZfs.some((other) => other.dataset === each && other.name === name)),
  );
  return [
    ...snapshots
      .filter(({ unfinished }) => !unfinished)
      .map(({ name, made }) => ({ name, made, by: "proxmox" as const })),
    ...whole.map(({ name, made }) => ({ name, made, by: "zfs" as const })),
  ].sort((a, b) => a.made - b.made);
}

function act(given: Params, seen: Seen): Act {
  const { vmid, to } = given;
  const guest = guestOf(seen);
  if (guest === null) return nowhere(vmid, seen);
  const trouble = standsAgainst(given, guest, seen);
  if (trouble !== null) return trouble;
  const clock = parseClock(seen.clock.stdout);
  if (clock === null) return refuse(`the host does not tell its time: ${seen.clock.stderr.trim()}`);
  const ofZfs = parseSnapshots(seen.list?.stdout ?? "");
  const points = pointsOf(guest, ofZfs);
  const wanted = wantedPoint(to, points, clock);
  if (wanted.kind === "none")
    return refuse(
      `guest ${vmid}: ${wanted.why}`,
      "the role rollback makes snapshots on a schedule, guest_snapshot makes one now",
    );
  const point = points.find(({ name }) => name === wanted.point.name);
  if (point === undefined) return refuse(`guest ${vmid}: there is no snapshot ${wanted.point.name}`);

  const later = laterThan(point, guest, ofZfs);
  const hung = later.flatMap(({ dataset, name, clones, holds }) =>
    clones.length > 0
      ? [`${clones.join(", ")} (clone of ${dataset}@${name})`]
      : holds > 0
        ? [`${dataset}@${name} (held)`]
        : [],
  );
  if (hung.length > 0)
    return refuse(
      `later snapshots cannot go: ${hung.join("; ")}`,
      "destroy or promote the clones, release the holds (zfs holds shows whose they are)",
    );
  const names = [...new Set(later.map(({ name }) => name))];
  if (names.length > 0 && !given.destroy_newer)
    return refuse(
      `${names.length === 1 ? "a later snapshot stands" : `${names.length} later snapshots stand`} in the way of going back on ZFS: ${names.join(", ")}`,
      "destroy_newer: true destroys them, and they cannot be had back; or go back to the latest one",
    );
  const running = guest.type === "lxc" ? isRunningState(seen.state.stdout) : seen.pid !== null;
  const starts = given.start ?? (running || guest.values("onboot") === "1");
  const how: How = { vmid, guest, point, later, running, starts, clock };
  return {
    kind: "perform",
    steps: point.by === "proxmox" ? byProxmox(how) : byZfs(how),
    warnings: told(how, names),
  };
}

interface How {
  readonly vmid: number;
  readonly guest: Guest;
  readonly point: Point;
  readonly later: readonly ZfsSnapshot[];
  readonly running: boolean;
  readonly starts: boolean;
  readonly clock: HostClock;
}

/** Snapshots on ZFS that were made after the point: those of replication are Proxmox VE's to clear. */
function laterThan(point: Point, guest: Guest, ofZfs: readonly ZfsSnapshot[]): readonly ZfsSnapshot[] {
  return guest.datasets.flatMap((dataset) => {
    const own = ofZfs.filter((each) => each.dataset === dataset);
    const at = own.findIndex(({ name }) => name === point.name);
    return at < 0 ? [] : own.slice(at + 1).filter(({ name }) => !name.startsWith("__replicate_"));
  });
}

function byProxmox({ vmid, guest, point, later, starts, clock }: How): readonly Step[] {
  const { snapshots, datasets } = guest;
  const gone = [...new Set(later.map(({ name }) => name))].reverse();
  const own = new Set(snapshots.map(({ name }) => name));
  const stamp = new Date((clock.now + clock.offset) * 1000).toISOString().slice(0, 19).replace(/\D/g, "");
  return [
    ...gone.flatMap((name) =>
      own.has(name)
        ? [pve(guest, vmid, ["delsnapshot", name])]
        : later
            .filter((each) => each.name === name)
            .map((each) => zfs(["destroy", `${each.dataset}@${name}`], datasets)),
    ),
    // On ZFS it would stand in the way itself.
    ...(datasets.length === 0
      ? [pve(guest, vmid, ["snapshot", `lab-before-${stamp}`, "--description", `Before going back to ${point.name}`])]
      : []),
    // It stops the guest by itself, a machine as well as a container.
    pve(guest, vmid, ["rollback", point.name]),
    ...(starts ? [pve(guest, vmid, ["start"])] : []),
  ];
}

/** Of a container with folders of the node in it: Proxmox VE has no snapshot of it. */
function byZfs({ vmid, guest, point, running, starts }: How): readonly Step[] {
  const { datasets } = guest;
  return [
    ...(running ? [pve(guest, vmid, ["shutdown", "--timeout", String(STOP_S), "--forceStop", "1"])] : []),
    ...datasets.map((each) => zfs(["rollback", "-r", `${each}@${point.name}`], datasets)),
    ...(starts ? [pve(guest, vmid, ["start"])] : []),
  ];
}

function told({ vmid, guest, point, running, starts, clock }: How, names: readonly string[]): readonly string[] {
  const then = printMoment(point.made, clock);
  return [
    `lost is what guest ${vmid} has written since ${point.name} (${then})${point.by === "proxmox" ? ", and what was changed in its configuration since" : "; its configuration stays as it is now"}`,
    ...(running ? [`guest ${vmid} runs, and is stopped for it${starts ? ", then started again" : ""}`] : []),
    ...(names.length > 0 ? [`destroyed are its later snapshots ${names.join(", ")}`] : []),
    ...(guest.binds.length > 0
      ? [`folders of the node are no part of it and stay as they are: ${guest.binds.join(", ")}`]
      : []),
  ];
}

function nowhere(vmid: number, { guests }: Seen): Refusal {
  if (guests === null)
    return refuse("this is no Proxmox VE node: there is no /etc/pve/.vmlist", "is pve-cluster running?");
  const node = parseGuestList(guests)?.get(String(vmid))?.node;
  return node === undefined
    ? refuse(`there is no guest ${vmid}`, "pct list and qm list show those that there are")
    : refuse(`guest ${vmid} is on node ${node}, not on this one`, `run the task on ${node}`);
}

function standsAgainst({ vmid }: Params, guest: Guest, { ha, replication }: Seen): Refusal | null {
  const lock = guest.values("lock");
  if (lock !== undefined)
    return refuse(
      `guest ${vmid} is locked (${lock})`,
      `wait until that is done; if nothing is at it any more: ${guest.tool} unlock ${vmid}`,
    );
  if (guest.values("template") === "1") return refuse(`guest ${vmid} is a template`, "it does not change anyway");
  const managed = findSection(parseSectionConfig(ha ?? ""), String(vmid));
  const sid = `${guest.type === "lxc" ? "ct" : "vm"}:${vmid}`;
  if (managed !== undefined && managed.options.get("state") !== "ignored")
    return refuse(
      `guest ${vmid} is under high availability, whose manager would start it in the middle`,
      `ha-manager set ${sid} --state ignored, go back, then set it to started again`,
    );
  const job = parseSectionConfig(replication ?? "").find(
    ({ id, options }) => id.startsWith(`${vmid}-`) && !options.has("disable"),
  );
  return job === undefined
    ? null
    : refuse(
        `guest ${vmid} is replicated (job ${job.id}), and its copy on ${job.options.get("target") ?? "the other node"} would be ahead of it`,
        `pvesr disable ${job.id}, go back, then pvesr enable ${job.id}`,
      );
}

function pve({ tool, datasets }: Guest, vmid: number, [verb = "", ...rest]: readonly string[]): WriteOp {
  const folder = tool === "pct" ? "lxc" : "qemu-server";
  return write.exec([tool, verb, String(vmid), ...rest], {
    touches: [`guest:${vmid}`, `/etc/pve/${folder}/${vmid}.conf`, ...datasets.map((each) => `zfs:${each}`)],
    limitMs: CHANGE_LIMIT_MS,
  });
}
function zfs(argv: readonly string[], datasets: readonly string[]): WriteOp {
  return write.exec(["zfs", ...argv], { touches: datasets.map((each) => `zfs:${each}`), limitMs: CHANGE_LIMIT_MS });
}
