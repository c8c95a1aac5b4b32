import type { Place } from "../errors/diagnostic.ts";
import { entryOf, type MapEntry, type MapNode, type Node } from "../value/node.ts";
import { reportUnknownKeyword } from "./check-keys.ts";
import { chooseModule } from "./choose-module.ts";
import { expectList, isText, wrongType } from "./expect.ts";
import { findIncluded, type TaskScope } from "./find-included.ts";
import { includeKeywords } from "./include-keywords.ts";
import { includeHints, type Keywords, keywords } from "./keywords.ts";
import { blockKey, loadBlock } from "./load-block.ts";
import type { LoadContext } from "./load-context.ts";
import { idOf, loadIncludeRole } from "./load-include-role.ts";
import { loadKeywords } from "./load-keywords.ts";
import { loadMeta } from "./load-meta.ts";
import { loadParams } from "./load-params.ts";
import { hasTemplate, readTextValue } from "./read-value.ts";
import type { Entry, HandlerSource, IncludeTasks, TaskSource } from "./site.ts";

/** The tasks of a file. An empty file is an empty list. */
export function loadTaskFile(path: string, scope: TaskScope, context: LoadContext): readonly Entry[] {
  // The same file looks up its own includes elsewhere when it is reached from a role, or from another playbook.
  const key = `${path}\0${scope.roleTasks ?? ""}\0${scope.playbookFolder}`;
  const known = context.taskLists.get(key);
  if (known) return known;
  const node = context.yaml(path);
  const loaded =
    node === null
      ? []
      : loadEntries(node, context.files.show(path), { ...scope, files: [...scope.files, path] }, context);
  context.taskLists.set(key, loaded);
  return loaded;
}

/** A list of tasks and includes. */
export function loadEntries(node: Node, what: string, scope: TaskScope, context: LoadContext): readonly Entry[] {
  if (node.kind === "scalar" && node.value === null) return [];
  const list = expectList(node, what, context.report);
  return (list?.items ?? []).flatMap((item) => loadEntry(item, scope, context) ?? []);
}

/** A list of handlers: tasks, includes and orders, each with a name or something to listen to. */
export function loadHandlers(node: Node, scope: TaskScope, context: LoadContext): readonly HandlerSource[] {
  if (node.kind === "scalar" && node.value === null) return [];
  const list = expectList(node, "handlers", context.report);
  return (list?.items ?? []).flatMap((item) => {
    const map = mapOf(item, "a handler", context);
    const handler = map && loadHandler(map, scope, context);
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

function loadHandler(map: MapNode, scope: TaskScope, context: LoadContext): HandlerSource | undefined {
  const tasks = entryOf(map, "include_tasks");
  if (tasks) return loadIncludeTasks(map, tasks, keywords.includeHandler, scope, context);
  const meta = entryOf(map, "meta");
  if (meta) return loadMetaHandler(map, meta, context);
  const group = blockKey(map, context) ?? entryOf(map, "include_role");
  if (!group) return loadTask(map, keywords.handler, "a handler", context);
  const file = "put the tasks into a file, and make the handler `include_tasks: FILE`";
  context.report({
    code: "not-a-handler",
    message: `\`${group.key}\` cannot be a handler`,
    place: group.keyPlace,
    hint: group.key === "include_role" ? "notify a handler of the role instead, or include a file of tasks" : file,
  });
  return standIn(map, context);
}

/** For a handler that was refused, so that who notifies it is not told of a second fault. Such a site is not run. */
function standIn(map: MapNode, { report }: LoadContext): HandlerSource {
  const named = map.entries.filter(({ key }) => key === "name" || key === "listen");
  const { name, listen, keywords: loaded } = loadKeywords(named, report);
  return { kind: "meta", id: idOf(map.place), name, place: map.place, order: "end_host", keywords: loaded, listen };
}

function loadMetaHandler(map: MapNode, meta: MapEntry, context: LoadContext): HandlerSource | undefined {
  const loaded = loadMeta(map, meta, keywords.metaHandler, context);
  if (loaded?.order !== "flush_handlers" && loaded?.order !== "end_role") return loaded;
  context.report({
    code: "not-a-handler",
    message: `\`meta: ${loaded.order}\` cannot be a handler`,
    place: meta.value.place,
    hint: "make it a task",
  });
  return standIn(map, context);
}

function loadEntry(node: Node, scope: TaskScope, context: LoadContext): Entry | undefined {
  const map = mapOf(node, "a task", context);
  if (map === undefined) return undefined;
  const block = blockKey(map, context);
  if (block) return loadBlock(map, block, scope, context, loadEntries);
  const meta = entryOf(map, "meta");
  if (meta) return loadMeta(map, meta, keywords.meta, context);
  const tasks = entryOf(map, "include_tasks");
  if (tasks) return loadIncludeTasks(map, tasks, keywords.includeTasks, scope, context);
  const role = entryOf(map, "include_role");
  if (role) return loadIncludeRole(map, role, scope.playbookFolder, context);
  return loadTask(map, keywords.task, "a task", context);
}

function mapOf(node: Node, what: string, { report }: LoadContext): MapNode | undefined {
  if (node.kind === "map") return node;
  const hint = isText(node) ? `write \`- ${/^[a-z_]+$/.test(node.value) ? node.value : "MODULE"}: {}\`` : undefined;
  return wrongType(node, what, "a map", report, hint);
}

function loadTask(map: MapNode, known: Keywords, where: string, context: LoadContext): TaskSource | undefined {
  const { report, moduleNames } = context;
  const stands: MapEntry[] = [];
  const others: MapEntry[] = [];
  for (const entry of map.entries) {
    const keyword = known.get(entry.key);
    // What is left of `block` here is the module of that name.
    if (keyword === undefined || entry.key === "block") others.push(entry);
    else stands.push(entry);
  }
  const chosen = chooseModule(map, others, known, where, moduleNames, report, false);
  // Also of a task that is dropped for want of a module, so that all its faults are told at once.
  const { name, keywords: loaded, listen } = loadKeywords(stands, report);
  if (chosen === undefined) return undefined;
  return {
    kind: "task",
    id: idOf(map.place),
    name,
    place: map.place,
    module: chosen.module,
    modulePlace: chosen.entry.keyPlace,
    params: loadParams(chosen.entry, report),
    keywords: loaded,
    listen,
  };
}

function loadIncludeTasks(
  map: MapNode,
  include: MapEntry,
  known: Keywords,
  scope: TaskScope,
  context: LoadContext,
): IncludeTasks | undefined {
  const {
    name,
    keywords: loaded,
    listen,
  } = loadKeywords(includeKeywords(map, known, "`include_tasks`", context), context.report);
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
    listen,
  };
}

function onlyEntry(map: MapNode, key: string, where: string, context: LoadContext): Node | undefined {
  for (const entry of map.entries)
    if (entry.key !== key) reportUnknownKeyword(entry, where, [key], context.report, includeHints.get(entry.key));
  const found = entryOf(map, key)?.value;
  if (found === undefined) {
    context.report({ code: "missing-keyword", message: `${where} needs \`${key}\``, place: map.place });
  }
  return found;
}

/** The tasks of a file that an include names. Also for names that are known only while the play runs. */
export function loadIncluded(name: string, place: Place, scope: TaskScope, context: LoadContext): readonly Entry[] {
  const path = findIncluded(name, place, scope, context);
  return path === undefined ? [] : loadTaskFile(path, scope, context);
}
