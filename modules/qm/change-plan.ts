import { type ConfView, isOn } from "../../engine/formats/guest-view.ts";
import type { Plan, Step, Value } from "../../engine/module/index.ts";
import { change, write } from "../../engine/module/index.ts";
import type { Aspect } from "./aspect.ts";
import { compare } from "./compare.ts";
import { drivesOf } from "./disk-entry.ts";
import { type Params, stateOf } from "./params.ts";
import { pendingAfter, pendingKeys } from "./pending.ts";
import type { Seen } from "./seen.ts";
import { editSteps, longQm, qm, resizeSteps, restartSteps, startSteps, stopSteps, touched } from "./steps.ts";
import { changeTrouble, isManaged, lockTrouble, missingTrouble } from "./trouble.ts";

/** The machine is there: what differs is changed, and nothing else. */
export function changePlan(params: Params, view: ConfView, running: boolean, seen: Seen): Plan {
  const { vmid, restart, timeout, force, template, cloudinit } = params;
  const state = stateOf(params);
  const aspects = compare(params, view, seen);
  const edits = aspects.flatMap((aspect) => aspect.edits);
  const refusal =
    changeTrouble(params, view, running) ??
    aspects.find((each) => each.refusal)?.refusal ??
    missingTrouble(params, edits, seen);
  if (refusal) return refusal;

  const isTemplate = isOn(view.current.get("template"));
  const before: Record<string, Value> = { status: running ? "running" : "stopped" };
  const after: Record<string, Value> = { status: statusAfter(state, running) };
  for (const aspect of aspects) {
    before[aspect.field] = aspect.before;
    after[aspect.field] = aspect.after;
  }
  if (template !== undefined) {
    before.template = isTemplate;
    after.template = template;
  }
  if (aspects.some(({ rescan }) => rescan)) return change(before, after, [rescanStep(vmid)], { again: true });

  const keepsRunning = running && state !== "stopped";
  const needs = running ? pendingAfter(view, edits) : [];
  const restarts = restart === "if_needed" && keepsRunning && needs.length > 0;
  if (restart === "if_needed" && keepsRunning) {
    before.restart_required = [...pendingKeys(view)];
    after.restart_required = [];
  }
  const resizes = aspects.flatMap((aspect) => aspect.resizes ?? []);
  const steps: Step[] = [...editSteps(vmid, view, aspects, cloudinit?.password), ...resizeSteps(vmid, resizes)];
  if (tellsGuest(aspects, view)) steps.push(qm(vmid, ["cloudinit update"]));
  if (restarts) steps.push(...restartSteps(vmid, timeout, force));
  else if (running && state === "stopped") steps.push(...stopSteps(vmid, timeout, force));
  if (template === true && !isTemplate) steps.push(longQm(vmid, ["template"]));
  if (!running && (state === "started" || state === "restarted")) steps.push(...startSteps(vmid, timeout));

  const locked = lockTrouble(params, view);
  if (locked && (steps.length > 0 || state === "restarted")) return locked;
  const managed = (steps.length > 0 || state === "restarted") && isManaged(vmid, seen);
  return change(before, after, steps, {
    did: restarts || (!running && state === "restarted") ? ["restarted"] : [],
    warnings: [
      keepsRunning && !restarts && state !== "restarted" && needs.length > 0
        ? `counts from the next start of virtual machine ${vmid} only: ${needs.join(", ")} (restart: if_needed restarts it)`
        : null,
      managed && `virtual machine ${vmid} is under high availability: starting and stopping go through its manager`,
      locked?.why,
    ],
  });
}

/** What cloud-init says has changed, and there is an image that says it still as it was. */
function tellsGuest(aspects: readonly Aspect[], view: ConfView): boolean {
  const drive = drivesOf(view.current).some(({ kind }) => kind === "cloudinit");
  const aspect = aspects.find(({ field }) => field === "cloudinit");
  return drive && aspect !== undefined && (aspect.edits.length > 0 || aspect.password === true);
}

/** Lets Proxmox VE write down how large the disks are. */
function rescanStep(vmid: number): Step {
  return write.exec(["qm", "disk", "rescan", "--vmid", String(vmid)], { touches: touched(vmid) });
}

function statusAfter(state: ReturnType<typeof stateOf>, running: boolean): string {
  if (state === "started" || state === "restarted") return "running";
  return state === "stopped" || !running ? "stopped" : "running";
}
