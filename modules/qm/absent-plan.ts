import { destroyTouches } from "../../engine/formats/guest-traces.ts";
import { type ConfView, isOn, slotsOf } from "../../engine/formats/guest-view.ts";
import type { Plan, Value } from "../../engine/module/index.ts";
import { change, refuse } from "../../engine/module/index.ts";
import { diskEntry, drivesOf } from "./disk-entry.ts";
import type { Params } from "./params.ts";
import type { Seen } from "./seen.ts";
import { longQm, stopSteps, touched } from "./steps.ts";
import { isManaged, lockTrouble } from "./trouble.ts";

/** The machine goes, and with it what `before` lists: its disks, unused ones too, and its snapshots. */
export function absentPlan(params: Params, view: ConfView, running: boolean, seen: Seen): Plan {
  const { vmid, purge, timeout } = params;
  const gone = { status: "absent", volumes: [], snapshots: [] };
  if (!view.exists) return change(gone, gone, []);
  const locked = lockTrouble(params, view);
  if (locked) return locked;
  if (isOn(view.current.get("protection")))
    return refuse(`virtual machine ${vmid} is protected`, "say protection: false in a task of its own first");
  if (isManaged(vmid, seen) && !purge)
    return refuse(
      `virtual machine ${vmid} is under high availability`,
      "say purge: true to take it out of there too, or remove it with pve_ha first",
    );
  const before: Record<string, Value> = {
    status: running ? "running" : "stopped",
    volumes: volumesOf(view),
    snapshots: [...view.snapshots],
  };
  return change(before, gone, [
    ...(running ? stopSteps(vmid, timeout, true) : []),
    longQm(vmid, ["destroy", ...(purge ? ["--purge", "1"] : [])], {
      touches: [...touched(vmid), ...destroyTouches(vmid, purge)],
    }),
  ]);
}

function volumesOf({ merged, current }: ConfView): readonly string[] {
  const single = ["efidisk0", "tpmstate0"].flatMap((key) => {
    const value = current.get(key);
    return value === undefined ? [] : [diskEntry(key, value)];
  });
  const unused = slotsOf(current, "unused").map(([key, value]) => diskEntry(key, value));
  const all = [...drivesOf(merged), ...drivesOf(current), ...single, ...unused];
  const held = all.filter(({ kind, storage }) => kind !== "cdrom" && storage !== null).map(({ file }) => file);
  return [...new Set(held)].sort();
}
