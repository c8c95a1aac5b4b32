import type { LookingModule, Probes } from "../../module/define-module.ts";
import { read } from "../../ops/build.ts";
import type { ReadOp } from "../../ops/ir.ts";
import { type Observation, observeTask } from "../../plan/observe-task.ts";
import type { Overlay } from "../../plan/overlay.ts";
import type { Birthright } from "../../plan/pending.ts";
import type { Ahead, PlacedProbe, ReplyTo } from "../session/host-session.ts";
import { hideCredentials } from "./hide-credentials.ts";
import { placed, placedProbes, type TaskRun } from "./task-run.ts";

type Run = TaskRun<LookingModule>;

/** Looks where the module wants to, twice if the second look depends on the first. `again`: not from memory. */
export async function lookAtTask(run: Run, again = false): Promise<Observation> {
  const { bound } = run;
  const probes = bound.module.probes(bound.params);
  return observeBoth(run, probes, await look(run, probes, again), again);
}

/** The first look is there already (it rode on the script that applied the change); only the second may be missing. */
export async function observeBoth(run: Run, probes: Probes, replyTo: ReplyTo, again: boolean): Promise<Observation> {
  const { bound, hand } = run;
  const overlay = hand.kind === "looking" ? hand.overlay : null;
  const first = observeTask(probes, (probe) => replyTo(placed(bound, probe)), overlay);
  if (first.kind === "blind" || !bound.module.probesAfter) return first;
  const after = bound.module.probesAfter(bound.params, first.observed as never);
  const replyToSecond = await look(run, after, again);
  const second = observeTask(after, (probe) => replyToSecond(placed(bound, probe)), overlay);
  const both = joined(first, second);
  if (both.kind === "blind" || !bound.module.probesLast) return both;
  const last = bound.module.probesLast(bound.params, both.observed as never);
  const replyToLast = await look(run, last, again);
  return joined(
    both,
    observeTask(last, (probe) => replyToLast(placed(bound, probe)), overlay),
  );
}

function joined(earlier: Observation & { readonly kind: "observed" }, later: Observation): Observation {
  const because = [...new Set([...earlier.because, ...later.because])];
  if (later.kind === "blind") return { ...later, because };
  return {
    kind: "observed",
    observed: { ...earlier.observed, ...later.observed },
    digests: new Map([...earlier.digests, ...later.digests]),
    because,
  };
}

async function look(run: Run, probes: Probes, again: boolean): Promise<ReplyTo> {
  const wanted = placedProbes(run.bound, probes);
  hideCredentials(run, wanted);
  if (run.hand.kind === "writing") {
    return again ? run.hand.session.lookAgain(wanted) : run.hand.session.look(wanted, run.ahead);
  }
  return lookUnderOverlay(run, run.hand.overlay, wanted, again);
}

/** A chain of links longer than this is a ring. */
const maxRounds = 8;

/**
 * Check mode: with each look the folders above it are looked at too, until every link on the way is known. Else a
 * pending change of a file would not be seen through another name of the same file.
 */
async function lookUnderOverlay(
  run: Run,
  overlay: Overlay,
  wanted: readonly PlacedProbe[],
  again: boolean,
): Promise<ReplyTo> {
  const { session } = run.hand;
  const ways = (): readonly PlacedProbe[] => [
    ...overlay.asks().map((probe): PlacedProbe => ({ probe, user: null })),
    ...foldersUnseen(overlay, wanted),
  ];
  const first = ways();
  const ahead: Ahead = (ride) => {
    const later = run.ahead(ride);
    return [...later, ...foldersUnseen(overlay, later)];
  };
  const ids = idProbes(run);
  const replyTo = again
    ? await session.lookAgain([...wanted, ...first])
    : await session.look([...wanted, ...first, ...ids], ahead);
  let last = replyTo;
  let folders = first;
  for (let round = 0; folders.length > 0 && round < maxRounds; round += 1) {
    for (const folder of folders) overlay.see(folder.probe, last(folder));
    folders = ways();
    if (folders.length > 0) last = await session.look(folders);
  }
  return replyTo;
}

function foldersUnseen(overlay: Overlay, looks: readonly PlacedProbe[]): readonly PlacedProbe[] {
  return looks.flatMap(({ probe, user }) => {
    if (probe.at === "controller" || !(probe.kind === "file" || probe.kind === "stat" || probe.kind === "list"))
      return [];
    return overlay.unseen(probe.path).map((path): PlacedProbe => ({ probe: read.stat(path), user }));
  });
}

const idOf = {
  owner: read.exec(["id", "-un"], { looksAt: ["/etc/passwd"] }),
  group: read.exec(["id", "-gn"], { looksAt: ["/etc/passwd", "/etc/group"] }),
};

function idProbes({ bound }: Run): readonly PlacedProbe[] {
  // Whom root's new files belong to needs no question.
  if (bound.user === "root") return [];
  return [idOf.owner, idOf.group].map((probe): PlacedProbe => ({ probe, user: bound.user }));
}

/** Check mode: whom the task's new files would belong to; null where the host does not say. */
export async function birthrightOf(run: Run): Promise<Birthright | null> {
  if (run.bound.user === "root") return { owner: "root", group: "root" };
  const replyTo = await run.hand.session.look(idProbes(run));
  const said = (probe: ReadOp): string | null => {
    const reply = replyTo({ probe, user: run.bound.user });
    if (reply.kind !== "done" || typeof reply.answer !== "object" || reply.answer === null) return null;
    const { code, stdout } = reply.answer as { readonly code?: unknown; readonly stdout?: unknown };
    return code === 0 && typeof stdout === "string" && stdout.trim() !== "" ? stdout.trim() : null;
  };
  const [owner, group] = [said(idOf.owner), said(idOf.group)];
  return owner === null || group === null ? null : { owner, group };
}
