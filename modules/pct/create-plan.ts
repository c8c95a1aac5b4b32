import type { Argv, Fields, Plan, Step, Value } from "../../engine/module/index.ts";
import { arg, change, refuse, Secret } from "../../engine/module/index.ts";
import type { Aspect } from "./aspect.ts";
import { cgroupVersion } from "./cgroup.ts";
import { changePlan } from "./change-plan.ts";
import { cloneTrouble } from "./clone-trouble.ts";
import { compare } from "./compare.ts";
import { confView } from "./conf-view.ts";
import { newRootfs } from "./desired-rootfs.ts";
import { idmapTrouble } from "./idmap-trouble.ts";
import { nestedMounts } from "./nested-mounts.ts";
import type { Params } from "./params.ts";
import type { Seen } from "./seen.ts";
import { longPct, startSteps, touched } from "./steps.ts";
import { findTemplate } from "./template.ts";
import { missingTrouble, storageTrouble } from "./trouble.ts";

/** There is no such container yet. */
export function createPlan(params: Params, seen: Seen): Plan {
  const { unprivileged = true } = params;
  const aspects = compare(params, confView(null), { cgroup: cgroupVersion(seen.mounts) });
  const missing =
    missingTrouble(params, seen) ?? idmapTrouble(params, confView(`unprivileged: ${unprivileged ? 1 : 0}\n`), seen);
  const refusal = aspects.find((each) => each.refusal)?.refusal;
  if (refusal) return missing ?? refusal;
  const plan = creation(params, seen, aspects);
  // The folders that it mounts, and its storage, an earlier task may have yet to make.
  return missing === null ? plan : { ...missing, ...(plan.kind === "change" && { otherwise: plan }) };
}

function creation(params: Params, seen: Seen, aspects: readonly Aspect[]): Plan {
  const before = fieldsOf(aspects, "before", "absent");
  const after = fieldsOf(aspects, "after", statusAfter(params));
  if (params.clone !== undefined) return clonePlan(params, seen, before, after);
  if (params.template === undefined) return unmade(params, seen);
  const edits = aspects.flatMap((aspect) => aspect.edits);
  const usual = params.rootfs === undefined ? (params.storage ?? "local") : undefined;
  const unfit = storageTrouble(edits, usual, seen);
  const template = findTemplate(params, seen);
  if (template.kind === "refused") return unfit ?? template.refusal;
  // Which template it will be is known only when the offers are: this round asks for them, the next one goes on.
  const plan =
    template.kind === "update"
      ? change(before, after, template.steps, { again: true })
      : change(before, after, [...template.steps, createStep(params, template.volume, aspects), ...started(params)], {
          did: ["restarted"],
          warnings: nestedMounts(params, seen.mounts),
        });
  return unfit === null ? plan : { ...unfit, otherwise: plan };
}

/** What there is to do if an earlier task of the same check makes the container: all that this one names. */
function unmade(params: Params, seen: Seen): Plan {
  const conf = params.unprivileged === false ? "" : "unprivileged: 1\n";
  const planned = changePlan(params, confView(conf), false, { ...seen, conf });
  return refuse(
    "there is no such container yet, and no template to make it from",
    "say template: debian-12",
    planned.kind === "change" ? { otherwise: planned } : {},
  );
}

function createStep(params: Params, volume: string, aspects: readonly Aspect[]): Step {
  const { vmid, storage, unprivileged = true, ssh_public_keys: keys = [], password } = params;
  const edits = aspects.flatMap((aspect) => aspect.edits);
  const words: Argv[number][] = ["create", volume];
  for (const { key, value } of edits) if (value !== null) words.push(`--${key}`, value);
  if (!edits.some(({ key }) => key === "rootfs")) {
    // Proxmox VE takes mounts only beside a root file system that is named.
    if (edits.some(({ key }) => /^mp\d+$/.test(key))) words.push("--rootfs", newRootfs({}, storage));
    else if (storage !== undefined) words.push("--storage", storage);
  }
  words.push("--unprivileged", unprivileged ? "1" : "0");
  if (keys.length > 0) words.push("--ssh-public-keys", arg.file(new Secret(`${keys.join("\n")}\n`)));
  if (password === undefined) return longPct(vmid, words);
  // Without a value, as the last word, it asks: where there is no terminal it reads the answer and its repetition.
  const said = password.reveal();
  const stdin = new Secret(`${said}\n${said}\n`);
  return longPct(vmid, [...words, "--password"], { stdin });
}

function clonePlan(params: Params, seen: Seen, before: Fields, after: Fields): Plan {
  const { vmid, clone, hostname } = params;
  if (clone === undefined) return refuse("there is nothing to clone");
  const original = seen.original ?? null;
  if (original === null)
    return refuse(
      `there is no container ${clone.from} on this node to clone`,
      "clone names the id of a container of this node",
    );
  const trouble = cloneTrouble(params, original, seen.originalState);
  if (trouble) return trouble;
  const words = [
    "clone",
    String(vmid),
    ...(hostname === undefined ? [] : ["--hostname", hostname]),
    ...(clone.snapshot === undefined ? [] : ["--snapname", clone.snapshot]),
    ...(clone.full === undefined ? [] : ["--full", clone.full ? "1" : "0"]),
    ...(clone.storage === undefined ? [] : ["--storage", clone.storage]),
  ];
  // What is left to change is seen in the clone itself.
  return change(before, after, [longPct(clone.from, words, { touches: touched(vmid) })], {
    again: true,
    did: ["restarted"],
  });
}

function started({ vmid, state, timeout }: Params): readonly Step[] {
  return state === "started" || state === "restarted" ? startSteps(vmid, timeout) : [];
}
function statusAfter({ state }: Params): string {
  return state === "started" || state === "restarted" ? "running" : "stopped";
}

function fieldsOf(aspects: readonly Aspect[], side: "before" | "after", status: string): Fields {
  const fields: Record<string, Value> = { status };
  for (const aspect of aspects) fields[aspect.field] = aspect[side];
  return fields;
}
