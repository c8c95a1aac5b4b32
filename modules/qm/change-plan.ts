import { type ConfView, isOn } from "../../engine/formats/guest-view.ts";
import type { Plan, Step, Value } from "../../engine/module/index.ts";
import { change, refuse, write } from "../../engine/module/index.ts";
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
  // What is there grows first: an entry that has to wait keeps the size that the disk has when it is written.
  const there = resizes.filter(({ key }) => view.current.has(key));
  const waiting = resizes.filter(({ key }) => !view.current.has(key) && needs.includes(key));
  const fresh = resizes.filter((resize) => !there.includes(resize) && !waiting.includes(resize));
  const [late] = waiting;
  if (late !== undefined && keepsRunning && !restarts) {
    return refuse(
      `the disk at ${late.key} of virtual machine ${vmid} is there from its next start only, and cannot grow to ${late.size} before`,
      "say restart: if_needed, or stop the machine first",
    );
  }
  const steps: Step[] = [
    ...resizeSteps(vmid, there),
    ...editSteps(vmid, view, aspects, { password: cloudinit?.password, digested: there.length === 0 }),
    ...resizeSteps(vmid, fresh),
  ];
  if (tellsGuest(aspects, view)) steps.push(qm(vmid, ["cloudinit update"]));
  if (restarts) steps.push(...restartSteps(vmid, timeout, force));
  else if (running && state === "stopped") steps.push(...stopSteps(vmid, timeout, force));
  steps.push(...resizeSteps(vmid, waiting));
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
