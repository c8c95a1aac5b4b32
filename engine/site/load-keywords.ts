import { Bug } from "../errors/bug.ts";
import type { ValueSource } from "../value/expression.ts";
import type { MapEntry, Node } from "../value/node.ts";
import { knownEntries } from "./check-keys.ts";
import { expectBoolean, expectMap, expectNames, expectText, isText, type Report, wrongType } from "./expect.ts";
import { keywords } from "./keywords.ts";
import { loadModuleDefaults } from "./load-module-defaults.ts";
import { readConnection, readCount, readLength } from "./read-amount.ts";
import { hasTemplate, readBooleanValue, readConditions, readTextValue, readValue } from "./read-value.ts";
import { checkVariableName, readVars } from "./read-vars.ts";
import type { TaskKeywords } from "./site.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface LoadedKeywords {
  readonly name: ValueSource | null;
  readonly keywords: TaskKeywords;
  readonly listen: readonly string[];
}

/** The keywords of a task or an include: entries whose keys were checked before. A wrong one is reported and left out. */
export function loadKeywords(entries: readonly MapEntry[], report: Report): LoadedKeywords {
  const loaded: Mutable<TaskKeywords> = {
    when: [],
    loopControl: { loopVar: "item", pauseMs: 0 },
    notify: [],
    changedWhen: null,
    failedWhen: null,
    vars: { level: 6, origin: "vars of the task", variables: new Map() },
    tags: [],
    reads: false,
    wait: false,
  };
  let name: ValueSource | null = null;
  let listen: readonly string[] = [];
  loaded.places = new Map(entries.map(({ key, keyPlace }) => [key, keyPlace]));
  for (const { key, value } of entries) {
    // By hand and not by a table of types: each keyword lands in a field of its own type, which the compiler checks here.
    switch (key) {
      case "name":
        name = readTextValue(value, key, report) ?? null;
        break;
      case "when":
        loaded.when = readConditions(value, key, report);
        break;
      case "changed_when":
        loaded.changedWhen = readConditions(value, key, report);
        break;
      case "failed_when":
        loaded.failedWhen = readConditions(value, key, report);
        break;
      case "loop":
        assign(loaded, "loop", readLoop(value, report));
        break;
      case "loop_control":
        loaded.loopControl = readLoopControl(value, report);
        break;
      case "vars":
        loaded.vars = readVars(value, { level: 6, origin: "vars of the task" }, report);
        break;
      case "register": {
        const variable = expectText(value, key, report);
        if (variable !== undefined && checkVariableName(variable, value.place, report)) {
          loaded.register = { name: variable, place: value.place };
        }
        break;
      }
      case "notify":
        loaded.notify = readNotify(value, report);
        break;
      case "listen":
        listen = expectNames(value, key, report).map((named) => named.name);
        break;
      case "environment":
        assign(loaded, "environment", readEnvironment(value, report));
        break;
      case "become":
        assign(loaded, "become", readBooleanValue(value, key, report));
        break;
      case "become_user":
        assign(loaded, "becomeUser", readTextValue(value, key, report));
        break;
      case "ignore_errors":
        assign(loaded, "ignoreErrors", readBooleanValue(value, key, report));
        break;
      case "tags":
        loaded.tags = readTags(value, report);
        break;
      case "check_mode":
        assign(loaded, "checkMode", expectBoolean(value, key, report));
        break;
      case "diff":
        assign(loaded, "diff", expectBoolean(value, key, report));
        break;
      case "no_log":
        assign(loaded, "noLog", expectBoolean(value, key, report));
        break;
      case "guard":
        assign(loaded, "guard", expectBoolean(value, key, report));
        break;
      case "reads":
        loaded.reads = expectBoolean(value, key, report) ?? false;
        break;
      case "wait":
        loaded.wait = expectBoolean(value, key, report) ?? false;
        break;
      case "until":
        if (value.kind === "list" && value.items.length === 0) {
          wrongType(value, key, "a condition", report, "without one the task would never be tried again");
        } else loaded.until = readConditions(value, key, report);
        break;
      case "retries":
        assign(loaded, "retries", readCount(value, key, 0, report));
        break;
      case "delay":
        assign(loaded, "delay", readLength(value, key, report));
        break;
      case "timeout":
        assign(loaded, "timeout", readLength(value, key, report));
        break;
      case "delegate_to":
        assign(loaded, "delegateTo", readTextValue(value, key, report));
        break;
      case "delegate_facts":
        assign(loaded, "delegateFacts", readBooleanValue(value, key, report));
        break;
      case "connection":
        assign(loaded, "connection", readConnection(value, report));
        break;
      case "module_defaults":
        loaded.moduleDefaults = loadModuleDefaults(value, report);
        break;
      case "run_once":
        assign(loaded, "runOnce", readBooleanValue(value, key, report));
        break;
      case "ignore_unreachable":
        assign(loaded, "ignoreUnreachable", readBooleanValue(value, key, report));
        break;
      case "any_errors_fatal":
        assign(loaded, "anyErrorsFatal", readBooleanValue(value, key, report));
        break;
      case "throttle":
        assign(loaded, "throttle", readCount(value, key, 0, report));
        break;
      case "async":
        assign(loaded, "async", readSeconds(value, key, 1, report));
        break;
      case "poll":
        assign(loaded, "poll", readSeconds(value, key, 0, report));
        break;
      case "include_tasks":
      case "include_role":
        // The include itself: its loader reads it.
        break;
      default:
        throw new Bug(`the keyword ${key} of a task has no effect`);
    }
  }
  return { name, keywords: loaded, listen };
}

