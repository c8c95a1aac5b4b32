import { basename, dirname, join } from "node:path";
import { Bug } from "../errors/bug.ts";
import { nearest } from "../text/nearest.ts";
import { entryOf, type MapNode, type Node } from "../value/node.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";
import { knownEntries } from "./check-keys.ts";
import { connectionKinds } from "./connection-kinds.ts";
import { expectBoolean, expectInteger, expectNames, expectText, isText } from "./expect.ts";
import { isInside } from "./files.ts";
import type { TaskScope } from "./find-included.ts";
import { type HostOrder, hostOrders } from "./host-orders.ts";
import { keywords } from "./keywords.ts";
import type { LoadContext } from "./load-context.ts";
import { readEnvironment, readTags } from "./load-keywords.ts";
import { loadModuleDefaults } from "./load-module-defaults.ts";
import { loadRoleUses } from "./load-role-uses.ts";
import { readFailShare, readSerial } from "./load-serial.ts";
import { loadEntries, loadHandlers } from "./load-tasks.ts";
import { loadVarsPrompt } from "./load-vars-prompt.ts";
import { readCount } from "./read-amount.ts";
import { readBooleanValue, readTextValue } from "./read-value.ts";
import { readVars } from "./read-vars.ts";
import type { Entry, HandlerSource, Play, PlayKeywords, RoleUse, VarsPrompt } from "./site.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One entry of a playbook. `path` is the playbook's file, absolute. */
export function loadPlay(map: MapNode, path: string, context: LoadContext): Play | undefined {
  const { report, files } = context;
  const folder = dirname(path);
  const scope: TaskScope = {
    playbookFolder: folder,
    roleTasks: null,
    boundary: isInside(files, files.root, path) ? files.root : folder,
    files: [path],
  };
  const known = knownEntries(map, "a play", keywords.play, report);
  const ofPlay: Mutable<PlayKeywords> = { tags: [], forceHandlers: false, anyErrorsFatal: false, noLog: false };
  const set = <Key extends keyof PlayKeywords>(key: Key, value: PlayKeywords[Key] | undefined): void => {
    if (value !== undefined) ofPlay[key] = value;
  };
  const sections: Record<"pre_tasks" | "tasks" | "post_tasks", readonly Entry[]> = {
    pre_tasks: [],
    tasks: [],
    post_tasks: [],
  };
  let roles: readonly RoleUse[] = [];
  let handlers: readonly HandlerSource[] = [];
  let vars: Node | null = null;
  let varsFiles: Node | null = null;
  let varsPrompt: readonly VarsPrompt[] = [];
  let name: string | undefined;
  for (const { key, value } of known) {
    switch (key) {
      case "name":
        name = expectText(value, key, report);
        break;
      case "vars":
        vars = value;
        break;
      case "vars_files":
        varsFiles = value;
        break;
      case "roles":
        roles = loadRoleUses(value, key, folder, context);
        break;
      case "pre_tasks":
      case "tasks":
      case "post_tasks":
        sections[key] = loadEntries(value, key, scope, context);
        break;
      case "handlers":
        handlers = loadHandlers(value, scope, context);
        break;
      case "gather_facts":
        // Accepted for the habit: facts are gathered when something reads them.
        expectBoolean(value, key, report);
        break;
      case "force_handlers":
        set("forceHandlers", expectBoolean(value, key, report));
        break;
      case "any_errors_fatal":
        set("anyErrorsFatal", expectBoolean(value, key, report));
        break;
      case "connection":
        set("connection", expectOneOf(value, key, connectionKinds, "unknown-connection", context));
        break;
      case "strategy":
        set("strategy", readStrategy(value, context));
        break;
      case "serial":
        set("serial", readSerial(value, report));
        break;
      case "order":
        set("order", readOrder(value, context));
        break;
      case "max_fail_percentage":
        set("maxFailPercentage", readFailShare(value, report));
        break;
      case "throttle":
        set("throttle", readCount(value, key, 0, report));
        break;
      case "ignore_unreachable":
        set("ignoreUnreachable", readBooleanValue(value, key, report));
        break;
      case "remote_user":
        set("remoteUser", expectText(value, key, report));
        break;
      case "port":
        set("port", expectInteger(value, key, { min: 1, max: 65_535 }, report));
        break;
      case "become":
        set("become", readBooleanValue(value, key, report));
        break;
      case "become_user":
        set("becomeUser", readTextValue(value, key, report));
        break;
      case "environment":
        set("environment", readEnvironment(value, report));
        break;
      case "tags":
        set("tags", readTags(value, report));
        break;
      case "check_mode":
        set("checkMode", expectBoolean(value, key, report));
        break;
      case "diff":
        set("diff", expectBoolean(value, key, report));
        break;
      case "no_log":
        set("noLog", expectBoolean(value, key, report));
        break;
      case "module_defaults":
        set("moduleDefaults", loadModuleDefaults(value, report));
        break;
      case "vars_prompt":
        varsPrompt = loadVarsPrompt(value, report);
        break;
      case "hosts":
        // Below: what else stands in a play without hosts is checked all the same.
        break;
      default:
        throw new Bug(`the keyword ${key} of a play has no effect`);
    }
  }
  // Last: a play without hosts is dropped, but what stands in it has been checked by then.
  const hosts = loadHosts(map, context);
  if (hosts === undefined) return undefined;
  return {
    kind: "play",
    name: name ?? hosts.pattern,
    place: map.place,
    hosts,
    vars: loadVars(vars, varsFiles, scope, context),
    varsPrompt,
    importedWhen: [],
    roles,
    preTasks: sections.pre_tasks,
    tasks: sections.tasks,
    postTasks: sections.post_tasks,
    handlers,
    keywords: ofPlay,
    folder,
  };
}

