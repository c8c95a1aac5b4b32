import { describe, expect, test } from "vitest";
import type { Stat } from "../../../engine/module/index.ts";
import { service } from "../../../modules/service.ts";
import {
  changeOf,
  commandsOf,
  exec,
  looksOf,
  planOf,
  problemsOf,
  resultOf,
  stat,
  verbOf,
} from "../../support/plan-module.ts";

const UP = {
  LoadState: "loaded",
  ActiveState: "active",
  SubState: "running",
  UnitFileState: "enabled",
  Result: "success",
  NRestarts: "0",
  ExecMainStatus: "0",
  NeedDaemonReload: "no",
  CanReload: "no",
  Type: "simple",
  RemainAfterExit: "no",
};
const DOWN = { ...UP, ActiveState: "inactive", SubState: "dead" };
const FAILED = { ...UP, ActiveState: "failed", SubState: "failed", Result: "exit-code", ExecMainStatus: "203" };
const ONCE = { ...DOWN, Type: "oneshot" };
const MASKED = { ...DOWN, LoadState: "masked", UnitFileState: "masked" };
const show = (properties: object, journal = "", file: Stat | null = null) => ({
  show: exec(
    Object.entries(properties)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(""),
  ),
  journal: exec(journal),
  file,
});
const started = { name: "x", state: "started" };

test.each([
  { name: "started", raw: started, unit: UP, before: { state: "started" }, after: { state: "started" }, commands: [] },
  {
    name: "down, to be started",
    raw: started,
    unit: DOWN,
    before: { state: "stopped" },
    after: { state: "started" },
    commands: ["systemctl start -- x.service"],
  },
  {
    name: "failed, to be started",
    raw: started,
    unit: FAILED,
    before: { state: "failed (exit-code, exit status 203)" },
    after: { state: "started" },
    commands: ["systemctl start -- x.service"],
  },
  {
    name: "reloading is up",
    raw: started,
    unit: { ...UP, ActiveState: "reloading" },
    before: { state: "started" },
    after: { state: "started" },
    commands: [],
  },
  {
    name: "to be stopped",
    raw: { name: "x", state: "stopped" },
    unit: UP,
    before: { state: "started" },
    after: { state: "stopped" },
    commands: ["systemctl stop -- x.service"],
  },
  {
    name: "starting, to be stopped",
    raw: { name: "x", state: "stopped" },
    unit: { ...UP, ActiveState: "activating" },
    before: { state: "started" },
    after: { state: "stopped" },
    commands: ["systemctl stop -- x.service"],
  },
  {
    name: "failed is stopped",
    raw: { name: "x", state: "stopped" },
    unit: FAILED,
    before: { state: "stopped" },
    after: { state: "stopped" },
    commands: [],
  },
  {
    name: "another type of unit",
    raw: { name: "x.timer", state: "started", enabled: true },
    unit: { ...DOWN, UnitFileState: "disabled" },
    before: { state: "stopped", enabled: false },
    after: { state: "started", enabled: true },
    commands: ["systemctl enable -- x.timer", "systemctl start -- x.timer"],
  },
  {
    name: "to be disabled",
    raw: { name: "x", enabled: false },
    unit: UP,
    before: { enabled: true },
    after: { enabled: false },
    commands: ["systemctl disable -- x.service"],
  },
  {
    name: "enabled until the next boot only",
    raw: { name: "x", enabled: true },
    unit: { ...UP, UnitFileState: "enabled-runtime" },
    before: { enabled: false },
    after: { enabled: true },
    commands: ["systemctl enable -- x.service"],
  },
  {
    name: "enabled until the next boot, to be disabled",
    raw: { name: "x", enabled: false },
    unit: { ...UP, UnitFileState: "enabled-runtime" },
    before: { enabled: true },
    after: { enabled: false },
    commands: ["systemctl disable --runtime -- x.service"],
  },
  {
    name: "linked is not enabled",
    raw: { name: "x", enabled: true },
    unit: { ...UP, UnitFileState: "linked" },
    before: { enabled: false },
    after: { enabled: true },
    commands: ["systemctl enable -- x.service"],
  },
  {
    name: "static counts as enabled",
    raw: { name: "x", enabled: true },
    unit: { ...UP, UnitFileState: "static" },
    before: { enabled: true },
    after: { enabled: true },
    commands: [],
  },
  {
    name: "an alias is enabled",
    raw: { name: "x", enabled: true },
    unit: { ...UP, UnitFileState: "alias" },
    before: { enabled: true },
    after: { enabled: true },
    commands: [],
  },
  {
    name: "indirect, to be disabled",
    raw: { name: "x", enabled: false },
    unit: { ...UP, UnitFileState: "indirect" },
    before: { enabled: false },
    after: { enabled: false },
    commands: [],
  },
  {
    name: "files that changed",
    raw: { name: "x", daemon_reload: true, state: "started" },
    unit: { ...DOWN, NeedDaemonReload: "yes" },
    before: { "unit files": "changed since systemd read them", state: "stopped" },
    after: { "unit files": "read", state: "started" },
    commands: ["systemctl daemon-reload", "systemctl start -- x.service"],
  },
  {
    name: "files that did not change",
    raw: { name: "x", daemon_reload: true },
    unit: UP,
    before: { "unit files": "read" },
    after: { "unit files": "read" },
    commands: [],
  },
  {
    name: "to be masked and stopped",
    raw: { name: "x", masked: true, state: "stopped" },
    unit: UP,
    before: { masked: false, state: "started" },
    after: { masked: true, state: "stopped" },
    commands: ["systemctl stop -- x.service", "systemctl mask -- x.service"],
  },
  {
    name: "masked",
    raw: { name: "x", masked: true, enabled: false, state: "stopped" },
    unit: MASKED,
    before: { masked: true, enabled: false, state: "stopped" },
    after: { masked: true, enabled: false, state: "stopped" },
    commands: [],
  },
  {
    name: "a unit that does not exist, masked",
    raw: { name: "x", masked: true },
    unit: { ...DOWN, LoadState: "not-found", UnitFileState: "" },
    before: { masked: false },
    after: { masked: true },
    commands: ["systemctl mask -- x.service"],
  },
  {
    name: "to be unmasked",
    raw: { name: "x", masked: false },
    unit: MASKED,
    before: { masked: true },
    after: { masked: false },
    commands: ["systemctl unmask -- x.service"],
  },
  {
    name: "one that runs once is right when it is not running, for its verb runs it",
    raw: { name: "x", state: "restarted" },
    unit: ONCE,
    before: { state: "started" },
    after: { state: "started" },
    commands: [],
  },
])("$name", ({ raw, unit, before, after, commands }) => {
  const plan = changeOf(service, raw, show(unit));
  expect(plan.before).toEqual(before);
  expect(plan.after).toEqual(after);
  expect(commandsOf(plan.steps)).toEqual(commands);
  expect(plan.again).toBe(false);
});

