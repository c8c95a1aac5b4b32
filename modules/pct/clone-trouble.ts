import { parseGuestConf } from "../../engine/formats/pve-conf.ts";
import type { ExecAnswer, Refusal } from "../../engine/module/index.ts";
import { refuse } from "../../engine/module/index.ts";
import { confView, isOn, slotsOf } from "./conf-view.ts";
import type { Params } from "./params.ts";
import { isRunning } from "./steps.ts";
import { lockTrouble } from "./trouble.ts";
import { volumeEntry } from "./volume.ts";

/** Why the original cannot be cloned as asked. `pct clone` finds most of it out too, but not in a check. */
export function cloneTrouble(
  { clone, unprivileged }: Params,
  original: string,
  state: ExecAnswer | undefined,
): Refusal | null {
  if (clone === undefined) return null;
  const { from, snapshot, storage } = clone;
  const view = confView(original);
  const locked = lockTrouble({ vmid: from }, view);
  if (locked) return locked;
  if (snapshot !== undefined && !view.snapshots.includes(snapshot)) {
    const known = view.snapshots.length > 0 ? `it has ${view.snapshots.join(", ")}` : "it has none";
    return refuse(`container ${from} has no snapshot ${snapshot}`, known);
  }
  const is = isOn(view.current.get("unprivileged"));
  if (unprivileged !== undefined && unprivileged !== is) {
    const kind = is ? "unprivileged" : "privileged";
    return refuse(`container ${from} is ${kind}, and so is a clone of it`, "leave unprivileged out");
  }
  const template = isOn(view.current.get("template"));
  const full = clone.full ?? !template;
  if (!full && storage !== undefined)
    return refuse(
      `a clone of the template ${from} is linked to it and stays on its storage`,
      "leave storage out, or say full: true",
    );
  if (!full && !template && snapshot === undefined)
    return refuse(`container ${from} is no template, and only of one can a clone be linked`, "leave full: false out");
  if (full && snapshot === undefined && state !== undefined && isRunning(state))
    return refuse(
      `container ${from} is running, and only a stopped one can be copied`,
      "stop it first, or name a snapshot of it: clone: { from: …, snapshot: … }",
    );
  const folder = slotsOf(mountsOf(original, snapshot), "mp")
    .map(([key, value]) => volumeEntry(key, value))
    .find(({ kind }) => kind !== "volume");
  if (folder === undefined) return null;
  return refuse(
    `container ${from} has ${folder.volume} of the node mounted at ${folder.target}, and cannot be cloned with it`,
    "take the mount off first (mounts of pct), and put it back later",
  );
}

/** What the clone is made from: the container as it is, or one of its snapshots. */
function mountsOf(original: string, snapshot: string | undefined): ReadonlyMap<string, string> {
  const { current, sections } = parseGuestConf(original);
  const section = sections.find(({ kind, name }) => kind === "snapshot" && name === snapshot);
  return new Map((section?.entries ?? current).map(({ key, value }) => [key, value]));
}
