import { restartHost } from "../host/restart-host.ts";
import { activityOf, digestOf, findUnit, hasProgram, serviceType, setting, type Unit } from "../host/systemd.ts";
import {
  fails,
  NotImitated,
  parseOptions,
  refuseArgument,
  says,
  type Tool,
  type ToolContext,
  type ToolResult,
} from "../tool.ts";
import { own } from "../world.ts";
import { disable, enable, mask, unmask } from "./systemctl-files.ts";
import { reload, resetFailed, restart, start, stop } from "./systemctl-jobs.ts";

/** systemd 252. It rests on its documentation and source, not on transcripts: systemd has to be process 1 to answer. */
export const systemctl: Tool = {
  name: "systemctl",
  rests: "documented",
  run(context, args) {
    const { flags, values, words } = parseOptions("systemctl", args, {
      flags: {
        "-q": "quiet",
        "--quiet": "quiet",
        "--no-pager": "plain",
        "--plain": "plain",
        "--no-legend": "plain",
        "--system": "plain",
        "--now": "now",
        "--no-block": "no-block",
        "--value": "value",
        "--no-ask-password": "plain",
      },
      values: { "-p": "property", "--property": "property" },
    });
    const [verb = "list-units", ...names] = words;
    if (verb === "daemon-reload" && names.length === 0)
      return asRoot(context, "reload daemon", () => daemonReload(context));
    if (verb === "is-system-running" && names.length === 0) return systemState(context);
    if ((verb === "reboot" || verb === "poweroff") && names.length === 0)
      return asRoot(context, `${verb} system`, () => power(context, verb === "reboot" ? "reboot" : "off"));
    if (names.length === 0) refuseArgument("systemctl", `${verb} without a unit`);
    if (names.some((name) => /[*?[]/.test(name))) refuseArgument("systemctl", `a pattern in ${names.join(" ")}`);
    const units = () => names.map((name) => findUnit(context.session, name));
    const quiet = flags.has("quiet");
    switch (verb) {
      case "show":
        return show(context, units(), values.get("property") ?? [], flags.has("value"));
      case "is-active":
        return isState(
          units().map((unit) => activityOf(context.session.host, unit).active),
          ["active"],
          3,
          quiet,
        );
      case "is-failed":
        return isState(
          units().map((unit) => activityOf(context.session.host, unit).active),
          ["failed"],
          1,
          quiet,
        );
      case "is-enabled":
        return isEnabled(units(), quiet);
      case "enable":
      case "disable":
      case "mask":
      case "unmask":
        return asRoot(context, `${verb} unit`, () => changeFiles(context, verb, names, flags));
      default: {
        const job = JOBS[verb];
        if (job === undefined) throw new NotImitated(`the embedded lab's systemctl does not know "${verb}"`);
        const outcome = () =>
          merge(names.map((name) => job(context, findUnit(context.session, name), flags.has("no-block"))));
        return asRoot(context, `${verb} ${names.join(" ")}`, outcome);
      }
    }
  },
};

const switchOf = (name: string, what: "off" | "reboot"): Tool => ({
  name,
  rests: "documented",
  run(context, args) {
    if (args.length > 0) refuseArgument(name, args.join(" "));
    return asRoot(context, `${what === "off" ? "power off" : "reboot"} system`, () => power(context, what));
  },
});
export const halt = switchOf("halt", "off");
export const poweroff = switchOf("poweroff", "off");
export const rebootTool = switchOf("reboot", "reboot");

/** A container that has just been started takes a moment. */
function systemState({ session: { host } }: ToolContext): ToolResult {
  const starting = host.booted !== undefined && host.clockMs < host.booted.since + BOOT_MS;
  return starting ? fails(1, "", "starting\n") : says("running\n");
}
const BOOT_MS = 1000;

function power(context: ToolContext, what: "off" | "reboot"): ToolResult {
  const { session } = context;
  if (session.power !== undefined) session.power(what);
  else if (what === "reboot") restartHost(context);
  else throw new NotImitated("the embedded lab does not imitate how this host is switched off");
  return says("");
}

/** `shutdown -r now MESSAGE`. A time of its own would have to pass first. */
export const shutdown: Tool = {
  name: "shutdown",
  rests: "documented",
  run(context, args) {
    const { flags, words } = parseOptions("shutdown", args, {
      flags: { "-r": "reboot", "--reboot": "reboot", "-h": "off", "-P": "off", "--poweroff": "off" },
    });
    if (words[0] !== "now" || flags.size > 1) refuseArgument("shutdown", args.join(" "));
    const what = flags.has("reboot") ? "reboot" : "off";
    return asRoot(context, `${what === "off" ? "power off" : "reboot"} system`, () => power(context, what));
  },
};

type Job = (context: ToolContext, unit: Unit, noBlock: boolean) => ToolResult;
const isRunning = (context: ToolContext, unit: Unit) => activityOf(context.session.host, unit).active === "active";
const JOBS: Readonly<Record<string, Job>> = {
  start,
  stop,
  restart,
  reload,
  "try-restart": (context, unit, noBlock) => (isRunning(context, unit) ? restart(context, unit, noBlock) : says("")),
  "reload-or-restart": (context, unit, noBlock) =>
    isRunning(context, unit) && unit.settings.has("Service.ExecReload")
      ? reload(context, unit)
      : restart(context, unit, noBlock),
  "reset-failed": resetFailed,
};

function changeFiles(
  context: ToolContext,
  verb: "enable" | "disable" | "mask" | "unmask",
  names: readonly string[],
  flags: ReadonlySet<string>,
): ToolResult {
  const change = { enable, disable, mask, unmask }[verb];
  const changed = merge(names.map((name) => change(context, name)));
  if (changed.code !== 0 || !flags.has("now") || verb === "unmask") return changed;
  const job = verb === "enable" ? start : stop;
  return merge([changed, ...names.map((name) => job(context, findUnit(context.session, name), false))]);
}

/** Results one after the other; the last failure's code is the whole one's. */
function merge(results: readonly ToolResult[]): ToolResult {
  return {
    code: results.findLast((result) => result.code !== 0)?.code ?? 0,
    stdout: results.map((result) => result.stdout).join(""),
    stderr: results.map((result) => result.stderr).join(""),
  };
}

function asRoot(context: ToolContext, what: string, run: () => ToolResult): ToolResult {
  if (context.session.user.uid === 0) return run();
  return fails(1, `Failed to ${what}: Interactive authentication required.\n`);
}

function daemonReload({ session }: ToolContext): ToolResult {
  for (const [name, state] of Object.entries(session.host.units)) {
    const digest = digestOf(findUnit(session, name));
    // Reading again what is the same is no change: a run that did nothing else leaves the state file alone.
    if (state.loaded === undefined || state.loaded === digest) continue;
    const there = session.change().units[name];
    if (there !== undefined) there.loaded = digest;
  }
  return says("");
}

function isState(states: readonly string[], wanted: readonly string[], otherwise: number, quiet: boolean): ToolResult {
  const code = states.some((state) => wanted.includes(state)) ? 0 : otherwise;
  return fails(code, "", quiet ? "" : states.map((state) => `${state}\n`).join(""));
}

function isEnabled(units: readonly Unit[], quiet: boolean): ToolResult {
  const stdout = units.filter((unit) => unit.fileState !== "").map((unit) => `${unit.fileState}\n`);
  const missing = units.filter((unit) => unit.fileState === "");
  const stderr = missing.map((unit) => `Failed to get unit file state for ${unit.name}: No such file or directory\n`);
  const code = missing.length === 0 && units.some((unit) => ["enabled", "static"].includes(unit.fileState)) ? 0 : 1;
  return fails(code, stderr.join(""), quiet ? "" : stdout.join(""));
}

/** In the order in which systemd prints them, which is not the order they are asked in. */
const PROPERTIES: Readonly<Record<string, (context: ToolContext, unit: Unit) => string | undefined>> = {
  Type: (_context, unit) => (unit.name.endsWith(".service") ? serviceType(unit) : undefined),
  Restart: (_context, unit) =>
    unit.name.endsWith(".service") ? (setting(unit, "Service.Restart") ?? "no") : undefined,
  RemainAfterExit: (_context, unit) =>
    unit.name.endsWith(".service") ? (setting(unit, "Service.RemainAfterExit") ?? "no") : undefined,
  MainPID: (context, unit) => String(activityOf(context.session.host, unit).sub === "running" ? pidOf(unit) : 0),
  Result: (context, unit) => (activityOf(context.session.host, unit).active === "failed" ? "exit-code" : "success"),
  NRestarts: (context, unit) => String(activityOf(context.session.host, unit).restarts),
  ExecMainStatus: (context, unit) => exitStatus(context, unit),
  Id: (_context, unit) => unit.name,
  Names: (_context, unit) => unit.name,
  Description: (_context, unit) => setting(unit, "Unit.Description") ?? unit.name,
  LoadState: (_context, unit) => unit.load,
  ActiveState: (context, unit) => activityOf(context.session.host, unit).active,
  SubState: (context, unit) => activityOf(context.session.host, unit).sub,
  FragmentPath: (_context, unit) => unit.path,
  UnitFileState: (_context, unit) => unit.fileState,
  CanStart: (_context, unit) => (unit.load === "loaded" ? "yes" : "no"),
  CanStop: () => "yes",
  CanReload: (_context, unit) => (unit.settings.has("Service.ExecReload") ? "yes" : "no"),
  NeedDaemonReload: (context, unit) => {
    const loaded = own(context.session.host.units, unit.name)?.loaded;
    return loaded !== undefined && loaded !== digestOf(unit) ? "yes" : "no";
  },
};

function show(context: ToolContext, units: readonly Unit[], asked: readonly string[], valueOnly: boolean): ToolResult {
  const names = asked.flatMap((text) => text.split(","));
  if (names.length === 0) refuseArgument("systemctl", "show without --property");
  const unknown = names.find((name) => !Object.hasOwn(PROPERTIES, name));
  if (unknown !== undefined) refuseArgument("systemctl", `show --property=${unknown}`);
  const blocks = units.map((unit) =>
    Object.entries(PROPERTIES)
      .filter(([name]) => names.includes(name))
      .flatMap(([name, read]) => {
        const value = read(context, unit);
        return value === undefined ? [] : [valueOnly ? `${value}\n` : `${name}=${value}\n`];
      })
      .join(""),
  );
  return says(blocks.join("\n"));
}

// 203 is systemd's own code for a program that it cannot run.
function exitStatus(context: ToolContext, unit: Unit): string | undefined {
  if (!unit.name.endsWith(".service")) return undefined;
  if (activityOf(context.session.host, unit).active !== "failed") return "0";
  return hasProgram(context.session, unit) ? "1" : "203";
}

// Any number will do, as long as it stays the same while the unit runs.
function pidOf(unit: Unit): number {
  return 400 + [...unit.name].reduce((sum, character) => sum + character.charCodeAt(0), 0);
}

/** The last lines of a unit's journal, as far as the lab has any: why it has failed. */
export const journalctl: Tool = {
  name: "journalctl",
  rests: "assumed",
  run(context, args) {
    const { values, words } = parseOptions("journalctl", args, {
      flags: { "-q": "quiet", "--quiet": "quiet", "--no-pager": "plain" },
      values: {
        "-u": "unit",
        "--unit": "unit",
        "-n": "lines",
        "--lines": "lines",
        "-o": "output",
        "--output": "output",
      },
    });
    const name = values.get("unit")?.at(-1);
    if (name === undefined || words.length > 0 || values.get("output")?.at(-1) !== "cat")
      refuseArgument("journalctl", args.join(" "));
    const unit = findUnit(context.session, name);
    const { active } = activityOf(context.session.host, unit);
    if (active !== "failed") return says("");
    const status = exitStatus(context, unit);
    const lines = [
      `${unit.name}: Main process exited, code=exited, status=${status}`,
      `${unit.name}: Failed with result 'exit-code'.`,
    ];
    return says(lines.map((line) => `${line}\n`).join(""));
  },
};