/** With exactOptionalPropertyTypes a field is left out, never set to undefined: unsaid means inherited. */
function assign<T, Key extends keyof T>(target: T, key: Key, value: T[Key] | undefined): void {
  if (value !== undefined) target[key] = value;
}

export function readTags(node: Node, report: Report): readonly string[] {
  return expectNames(node, "tags", report).flatMap(({ name }) => name.split(",").map((tag) => tag.trim()));
}

/** Whole seconds, or a template that makes them. */
function readSeconds(node: Node, what: string, least: number, report: Report): ValueSource | undefined {
  if (hasTemplate(node)) return readValue(node, report);
  const { value } = node.kind === "scalar" ? node : { value: null };
  const whole = typeof value === "number" && Number.isInteger(value);
  if (whole && value >= least && value <= 2_592_000) return readValue(node, report);
  const hint =
    what === "async" && value === 0
      ? "leave `async` out: without it the task is not detached"
      : "thirty minutes are 1800";
  return wrongType(node, what, `whole seconds from ${least} to 2592000 (thirty days)`, report, hint);
}

/** A map of words, or a template that makes one. */
export function readEnvironment(node: Node, report: Report): ValueSource | undefined {
  if (node.kind === "map" || hasTemplate(node)) return readValue(node, report);
  return wrongType(node, "environment", "a map", report);
}

/** A bare word is refused: Ansible took it for a variable once, and a text of one word is never meant. */
function readLoop(node: Node, report: Report): ValueSource | undefined {
  if (node.kind !== "scalar" || hasTemplate(node)) return readValue(node, report);
  const hint = isText(node) ? `write \`loop: "{{ ${node.value} }}"\` if that is a variable, or a list` : undefined;
  return wrongType(node, "loop", "a list, a map, or a template that makes one", report, hint);
}

function readNotify(node: Node, report: Report): TaskKeywords["notify"] {
  const items = node.kind === "list" ? node.items : [node];
  return items.flatMap((item) => {
    const name = readTextValue(item, "notify", report);
    return name === undefined ? [] : [{ name, place: item.place }];
  });
}

function readLoopControl(node: Node, report: Report): TaskKeywords["loopControl"] {
  const control: Mutable<TaskKeywords["loopControl"]> = { loopVar: "item", pauseMs: 0 };
  const map = expectMap(node, "loop_control", report);
  for (const { key, value } of map ? knownEntries(map, "`loop_control`", keywords.loopControl, report) : []) {
    if (key === "loop_var" || key === "index_var") {
      const variable = expectText(value, key, report);
      if (variable === undefined || !checkVariableName(variable, value.place, report)) continue;
      if (key === "loop_var") control.loopVar = variable;
      else control.indexVar = variable;
    } else if (key === "label") assign(control, "label", readTextValue(value, key, report));
    else if (value.kind === "scalar" && typeof value.value === "number" && value.value >= 0)
      control.pauseMs = value.value * 1000;
    else wrongType(value, "pause", "a number of seconds", report);
  }
  return control;
}
