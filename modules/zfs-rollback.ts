import { z } from "zod";
import {
  ASK_CLOCK,
  isMoment,
  parseClock,
  printMoment,
  type RollbackPoint,
  wantedPoint,
} from "../engine/formats/rollback-point.ts";
import { datasetNameFault, snapshotNameFault, zfsLooksAt } from "../engine/formats/zfs-names.ts";
import { printRoughly } from "../engine/formats/zfs-size.ts";
import { guestOfDataset, parseSnapshots, SNAPSHOT_COLUMNS } from "../engine/formats/zfs-snapshots.ts";
import type { Act, ExecAnswer } from "../engine/module/index.ts";
import { defineAction, read, refuse, write } from "../engine/module/index.ts";

const dataset = z.string().superRefine((name, context) => {
  const fault = datasetNameFault(name);
  if (fault !== null) context.addIssue({ code: "custom", message: fault });
});
const params = z
  .strictObject({
    name: dataset.describe("The dataset."),
    to: z
      .string()
      .superRefine((to, context) => {
        const fault = isMoment(to) ? null : snapshotNameFault(to.slice(to.indexOf("@") + 1));
        if (fault !== null) context.addIssue({ code: "custom", message: fault });
      })
      .describe(
        "A snapshot by its name, `latest`, `yesterday`, a day (`2026-11-20`: the last one of it, or before), a moment (`2026-11-20 14:00`), or how old it is at least (`2h`, `3d`). Days are those of the host.",
      ),
    into: dataset
      .optional()
      .describe(
        "A new dataset of the same pool, as it was then, beside the present one: nothing is lost, and what is needed is copied out of it.",
      ),
    destroy_newer: z
      .boolean()
      .default(false)
      .describe(
        "Later snapshots stand in the way of going back, and may go. They cannot be had back, nor can the present state.",
      ),
  })
  .superRefine(({ name, into }, context) => {
    if (into === undefined) return;
    const wrong = (message: string) => context.addIssue({ code: "custom", path: ["into"], message });
    if (into === name) wrong("this is the dataset itself");
    else if (into.split("/", 1)[0] !== name.split("/", 1)[0]) wrong("a clone is in the pool of its snapshot");
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly clock: ExecAnswer;
  readonly list: ExecAnswer;
  readonly root: ExecAnswer;
  readonly target?: ExecAnswer | undefined;
  readonly since?: ExecAnswer | undefined;
}

const LIMIT_MS = 60_000;
const CHANGE_LIMIT_MS = 3_600_000;

export const zfsRollback = defineAction({
  name: "zfs_rollback",
  summary: "Take a ZFS dataset back to what it was at a snapshot, or make a copy of that beside it.",
  description: `What has been written since is lost, and told beforehand, by \`--check\` too. ZFS goes back only to the latest snapshot: with later ones
in the way the task is refused, and names them, unless \`destroy_newer: true\`; then they are lost as well. \`into\` loses nothing.
Datasets below it keep their state. Refused while somebody holds a later snapshot or a clone hangs on one, and for volumes of guests, for
which there is \`guest_rollback\`. Where nothing has been written since, there is nothing to do.`,
  params,
  probes: ({ name, into }) => ({
    clock: read.exec([...ASK_CLOCK], { looksAt: [] }),
    list: zfs(
      ["list", "-Hp", "-d", "1", "-t", "snapshot,bookmark", "-s", "createtxg", "-o", SNAPSHOT_COLUMNS, name],
      name,
    ),
    root: zfs(["list", "-Hp", "-r", "-t", "filesystem,volume", "-o", "name,type,mountpoint", name], name),
    target: into === undefined ? undefined : zfs(["get", "-Hp", "-o", "value", "origin", into], into),
  }),
  probesAfter(given, { clock, list }) {
    const point = pointIn(given, clock, list);
    return {
      since:
        point?.kind === "found"
          ? zfs(["get", "-Hp", "-o", "value", `written@${point.point.name}`, given.name], given.name)
          : undefined,
    };
  },
  act: (given, seen) => act(given, seen),
  result: ({ name, to, into }, replies, { why }) => ({
    name,
    to,
    into: into ?? null,
    sent: replies !== null,
    unnecessary: why,
  }),
  examples: [
    "zfs_rollback: { name: Tank-Archive/Family_Archive, to: yesterday, into: Tank-Archive/as-yesterday }",
    "zfs_rollback: { name: Tank-Archive/Family_Archive, to: before-upgrade }",
    "zfs_rollback: { name: Tank-Archive/Family_Archive, to: 2h, destroy_newer: true }",
  ],
});

const zfs = (argv: readonly string[], name: string) =>
  read.exec(["zfs", ...argv], { looksAt: zfsLooksAt(name), limitMs: LIMIT_MS });

function pointIn({ name, to }: Params, clock: ExecAnswer, list: ExecAnswer) {
  const now = parseClock(clock.stdout);
  if (now === null || list.code !== 0) return null;
  const own = parseSnapshots(list.stdout).filter((each) => each.dataset === name);
  return wantedPoint(to, own, now);
}

function act(given: Params, seen: Seen): Act {
  const { name, into } = given;
  const guest = guestOfDataset(name);
  if (guest !== null && into === undefined)
    return refuse(
      `${name} is a disk of guest ${guest}`,
      `take the guest back, with guest_rollback: { vmid: ${guest} }`,
    );
  if (seen.list.code === 127)
    return refuse("there is no zfs command on the host", "install the package zfsutils-linux");
  if (seen.list.code !== 0)
    return refuse(`there is no ${name}: ${seen.list.stderr.trim()}`, "zfs list shows what there is");
  const wanted = pointIn(given, seen.clock, seen.list);
  const clock = parseClock(seen.clock.stdout);
  if (wanted === null || clock === null) return refuse(`the host does not tell its time: ${seen.clock.stderr.trim()}`);
  if (wanted.kind === "none")
    return refuse(`${name}: ${wanted.why}`, `lab rollback HOST list ${name} shows those that there are`);
  const { point } = wanted;
  const full = `${name}@${point.name}`;
  return into === undefined ? goBack(given, point, seen) : beside(full, into, seen);

  function goBack({ destroy_newer }: Params, { name: at, made }: RollbackPoint, { list, root, since }: Seen): Act {
    const own = parseSnapshots(list.stdout).filter((each) => each.dataset === name);
    const later = own.slice(own.findIndex((each) => each.name === at) + 1);
    const marks = list.stdout.split("\n").flatMap((line) => {
      const [mark = "", created = "0"] = line.split("\t");
      return mark.startsWith(`${name}#`) && Number(created) > made ? [mark] : [];
    });
    const written = Number(since?.code === 0 ? since.stdout.trim() : "1");
    if (later.length + marks.length === 0 && written === 0)
      return { kind: "unnecessary", why: `nothing has been written since ${full}` };
    const held = later.filter(({ holds }) => holds > 0);
    if (held.length > 0)
      return refuse(
        `later snapshots are held: ${held.map((each) => `${name}@${each.name}`).join(", ")}`,
        "somebody wants to keep them: `zfs holds` shows who; into: NEW makes a copy beside instead",
      );
    const cloned = later.filter(({ clones }) => clones.length > 0);
    if (cloned.length > 0)
      return refuse(
        `clones hang on later snapshots: ${cloned.map((each) => `${each.clones.join(", ")} on ${name}@${each.name}`).join("; ")}`,
        "destroy them, or make them independent (zfs promote); into: NEW makes a copy beside instead",
      );
    const names = [...later.map((each) => `${name}@${each.name}`), ...marks];
    if (names.length > 0 && !destroy_newer)
      return refuse(
        `${names.length === 1 ? "a later snapshot stands" : `${names.length} later snapshots stand`} in the way: ${names.join(", ")}`,
        "into: NEW makes a copy beside and loses nothing; destroy_newer: true destroys them, and they cannot be had back",
      );
    const below = root.stdout
      .split("\n")
      .flatMap((line) => (line.startsWith(`${name}/`) ? [line.split("\t")[0] ?? ""] : []));
    const mountpoint = root.stdout.split("\n")[0]?.split("\t")[2] ?? "";
    return {
      kind: "perform",
      steps: [
        write.exec(["zfs", "rollback", ...(names.length > 0 ? ["-r"] : []), full], {
          limitMs: CHANGE_LIMIT_MS,
          touches: [`zfs:${name}`, ...(mountpoint.startsWith("/") ? [mountpoint] : []), "/dev"],
        }),
      ],
      warnings: [
        `lost is what was written to ${name} since ${full} (${printMoment(made, clock ?? { now: 0, offset: 0 })}): ${printRoughly(written)}`,
        ...(names.length > 0 ? [`destroyed are ${names.join(", ")}`] : []),
        ...(below.length > 0 ? [`as they are stay the datasets below: ${below.join(", ")}`] : []),
      ],
    };
  }
}

function beside(full: string, into: string, { target }: Seen): Act {
  if (target?.code === 0) {
    return target.stdout.trim() === full
      ? { kind: "unnecessary", why: `${into} is a copy of ${full}` }
      : refuse(`there is a dataset ${into} already`, "name one that is not there");
  }
  return {
    kind: "perform",
    steps: [
      write.exec(["zfs", "clone", full, into], {
        limitMs: CHANGE_LIMIT_MS,
        touches: [`zfs:${into}`, "/proc", `/${into}`],
      }),
    ],
  };
}
