// Over 300 lines: what systemd says of a unit, what shall hold, and what a package of an earlier task will bring, decided in one place.

import { z } from "zod";
import { parseShow, unitName } from "../engine/formats/systemd-show.ts";
import type { Change, ExecAnswer, Plan, Refusal, Step, Value } from "../engine/module/index.ts";
import { change, defineModule, read, refuse, waiting, write } from "../engine/module/index.ts";

/** Where unit files stand: what systemd says of a unit hangs on these files and no others. */
const unitFolders = ["/etc/systemd", "/run/systemd", "/usr/lib/systemd", "/lib/systemd", "/etc/init.d"];

const PROPERTIES = [
  ..."LoadState ActiveState SubState UnitFileState Result NRestarts ExecMainStatus".split(" "),
  ..."NeedDaemonReload CanReload Type RemainAfterExit".split(" "),
];

const params = z
  .strictObject({
    name: z
      .string()
      .max(255)
      .regex(/^[A-Za-z0-9_][A-Za-z0-9:_.\\@-]*$/, {
        error: "expected the name of a unit, such as nginx or backup.timer",
      })
      .transform(unitName)
      .describe("The unit; without a suffix it is a service."),
    state: z
      .enum(["started", "stopped", "restarted", "reloaded"], {
        error: "expected started, stopped, restarted or reloaded",
      })
      .optional()
      .describe(
        "`restarted` and `reloaded` start it if need be, and else do what they say each time: they are for handlers.",
      ),
    enabled: z.boolean().optional().describe("Whether it starts at boot."),
    masked: z.boolean().optional().describe("Whether it cannot be started at all."),
    daemon_reload: z.boolean().default(false).describe("Let systemd read the unit's files anew if they have changed."),
  })
  .superRefine(({ name, state, enabled, masked, daemon_reload }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (state === undefined && enabled === undefined && masked === undefined && !daemon_reload) {
      context.addIssue({ code: "custom", message: "say what shall be: state, enabled, masked or daemon_reload" });
    }
    if (masked === true && state !== undefined && state !== "stopped")
      wrong("masked", `a masked unit cannot be ${state}`);
    if (masked === true && enabled === true) wrong("masked", "a masked unit cannot be enabled");
    if (state !== undefined && name.includes("@."))
      wrong("name", `${name} is a template: name an instance, ${name.replace("@.", "@NAME.")}`);
  });
type Params = z.output<typeof params>;
type Properties = ReadonlyMap<string, string>;

export const service = defineModule({
  name: "service",
  summary: "Start, stop, restart, enable or mask a systemd unit.",
  description: `A unit that is still starting is waited for, and one that has started must stay so for three seconds: a service that
dies at once has failed, with systemd's reason. A start that a change brings about is not followed by a restart.`,
  params,
  probes: ({ name }) => ({
    show: read.exec(["systemctl", "show", "-p", PROPERTIES.join(","), "--", name], { looksAt: unitFolders }),
  }),
  probesAfter({ name, state, enabled }, { show }) {
    const unit = parseShow(show.stdout);
    const failing = unit.get("ActiveState") === "failed" || unit.get("SubState") === "auto-restart";
    return {
      journal:
        failing && state !== undefined && state !== "stopped"
          ? read.exec(["journalctl", "-q", "--no-pager", "-o", "cat", "-n", "5", "-u", name])
          : undefined,
      file:
        unit.get("LoadState") === "not-found" && (state ?? enabled) !== undefined
          ? read.stat(`/etc/systemd/system/${name.replace(/@.+(?=\.)/, "@")}`, { follow: true })
          : undefined,
    };
  },
  plan(given, { show, journal, file }) {
    const unit = parseShow(show.stdout);
    const trouble = troubleOf(given, show, unit, file != null);
    if (trouble !== null) return trouble;
    return planFor(given, unit, journal);
  },
  settle: ({ state }) => ({ forMs: 100_000, holdMs: state === undefined || state === "stopped" ? 0 : 3000 }),
  result({ name }, { show }) {
    const unit = parseShow(show.stdout);
    return {
      name,
      active_state: unit.get("ActiveState") ?? null,
      sub_state: unit.get("SubState") ?? null,
      unit_file_state: unit.get("UnitFileState") ?? null,
      result: unit.get("Result") ?? null,
      restarts: Number(unit.get("NRestarts") ?? 0),
    };
  },
  verb({ name, state }) {
    if (state === "restarted") return { name: "restart", steps: [systemctl("restart", name)] };
    if (state === "reloaded") return { name: "reload", steps: [systemctl("reload", name)] };
    return null;
  },
  examples: [
    "service: { name: cron, state: started, enabled: true }",
    "service: { name: cron, state: restarted }",
    "service: { name: cron.service, daemon_reload: true }",
  ],
});