test("what hides behind a mask is decided in a second round", () => {
  const plan = changeOf(service, { name: "x", masked: false, state: "started", enabled: true }, show(MASKED));
  expect(plan).toMatchObject({ again: true, before: { masked: true, state: "masked", enabled: false } });
  expect(commandsOf(plan.steps)).toEqual(["systemctl unmask -- x.service"]);
});

test.each([
  ["activating", { ...UP, ActiveState: "activating", SubState: "start" }, /is starting/],
  ["deactivating", { ...UP, ActiveState: "deactivating" }, /is stopping/],
  [
    "in a loop of failures",
    { ...UP, ActiveState: "activating", SubState: "auto-restart", Result: "exit-code", ExecMainStatus: "1" },
    /keeps failing \(exit-code, exit status 1\)/,
  ],
])("one that is %s is waited for", (_, unit, why) => {
  expect(planOf(service, started, show(unit))).toMatchObject({ kind: "waiting", why: expect.stringMatching(why) });
  expect(commandsOf(changeOf(service, { ...started, enabled: false }, show(unit)).steps)).toEqual([
    "systemctl disable -- x.service",
  ]);
});

test("one that stops is waited for, if it shall be stopped", () => {
  expect(planOf(service, { name: "x", state: "stopped" }, show({ ...UP, ActiveState: "deactivating" }))).toMatchObject({
    kind: "waiting",
  });
});

test("a failed unit shows what it said last", () => {
  expect(looksOf(service, started, show(FAILED)).journal).toMatchObject({
    argv: ["journalctl", "-q", "--no-pager", "-o", "cat", "-n", "5", "-u", "x.service"],
  });
  expect(looksOf(service, started, show(UP)).journal).toBeUndefined();
  expect(changeOf(service, started, show(FAILED, "no such port\n")).warnings).toEqual([
    "the last lines of x.service in the journal:\nno such port",
  ]);
  expect(changeOf(service, started, show(FAILED)).warnings).toEqual([]);
});

describe("verbs", () => {
  test("are done after the state holds, and not twice", () => {
    const restart = { name: "x", state: "restarted" };
    expect(commandsOf(verbOf(service, restart, show(UP))?.steps ?? [])).toEqual(["systemctl restart -- x.service"]);
    expect(changeOf(service, restart, show(UP)).did).toEqual([]);
    expect(changeOf(service, restart, show(DOWN)).did).toEqual(["restart"]);
    const reload = { name: "x", state: "reloaded" };
    expect(verbOf(service, reload, show({ ...UP, CanReload: "yes" }))).toMatchObject({ name: "reload" });
    expect(changeOf(service, reload, show({ ...DOWN, CanReload: "yes" })).did).toEqual(["reload"]);
    expect(verbOf(service, started, show(UP))).toBeNull();
  });
});