function loadHosts(map: MapNode, { report }: LoadContext): Play["hosts"] | undefined {
  const hosts = entryOf(map, "hosts");
  if (hosts === undefined) {
    // A list of tasks handed to `lab play` is the usual cause.
    const hint = "a playbook is a list of plays: write `hosts: all`, and put tasks below `tasks`";
    report({ code: "missing-keyword", message: "a play needs `hosts`", place: map.place, hint });
    return undefined;
  }
  const names = expectNames(hosts.value, "hosts", report);
  const [first] = names;
  if (first === undefined) return undefined;
  // A list is joined: its items may say `!web`, which means something only beside the others.
  return { pattern: names.map(({ name }) => name).join(","), place: first.place };
}

/** A mistyped word here would only show when the first host is reached. */
function expectOneOf(
  node: Node,
  key: string,
  known: readonly string[],
  code: string,
  { report }: LoadContext,
): string | undefined {
  const text = expectText(node, key, report);
  if (text === undefined || known.includes(text)) return text;
  const guess = nearest(text, known);
  const hint = guess === undefined ? `known are ${known.join(", ")}` : `did you mean ${guess}?`;
  report({ code, message: `\`${key}\` knows no \`${text}\``, place: node.place, hint });
  return undefined;
}

/** Strategies that people bring along, and what comes nearest here. */
const otherStrategies: ReadonlyMap<string, string> = new Map([
  ["host_pinned", "`free` comes nearest; `serial` keeps the others waiting until a host is through"],
  ["debug", "run with `--step`, or with `-v`"],
]);

function readStrategy(node: Node, context: LoadContext): "linear" | "free" | undefined {
  const known = ["linear", "free"];
  const bare = isText(node) ? node.value.replace(/^ansible\.builtin\./, "") : "";
  const instead = otherStrategies.get(bare) ?? (known.includes(bare) ? `write \`${bare}\`` : undefined);
  if (isText(node) && !known.includes(node.value) && instead !== undefined) {
    const message = `\`strategy\` knows no \`${node.value}\``;
    context.report({ code: "wrong-value", message, place: node.place, hint: instead });
    return undefined;
  }
  const word = expectOneOf(node, "strategy", known, "wrong-value", context);
  return word === "linear" || word === "free" ? word : undefined;
}

function readOrder(node: Node, context: LoadContext): HostOrder | undefined {
  const word = expectOneOf(node, "order", hostOrders, "wrong-value", context);
  return hostOrders.find((order) => order === word);
}

/** `vars`, and over them the files of `vars_files`, later ones over earlier ones. */
function loadVars(vars: Node | null, varsFiles: Node | null, scope: TaskScope, context: LoadContext): VarsLayer {
  const at = { level: 4, origin: "vars of the play" } as const;
  const variables = new Map<string, Variable>(readVars(vars, at, context.report).variables);
  let closed = false;
  for (const { name, place } of varsFiles === null ? [] : expectNames(varsFiles, "vars_files", context.report)) {
    const path = join(scope.playbookFolder, name);
    if (context.files.kind(path) !== "file") {
      const guess = nearest(basename(name), context.files.list(dirname(path)) ?? []);
      context.report({
        code: "missing-file",
        message: `there is no file ${context.files.show(path)}`,
        place,
        hint:
          guess === undefined
            ? "files of `vars_files` are named from the playbook's folder on"
            : `did you mean ${join(dirname(name), guess)}?`,
      });
    } else if (!isInside(context.files, scope.boundary, path)) {
      context.report({ code: "outside-site", message: `${name} lies outside of the site`, place });
    } else {
      const layer = readVars(context.yaml(path), { ...at, origin: context.files.show(path) }, context.report);
      for (const [key, variable] of layer.variables) variables.set(key, variable);
      closed ||= layer.closed === true;
    }
  }
  return { ...at, variables, ...(closed && { closed: true as const }) };
}
