import { destroyTouches } from "../../engine/formats/guest-traces.ts";
import { parseSectionConfig } from "../../engine/formats/section-config.ts";
import type { Plan, Value } from "../../engine/module/index.ts";
import { change, refuse } from "../../engine/module/index.ts";
import { type ConfView, isOn, slotsOf } from "./conf-view.ts";
import type { Params } from "./params.ts";
import type { Seen } from "./seen.ts";
import { longPct, stopSteps, touched } from "./steps.ts";
import { isManaged, lockTrouble } from "./trouble.ts";
import { volumeEntry } from "./volume.ts";

/** The container goes, and with it what `before` lists: its volumes, unused ones too, and its snapshots. */
export function absentPlan(params: Params, view: ConfView, running: boolean, seen: Seen): Plan {
  const { vmid, purge, timeout } = params;
  const gone = { status: "absent", volumes: [], snapshots: [] };
  if (!view.exists) return change(gone, gone, []);
  const locked = lockTrouble(params, view);
  if (locked) return locked;
  if (isOn(view.current.get("protection")))
    return refuse(`container ${vmid} is protected`, "say protection: false in a task of its own first");
  if (isManaged(vmid, seen) && !purge)
    return refuse(
      `container ${vmid} is under high availability`,
      "say purge: true to take it out of there too, or remove it with pve_ha first",
    );
  const job = parseSectionConfig(seen.replication ?? "").find(({ id }) => id.startsWith(`${vmid}-`));
  if (job !== undefined && !purge)
    return refuse(
      `container ${vmid} is replicated (job ${job.id})`,
      "say purge: true to end that too, or remove the job with pve_replication first",
    );
  const before: Record<string, Value> = {
    status: running ? "running" : "stopped",
    volumes: volumesOf(view),
    snapshots: [...view.snapshots],
  };
  return change(before, gone, [
    ...(running ? stopSteps(vmid, timeout, true) : []),
    longPct(vmid, ["destroy", ...(purge ? ["--purge", "1"] : [])], {
      touches: [...touched(vmid), ...destroyTouches(vmid, purge)],
    }),
  ]);
}

function volumesOf({ merged, current }: ConfView): readonly string[] {
  const entries = [...slotsOf(merged, "mp"), ...slotsOf(current, "mp"), ...slotsOf(current, "unused")];
  const rootfs = current.get("rootfs");
  if (rootfs !== undefined) entries.unshift(["rootfs", rootfs]);
  const volumes = entries.map(([key, value]) => volumeEntry(key, value)).filter(({ kind }) => kind === "volume");
  return [...new Set(volumes.map(({ volume }) => volume))];
}