function planFor(given: Params, unit: Properties, journal: ExecAnswer | undefined): Plan {
  const { name, state, enabled, masked, daemon_reload } = given;
  const isMasked = unit.get("LoadState") === "masked" || /^masked/.test(unit.get("UnitFileState") ?? "");
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  const steps: Step[] = [];
  const warnings: string[] = [];
  const did: string[] = [];

  if (daemon_reload) {
    const outdated = unit.get("NeedDaemonReload") === "yes";
    before["unit files"] = outdated ? "changed since systemd read them" : "read";
    after["unit files"] = "read";
    if (outdated) steps.push(write.exec(["systemctl", "daemon-reload"]));
  }
  if (masked !== undefined) {
    before.masked = isMasked;
    after.masked = masked;
    // A masked unit hides what it is: everything else is decided when systemd can see it.
    if (isMasked && !masked) {
      if (state !== undefined) [before.state, after.state] = ["masked", aim(state)];
      if (enabled !== undefined) [before.enabled, after.enabled] = [false, enabled];
      return change(before, after, [...steps, systemctl("unmask", name)], {
        again: state !== undefined || enabled !== undefined,
      });
    }
  }
  if (enabled !== undefined && !isMasked) {
    const file = enabling(name, enabled, unit.get("UnitFileState") ?? "");
    if ("kind" in file) return file;
    before.enabled = file.is;
    after.enabled = enabled;
    if (file.step !== null) steps.push(file.step);
    if (file.warning !== null) warnings.push(file.warning);
  } else if (enabled === false) before.enabled = after.enabled = false;

  const running = runs(given, unit);
  if (running !== null) {
    before.state = running.is;
    after.state = running.shall;
    if (running.step !== null) steps.push(running.step);
    if (running.step !== null && state === "restarted") did.push("restart");
    if (running.step !== null && state === "reloaded") did.push("reload");
    const last = journal?.code === 0 ? journal.stdout.trim() : "";
    if (last !== "") warnings.push(`the last lines of ${name} in the journal:\n${last}`);
  }
  if (masked === true && !isMasked) steps.push(systemctl("mask", name));
  if (running?.waits != null && steps.length === 0) return waiting(running.waits, { warnings });
  return change(before, after, steps, { did, warnings });
}

/**
 * What is left to do once an earlier task, which is only foretold, has brought the unit. A package of Debian enables its
 * services and starts them; a template's instances it knows not, and what has a file of the site's own nobody has started yet.
 */
function onceInstalled({ name, state, enabled, masked }: Params, ownFile: boolean): Change {
  const comesUp = !ownFile && !name.includes("@") && name.endsWith(".service");
  const runs = state === undefined ? undefined : state !== "stopped";
  const word = (up: boolean): string => (up ? "started" : "stopped");
  const starts = runs !== undefined && (runs !== comesUp || state === "restarted" || state === "reloaded");
  return change(
    {
      ...(enabled !== undefined && { enabled: comesUp }),
      ...(runs !== undefined && { state: word(comesUp) }),
      ...(masked !== undefined && { masked: false }),
    },
    {
      ...(enabled !== undefined && { enabled }),
      ...(state !== undefined && { state: aim(state) }),
      ...(masked !== undefined && { masked }),
    },
    [
      enabled !== undefined && enabled !== comesUp && systemctl(enabled ? "enable" : "disable", name),
      starts && systemctl(runs ? (state === "restarted" ? "restart" : "start") : "stop", name),
      masked === true && systemctl("mask", name),
    ],
  );
}

