import { parseRunningConfig, rawLinesNotInForce } from "../../engine/formats/lxc-running.ts";
import type { Plan, Step, Value } from "../../engine/module/index.ts";
import { change, write } from "../../engine/module/index.ts";
import { cgroupVersion } from "./cgroup.ts";
import { compare } from "./compare.ts";
import type { ConfView } from "./conf-view.ts";
import { idmapTrouble } from "./idmap-trouble.ts";
import { nestedMounts } from "./nested-mounts.ts";
import type { Params } from "./params.ts";
import { pendingAfter, pendingKeys } from "./pending.ts";
import type { Seen } from "./seen.ts";
import { editSteps, restartSteps, startSteps, stopSteps, touched } from "./steps.ts";
import {
  changeTrouble,
  isManaged,
  lockTrouble,
  missingTrouble,
  storageTrouble,
  twinTrouble,
  vanished,
} from "./trouble.ts";

/** The container is there: what differs is changed, and nothing else. */
export function changePlan(params: Params, view: ConfView, running: boolean, seen: Seen): Plan {
  const { vmid, state, restart, timeout, force } = params;
  const aspects = compare(params, view, { cgroup: cgroupVersion(seen.mounts) });
  const refusal =
    changeTrouble(params, view, running) ??
    missingTrouble(params, seen) ??
    idmapTrouble(params, view, seen) ??
    twinTrouble(params, view) ??
    aspects.find((each) => each.refusal)?.refusal;
  if (refusal) return refusal;

  const before: Record<string, Value> = { status: running ? "running" : "stopped" };
  const after: Record<string, Value> = { status: statusAfter(state, running) };
  for (const aspect of aspects) {
    before[aspect.field] = aspect.before;
    after[aspect.field] = aspect.after;
  }
  if (aspects.some(({ rescan }) => rescan)) return change(before, after, [rescanStep(vmid)], { again: true });

  const edits = aspects.flatMap((aspect) => aspect.edits);
  const unfit = storageTrouble(edits, undefined, seen);
  if (unfit) return unfit;
  const resizes = aspects.flatMap((aspect) => aspect.resizes ?? []);
  const outdated = running ? outdatedRaw(view, seen) : [];
  const needed = running ? [...pendingKeys(view), ...outdated] : [];
  const needs = running ? [...pendingAfter(view, edits), ...outdated] : [];
  const keepsRunning = running && state !== "stopped";
  const restarts = restart === "if_needed" && keepsRunning && needs.length > 0;
  if (restart === "if_needed" && keepsRunning) {
    before.restart_required = needed;
    after.restart_required = [];
  }
  const missing = vanished(view, seen);
  const steps: Step[] = [...editSteps(vmid, view, edits, resizes, missing.length > 0)];
  if (restarts) steps.push(...restartSteps(vmid, timeout));
  else if (running && state === "stopped") steps.push(...stopSteps(vmid, timeout, force));
  else if (!running && (state === "started" || state === "restarted")) steps.push(...startSteps(vmid, timeout));
  const locked = lockTrouble(params, view);
  if (locked && (steps.length > 0 || state === "restarted")) return locked;
  const managed = (steps.length > 0 || state === "restarted") && isManaged(vmid, seen);
  return change(before, after, steps, {
    did: restarts || (!running && state === "restarted") ? ["restarted"] : [],
    warnings: [
      keepsRunning && !restarts && state !== "restarted" && needs.length > 0
        ? `counts from the next start of container ${vmid} only: ${needs.join(", ")} (restart: if_needed restarts it)`
        : null,
      missing.length > 0 && `the node has no ${missing.join(", ")} any more: container ${vmid} cannot start with it`,
      managed && `container ${vmid} is under high availability: starting and stopping go through its manager`,
      locked?.why,
      ...nestedMounts(params, seen.mounts),
    ],
  });
}

/** Raw lines that wait for the next start, or those of the next start that went. */
export function outdatedRaw(view: ConfView, { running }: Seen): readonly string[] {
  return running?.code === 0 ? rawLinesNotInForce(view.raw, parseRunningConfig(running.stdout)) : [];
}

/** Lets Proxmox VE write down how large the volumes are. */
function rescanStep(vmid: number): Step {
  return write.exec(["pct", "rescan", "--vmid", String(vmid)], { touches: touched(vmid) });
}

function statusAfter(state: Params["state"], running: boolean): string {
  if (state === "started" || state === "restarted") return "running";
  return state === "stopped" || !running ? "stopped" : "running";
}
