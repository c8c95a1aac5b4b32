import { basename, dirname, isAbsolute, join } from "node:path";
import type { Place } from "../errors/diagnostic.ts";
import { nearest } from "../text/nearest.ts";
import type { ValueSource } from "../value/expression.ts";
import { entryOf, type MapEntry, type MapNode, type Node } from "../value/node.ts";
import { reportLater, reportUnknownKeyword } from "./check-keys.ts";
import { chooseModule } from "./choose-module.ts";
import { expectList, expectText, isText, wrongType } from "./expect.ts";
import { isInside } from "./files.ts";
import { type Keywords, keywords } from "./keywords.ts";
import type { LoadContext } from "./load-context.ts";
import { loadKeywords } from "./load-keywords.ts";
import { hasTemplate, readTextValue, readValue } from "./read-value.ts";
import type { Entry, IncludeRole, IncludeTasks, TaskSource } from "./site.ts";

/** Where a list of tasks stands: its includes are looked up from there. */
export interface TaskScope {
  /** Absolute. */
  readonly playbookFolder: string;
  /** The `tasks` folder of the role it belongs to. */
  readonly roleTasks: string | null;
  /** Nothing outside of this folder is included. */
  readonly boundary: string;
  /** The files whose includes led here, outermost first. */
  readonly files: readonly string[];
}

/** The tasks of a file. An empty file is an empty list. */
export function loadTaskFile(path: string, scope: TaskScope, context: LoadContext): readonly Entry[] {
  const key = `${path}\0${scope.roleTasks ?? ""}\0${scope.playbookFolder}`;
  const known = context.taskLists.get(key);
  if (known) return known;
  const node = context.yaml(path);
  const loaded =
    node === null ? [] : loadEntries(node, basename(path), { ...scope, files: [...scope.files, path] }, context);
  context.taskLists.set(key, loaded);
  return loaded;
}

/** A list of tasks and includes. */
export function loadEntries(node: Node, what: string, scope: TaskScope, context: LoadContext): readonly Entry[] {
  if (node.kind === "scalar" && node.value === null) return [];
  const list = expectList(node, what, context.report);
  return (list?.items ?? []).flatMap((item) => loadEntry(item, scope, context) ?? []);
}

/** A list of handlers: tasks, each with a name or something to listen to. */
export function loadHandlers(node: Node, context: LoadContext): readonly TaskSource[] {
  if (node.kind === "scalar" && node.value === null) return [];
  const list = expectList(node, "handlers", context.report);
  return (list?.items ?? []).flatMap((item) => {
    const map = mapOf(item, "a handler", context);
    const include = map && (entryOf(map, "include_tasks") ?? entryOf(map, "include_role"));
    if (include) {
      reportLater(include, context.report);
      return [];
    }
    const handler = map && loadTask(map, keywords.handler, "a handler", context);
    if (handler && handler.name === null && handler.listen.length === 0) {
      const hint = "give it a `name`, or something to `listen` to";
      context.report({
        code: "nameless-handler",
        message: "nothing can notify a handler without a name",
        place: handler.place,
        hint,
      });
    }
    return handler ?? [];
  });
}

function loadEntry(node: Node, scope: TaskScope, context: LoadContext): Entry | undefined {
  const map = mapOf(node, "a task", context);
  if (map === undefined) return undefined;
  const block = entryOf(map, "block") ?? entryOf(map, "rescue") ?? entryOf(map, "always");
  if (block) return void reportLater(block, context.report);
  const tasks = entryOf(map, "include_tasks");
  if (tasks) return loadIncludeTasks(map, tasks, scope, context);
  const role = entryOf(map, "include_role");
  if (role) return loadIncludeRole(map, role, scope, context);
  return loadTask(map, keywords.task, "a task", context);
}

function mapOf(node: Node, what: string, { report }: LoadContext): MapNode | undefined {
  if (node.kind === "map") return node;
  const hint = isText(node) ? `write \`- ${/^[a-z_]+$/.test(node.value) ? node.value : "MODULE"}: {}\`` : undefined;
  return wrongType(node, what, "a map", report, hint);
}

