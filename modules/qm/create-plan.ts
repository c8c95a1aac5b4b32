import { confView } from "../../engine/formats/guest-view.ts";
import type { Fields, Plan, Value } from "../../engine/module/index.ts";
import { change, refuse } from "../../engine/module/index.ts";
import type { Aspect } from "./aspect.ts";
import { compare } from "./compare.ts";
import { type Params, stateOf } from "./params.ts";
import type { Seen } from "./seen.ts";
import { longQm, passwordEnd, qm, resizeSteps, startSteps, touched, valueWords } from "./steps.ts";
import { missingTrouble } from "./trouble.ts";

/** There is no such machine yet. */
export function createPlan(params: Params, seen: Seen): Plan {
  if (params.clone !== undefined) return clonePlan(params, seen);
  const { vmid, template = false, timeout, cloudinit } = params;
  const aspects = compare(params, confView(null), seen);
  const edits = aspects.flatMap((aspect) => aspect.edits);
  const refusal = aspects.find((each) => each.refusal)?.refusal ?? missingTrouble(params, edits, seen);
  if (refusal) return refusal;
  const { before, after } = fieldsOf(params, aspects);
  const end = passwordEnd(aspects, cloudinit?.password);
  const starts = after.status === "running";
  const steps = [
    longQm(vmid, ["create", ...valueWords(edits), ...end.words], end.more),
    ...resizeSteps(
      vmid,
      aspects.flatMap((aspect) => aspect.resizes ?? []),
    ),
    ...(template ? [qm(vmid, ["template"])] : []),
    ...(starts ? startSteps(vmid, timeout) : []),
  ];
  return change(before, after, steps, { did: ["restarted"] });
}

/** What is left to change is seen in the clone itself. */
function clonePlan(params: Params, seen: Seen): Plan {
  const { vmid, clone, name } = params;
  if (clone === undefined) return refuse("there is nothing to clone");
  const original = seen.original ?? null;
  if (original === null)
    return refuse(
      `there is no virtual machine ${clone.from} on this node to clone`,
      "clone names the id of a virtual machine of this node",
    );
  const view = confView(original);
  if (clone.snapshot !== undefined && !view.snapshots.includes(clone.snapshot)) {
    const known = view.snapshots.length > 0 ? `it has ${view.snapshots.join(", ")}` : "it has none";
    return refuse(`virtual machine ${clone.from} has no snapshot ${clone.snapshot}`, known);
  }
  if (clone.full === false && view.current.get("template") !== "1")
    return refuse(`virtual machine ${clone.from} is no template, so that a clone is a full copy`, "leave full out");
  // The clone will be as its original is: what does not fit is known before anything is copied.
  const aspects = compare(
    params,
    { ...view, pending: new Map(), pendingDeletes: new Set(), merged: view.current },
    seen,
  );
  const edits = aspects.flatMap((aspect) => aspect.edits);
  const moved =
    clone.storage === undefined ? aspects : aspects.filter(({ field }) => field !== "disks" && field !== "cloudinit");
  const misfit = clone.snapshot === undefined ? moved.find((each) => each.refusal)?.refusal : undefined;
  const refusal = misfit ?? missingTrouble(params, edits, seen);
  if (refusal) return refusal;
  const { before, after } = fieldsOf(params, aspects);
  const words = [
    "clone",
    String(vmid),
    ...(name === undefined ? [] : ["--name", name]),
    ...(clone.snapshot === undefined ? [] : ["--snapname", clone.snapshot]),
    ...(clone.full === undefined ? [] : ["--full", clone.full ? "1" : "0"]),
    ...(clone.storage === undefined ? [] : ["--storage", clone.storage]),
  ];
  return change(before, after, [longQm(clone.from, words, { touches: touched(vmid) })], {
    again: true,
    did: ["restarted"],
  });
}

/** Nothing of it is there yet, whatever it will be made from. */
function fieldsOf(params: Params, aspects: readonly Aspect[]): { readonly before: Fields; readonly after: Fields } {
  const state = stateOf(params);
  const before: Record<string, Value> = { status: "absent" };
  const after: Record<string, Value> = { status: state === "started" || state === "restarted" ? "running" : "stopped" };
  for (const aspect of aspects) {
    before[aspect.field] = null;
    after[aspect.field] = aspect.after;
  }
  if (params.template !== undefined) {
    before.template = null;
    after.template = params.template;
  }
  return { before, after };
}
