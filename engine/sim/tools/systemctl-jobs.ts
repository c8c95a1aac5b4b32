import { firstStart } from "../host/first-start.ts";
import { activatingMs, activityOf, digestOf, serviceType, setting, type Unit } from "../host/systemd.ts";
import { mayStart } from "../host/unit-demands.ts";
import { fails, says, type ToolContext, type ToolResult } from "../tool.ts";
import { own, type UnitState } from "../world.ts";

/** `systemctl start`: waits until the unit is up unless told not to. */
export function start(context: ToolContext, unit: Unit, noBlock: boolean): ToolResult {
  const refusal = refuse("start", unit);
  if (refusal !== undefined) return refusal;
  const { host } = context.session;
  const { active } = activityOf(host, unit);
  if (active === "active" || active === "activating") return stale(context, unit);
  const starts = (own(host.units, unit.name)?.starts ?? 0) + 1;
  const failsFirst = own(host.description.units ?? {}, unit.name)?.failsFirst ?? 0;
  const startable = mayStart(context.session, unit);
  const type = serviceType(unit);
  if (!startable || (starts <= failsFirst && type !== "simple")) {
    setState(context, unit, { phase: "failed", starts });
    // A simple service is up for systemd as soon as it is forked: that its program is missing shows only afterwards.
    if (type === "simple") return says("");
    return fails(
      1,
      `Job for ${unit.name} failed because the control process exited with error code.\nSee "systemctl status ${unit.name}" and "journalctl -xeu ${unit.name}" for details.\n`,
    );
  }
  if (type === "oneshot" && setting(unit, "Service.RemainAfterExit") !== "yes") {
    setState(context, unit, { phase: "stopped", starts });
    return stale(context, unit);
  }
  const wait = activatingMs(host, unit);
  setState(context, unit, { phase: wait > 0 ? "starting" : "started", starts });
  firstStart(context.session, unit);
  if (!noBlock) context.session.spend(wait);
  return stale(context, unit);
}

export function stop(context: ToolContext, unit: Unit): ToolResult {
  if (unit.load === "not-found") {
    return fails(5, `Failed to stop ${unit.name}: Unit ${unit.name} not loaded.\n`);
  }
  const { active } = activityOf(context.session.host, unit);
  if (active === "active" || active === "activating") setState(context, unit, { phase: "stopped" });
  return says("");
}

export function restart(context: ToolContext, unit: Unit, noBlock: boolean): ToolResult {
  const refusal = refuse("restart", unit);
  if (refusal !== undefined) return refusal;
  stop(context, unit);
  return start(context, unit, noBlock);
}

export function reload(context: ToolContext, unit: Unit): ToolResult {
  const refusal = refuse("reload", unit);
  if (refusal !== undefined) return refusal;
  if (!unit.settings.has("Service.ExecReload")) {
    return fails(1, `Failed to reload ${unit.name}: Job type reload is not applicable for unit ${unit.name}.\n`);
  }
  if (activityOf(context.session.host, unit).active !== "active") {
    return fails(1, `${unit.name} is not active, cannot reload.\n`);
  }
  return stale(context, unit);
}

export function resetFailed(context: ToolContext, unit: Unit): ToolResult {
  if (unit.load === "not-found") {
    return fails(1, `Failed to reset failed state of unit ${unit.name}: Unit ${unit.name} not loaded.\n`);
  }
  if (activityOf(context.session.host, unit).active === "failed") setState(context, unit, { phase: "stopped" });
  return says("");
}

function refuse(verb: string, unit: Unit): ToolResult | undefined {
  if (unit.load === "not-found") return fails(5, `Failed to ${verb} ${unit.name}: Unit ${unit.name} not found.\n`);
  if (unit.load === "masked") return fails(1, `Failed to ${verb} ${unit.name}: Unit ${unit.name} is masked.\n`);
  return undefined;
}

function setState(context: ToolContext, unit: Unit, state: Pick<UnitState, "phase"> & Partial<UnitState>): void {
  const host = context.session.change();
  const old = own(host.units, unit.name);
  host.units[unit.name] = {
    restarts: 0,
    starts: 0,
    // What systemd has read stays what it knows until a daemon-reload.
    loaded: digestOf(unit),
    ...old,
    since: host.clockMs,
    asked: true,
    ...state,
  };
}

// systemd goes on with what it has read, and says so.
function stale(context: ToolContext, unit: Unit): ToolResult {
  const loaded = own(context.session.host.units, unit.name)?.loaded;
  if (loaded === undefined || loaded === digestOf(unit)) return says("");
  return says(
    "",
    `Warning: The unit file, source configuration file or drop-ins of ${unit.name} changed on disk. Run 'systemctl daemon-reload' to reload units.\n`,
  );
}