/** What stands in the way of any plan. */
function troubleOf(given: Params, show: ExecAnswer, unit: Properties, ownFile: boolean): Refusal | null {
  const { name, state, masked, enabled } = given;
  if (show.code === 127) return refuse("there is no systemctl on the host", "this module needs systemd");
  const load = unit.get("LoadState");
  if (show.code !== 0 || load === undefined)
    return refuse(`systemd does not answer: ${(show.stderr || show.stdout).trim()}`);
  if (load === "not-found" && !(masked !== undefined && state === undefined && enabled === undefined)) {
    return refuse(
      `there is no unit ${name} on the host`,
      "is its package installed, the name right, its file in /etc/systemd/system?",
      { otherwise: onceInstalled(given, ownFile) },
    );
  }
  if (load === "masked" && masked === undefined && (enabled === true || (state !== undefined && state !== "stopped"))) {
    return refuse(`${name} is masked`, "say masked: false to let it start again");
  }
  if (load === "error" || load === "bad-setting") {
    return refuse(
      `systemd cannot read the file of ${name} (${load})`,
      `\`systemd-analyze verify ${name}\` says what is wrong with it`,
    );
  }
  if (state === "reloaded" && unit.get("CanReload") === "no" && unit.get("ActiveState") === "active") {
    return refuse(`${name} cannot reload`, "use state: restarted");
  }
  if (state === "started" && runsOnce(unit)) {
    return refuse(
      `${name} runs once and ends, so it is never started for long`,
      "use state: restarted to run it, or look after its timer",
    );
  }
  return null;
}

function runs(
  { name, state }: Params,
  unit: Properties,
): { is: string; shall: string; step: Step | null; waits: string | null } | null {
  if (state === undefined) return null;
  const active = unit.get("ActiveState") ?? "";
  const shall = aim(state);
  if (shall === "stopped") {
    const stopping = active === "deactivating";
    const down = active === "inactive" || active === "failed";
    return {
      is: down ? "stopped" : stopping ? "stopping" : "started",
      shall,
      step: down || stopping ? null : systemctl("stop", name),
      waits: stopping ? `${name} is stopping` : null,
    };
  }
  const up = active === "active" || active === "reloading" || active === "refreshing";
  // One that runs once is as it shall be when it is not running; its verb runs it.
  if (up || (runsOnce(unit) && active === "inactive")) return { is: shall, shall, step: null, waits: null };
  if (unit.get("SubState") === "auto-restart") {
    return {
      is: "failing",
      shall,
      step: null,
      waits: `${name} keeps failing (${reason(unit)}), systemd starts it again`,
    };
  }
  if (active === "activating") return { is: "starting", shall, step: null, waits: `${name} is starting` };
  if (active === "deactivating") return { is: "stopping", shall, step: null, waits: `${name} is stopping` };
  return {
    is: active === "failed" ? `failed (${reason(unit)})` : "stopped",
    shall,
    step: systemctl("start", name),
    waits: null,
  };
}

/** `enabled` as systemd's many states mean it; the step that is left, if one can help. */
function enabling(
  name: string,
  wanted: boolean,
  state: string,
): Refusal | { is: boolean; step: Step | null; warning: string | null } {
  const as = (is: boolean, warning: string | null = null) => ({
    is,
    warning,
    step: is === wanted ? null : systemctl(wanted ? "enable" : "disable", name),
  });
  switch (state) {
    case "enabled":
      return as(true);
    case "alias":
      return wanted ? as(true) : refuse(`${name} is another name of a unit`, "disable the unit by its own name");
    case "enabled-runtime":
      // Only until the next boot, and a plain disable would leave it.
      return wanted
        ? as(false)
        : { is: true, step: write.exec(["systemctl", "disable", "--runtime", "--", name]), warning: null };
    case "disabled":
    case "linked":
    case "linked-runtime":
      return as(false);
    case "static":
    case "generated":
    case "transient": {
      const why = `${name} is ${state}: it has no [Install] section of its own, others start it`;
      if (!wanted && state === "generated") return refuse(why, "masked: true keeps it from starting");
      return { is: wanted, step: null, warning: wanted ? why : `${why}; masked: true would keep it from starting` };
    }
    case "indirect":
      return wanted
        ? refuse(
            `${name} is enabled only through other units (indirect)`,
            "enable those, such as its .socket, its .timer or an instance of it",
          )
        : as(false);
    default:
      return refuse(
        `systemd does not say whether ${name} is enabled ("${state}")`,
        "has the unit a file, and is it whole?",
      );
  }
}

function aim(state: NonNullable<Params["state"]>): string {
  return state === "stopped" ? "stopped" : "started";
}
function runsOnce(unit: Properties): boolean {
  return unit.get("Type") === "oneshot" && unit.get("RemainAfterExit") === "no";
}
function reason(unit: Properties): string {
  const status = unit.get("ExecMainStatus");
  return `${unit.get("Result") ?? "unknown"}${status === undefined || status === "0" ? "" : `, exit status ${status}`}`;
}
function systemctl(verb: string, name: string): Step {
  return write.exec(["systemctl", verb, "--", name]);
}