function loadTask(map: MapNode, known: Keywords, where: string, context: LoadContext): TaskSource | undefined {
  const { report, moduleNames } = context;
  const later = [...known.values()].filter((keyword) => keyword.since === "later");
  const stands: MapEntry[] = [];
  const others: MapEntry[] = [];
  for (const entry of map.entries) {
    const keyword = known.get(entry.key);
    if (keyword === undefined) others.push(entry);
    else if (later.includes(keyword)) reportLater(entry, report);
    else stands.push(entry);
  }
  const onlyLater = others.length === 0 && map.entries.some((entry) => entry.key === "meta");
  const chosen = chooseModule(map, others, known, where, moduleNames, report, onlyLater);
  const { name, keywords: loaded, listen } = loadKeywords(stands, report);
  if (chosen === undefined) return undefined;
  const params = loadParams(chosen.entry, context);
  if (params === undefined) return undefined;
  return {
    kind: "task",
    id: idOf(map.place),
    name,
    place: map.place,
    module: chosen.module,
    modulePlace: chosen.entry.keyPlace,
    params,
    keywords: loaded,
    listen,
  };
}

// These take a whole command line as their value; an `=` in it means nothing.
const commandLines = new Set(["command", "shell"]);

function loadParams({ key, keyPlace, value }: MapEntry, { report }: LoadContext): ValueSource | undefined {
  // `module:` alone is a module without parameters.
  if (value.kind === "scalar" && value.value === null) return { kind: "map", entries: [], place: keyPlace };
  if (isText(value) && value.tag === undefined && !commandLines.has(key) && /^[a-z_]+=(?!=)/.test(value.value)) {
    const first = value.value.split("=")[0];
    const rest = /^[a-z_]+=(?:"([^"]*)"|'([^']*)'|(\S*))/.exec(value.value);
    const shown = rest?.[1] ?? rest?.[2] ?? rest?.[3] ?? "…";
    report({
      code: "free-form",
      message: "parameters are not written as `key=value`",
      place: value.place,
      hint: `write a map: \`${key}: { ${first}: ${shown}${/\s\w+=/.test(value.value) ? ", …" : ""} }\``,
    });
    return undefined;
  }
  return readValue(value, report);
}

/** Splits an include's entries into keywords that hold for it and those that do not. */
function includeKeywords(map: MapNode, known: Keywords, where: string, context: LoadContext): readonly MapEntry[] {
  const names = [...known.values()].filter((keyword) => keyword.since === undefined).map((keyword) => keyword.name);
  return map.entries.filter((entry) => {
    const keyword = known.get(entry.key);
    if (keyword?.since === "later") reportLater(entry, context.report);
    else if (keyword === undefined && context.moduleNames.has(entry.key)) {
      context.report({
        code: "two-modules",
        message: `${where} stands alone: \`${entry.key}\` needs an entry of its own`,
        place: entry.keyPlace,
        hint: "begin a new entry with `- `",
      });
    } else if (keyword === undefined) reportUnknownKeyword(entry, where, names, context.report);
    return keyword !== undefined && keyword.since === undefined;
  });
}

function loadIncludeTasks(
  map: MapNode,
  include: MapEntry,
  scope: TaskScope,
  context: LoadContext,
): IncludeTasks | undefined {
  const { name, keywords: loaded } = loadKeywords(
    includeKeywords(map, keywords.includeTasks, "`include_tasks`", context),
    context.report,
  );
  const fileNode =
    include.value.kind === "map" ? onlyEntry(include.value, "file", "`include_tasks`", context) : include.value;
  const file = fileNode && readTextValue(fileNode, "include_tasks", context.report);
  if (fileNode === undefined || file === undefined) return undefined;
  const entries =
    hasTemplate(fileNode) || !isText(fileNode)
      ? undefined
      : loadIncluded(fileNode.value, fileNode.place, scope, context);
  return {
    kind: "include-tasks",
    id: idOf(map.place),
    name,
    place: map.place,
    file,
    ...(entries === undefined ? {} : { entries }),
    keywords: loaded,
    folder: dirname(scope.files.at(-1) ?? join(scope.playbookFolder, ".")),
  };
}