test.each([
  ["an unknown unit", started, { LoadState: "not-found", ActiveState: "inactive" }, /no unit x.service/],
  ["a masked unit", started, MASKED, /is masked/],
  ["a broken unit file", started, { ...DOWN, LoadState: "bad-setting" }, /cannot read the file/],
  ["one that cannot reload", { name: "x", state: "reloaded" }, UP, /cannot reload/],
  ["one that runs once", started, ONCE, /runs once and ends/],
  [
    "indirect, to be enabled",
    { name: "x", enabled: true },
    { ...UP, UnitFileState: "indirect" },
    /only through other units/,
  ],
  ["an alias, to be disabled", { name: "x", enabled: false }, { ...UP, UnitFileState: "alias" }, /another name/],
  ["generated, to be disabled", { name: "x", enabled: false }, { ...UP, UnitFileState: "generated" }, /generated/],
  ["without a file", { name: "x", enabled: true }, { ...UP, UnitFileState: "" }, /does not say/],
])("%s is refused", (_, raw, unit, why) => {
  expect(planOf(service, raw, show(unit))).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
});

test("a host without systemd", () => {
  expect(planOf(service, started, { show: exec("", 127) })).toMatchObject({
    kind: "refuse",
    why: expect.stringContaining("no systemctl"),
  });
  expect(planOf(service, started, { show: exec("", 1, "Failed to connect to bus\n") })).toMatchObject({
    why: expect.stringContaining("Failed to connect"),
  });
});

test("a started service must hold", () => {
  expect(service.settle?.(service.params.parse(started))).toEqual({ forMs: 100_000, holdMs: 3000 });
  expect(service.settle?.(service.params.parse({ name: "x", state: "stopped" }))).toMatchObject({ holdMs: 0 });
});

describe("bad parameters", () => {
  test.each([
    [{ state: "started" }, "name"],
    [{ name: "x" }, "say what shall be"],
    [{ name: "", state: "started" }, "name of a unit"],
    [{ name: "-H", state: "started" }, "name of a unit"],
    [{ name: "a b", state: "started" }, "name of a unit"],
    [{ name: "a\n", state: "started" }, "name of a unit"],
    [{ name: "$(id)", state: "started" }, "name of a unit"],
    [{ name: "x".repeat(300), state: "started" }, "255"],
    [{ name: "x@.service", state: "started" }, "is a template"],
    [{ name: "x", state: "running" }, "expected started"],
    [{ name: "x", enabled: "yes" }, "enabled"],
    [{ name: "x", masked: true, state: "started" }, "cannot be started"],
    [{ name: "x", masked: true, enabled: true }, "cannot be enabled"],
  ])("%j", (raw, message) => {
    expect(problemsOf(service, raw).join("\n")).toContain(message);
  });
});

test("the result is what systemd says", () => {
  expect(resultOf(service, started, show(UP), new Date(0))).toEqual({
    name: "x.service",
    active_state: "active",
    sub_state: "running",
    unit_file_state: "enabled",
    result: "success",
    restarts: 0,
  });
});

describe("a unit that an earlier task is to bring", () => {
  const missing = show({ ...DOWN, LoadState: "not-found", UnitFileState: "" });
  const otherwise = (raw: Record<string, unknown>, answers = missing) => {
    const plan = planOf(service, raw, answers);
    return plan.kind === "refuse" && plan.otherwise ? commandsOf(plan.otherwise.steps) : null;
  };
  test("comes up with its package, as Debian's do", () => {
    expect(otherwise({ name: "x", state: "started", enabled: true })).toEqual([]);
    expect(otherwise({ name: "x", state: "stopped", enabled: false })).toEqual([
      "systemctl disable -- x.service",
      "systemctl stop -- x.service",
    ]);
    expect(otherwise({ name: "x", state: "restarted" })).toEqual(["systemctl restart -- x.service"]);
  });
  test("is started by nobody else where it is an instance, a timer, or has a file of the site's own", () => {
    const both = (name: string) => [`systemctl enable -- ${name}`, `systemctl start -- ${name}`];
    expect(otherwise({ name: "x@a", state: "started", enabled: true })).toEqual(both("x@a.service"));
    expect(otherwise({ name: "x.timer", state: "started", enabled: true })).toEqual(both("x.timer"));
    const own = show({ ...DOWN, LoadState: "not-found", UnitFileState: "" }, "", stat());
    expect(otherwise({ name: "x", state: "started", enabled: true }, own)).toEqual(both("x.service"));
  });
});