function onlyEntry(map: MapNode, key: string, where: string, context: LoadContext): Node | undefined {
  for (const entry of map.entries) if (entry.key !== key) reportUnknownKeyword(entry, where, [key], context.report);
  const found = entryOf(map, key)?.value;
  if (found === undefined) {
    context.report({ code: "missing-keyword", message: `${where} needs \`${key}\``, place: map.place });
  }
  return found;
}

/** The tasks of a file that an include names. Also for names that are known only while the play runs. */
export function loadIncluded(name: string, place: Place, scope: TaskScope, context: LoadContext): readonly Entry[] {
  const { files, report } = context;
  const beside = scope.files.at(-1);
  const folders = new Set([
    ...(scope.roleTasks === null ? [] : [scope.roleTasks]),
    ...(beside === undefined ? [] : [dirname(beside)]),
    scope.playbookFolder,
  ]);
  const candidates = isAbsolute(name) ? [name] : [...folders].map((folder) => join(folder, name));
  const path = candidates.find((candidate) => files.kind(candidate) === "file");
  if (path === undefined) {
    const guess = nearest(
      basename(name),
      [...folders].flatMap((folder) => files.list(join(folder, dirname(name))) ?? []),
    );
    report({
      code: "missing-file",
      message: `there is no file ${name} in ${[...folders].map(files.show).join(" or ")}`,
      place,
      ...(guess === undefined ? {} : { hint: `did you mean ${join(dirname(name), guess)}?` }),
    });
    return [];
  }
  if (!isInside(files, files.root, path) && !isInside(files, scope.boundary, path)) {
    report({
      code: "outside-site",
      message: `${name} lies outside of the site`,
      place,
      hint: `only files in ${files.root} are included`,
    });
    return [];
  }
  const start = scope.files.indexOf(path);
  if (start >= 0) {
    const chain = [...scope.files.slice(start), path].map(files.show).join(" → ");
    report({ code: "include-cycle", message: `the file includes itself: ${chain}`, place });
    return [];
  }
  return loadTaskFile(path, scope, context);
}

function loadIncludeRole(
  map: MapNode,
  include: MapEntry,
  scope: TaskScope,
  context: LoadContext,
): IncludeRole | undefined {
  const { report } = context;
  const { name, keywords: loaded } = loadKeywords(
    includeKeywords(map, keywords.includeRole, "`include_role`", context),
    report,
  );
  const asMap = include.value.kind === "map" ? include.value : undefined;
  for (const entry of asMap?.entries ?? []) {
    if (entry.key !== "name" && entry.key !== "tasks_from")
      reportUnknownKeyword(entry, "`include_role`", ["name", "tasks_from"], report);
  }
  const roleNode = asMap ? entryOf(asMap, "name")?.value : include.value;
  if (roleNode === undefined) {
    report({
      code: "missing-keyword",
      message: "`include_role` needs `name`",
      place: include.keyPlace,
      hint: "write `include_role: { name: ROLE }`",
    });
    return undefined;
  }
  const role = readTextValue(roleNode, "include_role", report);
  const fromNode = asMap && entryOf(asMap, "tasks_from")?.value;
  const from = fromNode && readTextValue(fromNode, "tasks_from", report);
  if (role === undefined) return undefined;
  if (!hasTemplate(roleNode)) {
    const literal = expectText(roleNode, "include_role", report);
    if (literal !== undefined) {
      context.wantedRoles.push({ name: literal, place: roleNode.place, playbookFolder: scope.playbookFolder });
    }
  }
  return {
    kind: "include-role",
    id: idOf(map.place),
    name,
    place: map.place,
    role,
    tasksFrom: from === undefined ? null : withoutEnding(from),
    keywords: loaded,
  };
}

/** Task files of a role are known by their names without ending. */
function withoutEnding(source: ValueSource): ValueSource {
  if (source.kind !== "literal" || typeof source.value !== "string") return source;
  return { ...source, value: source.value.replace(/\.ya?ml$/, "") };
}

function idOf({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
