import { join } from "node:path";
import type { MapEntry, Node } from "../value/node.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { knownEntries } from "./check-keys.ts";
import { expectMap, expectText, type Report } from "./expect.ts";
import { yamlFile } from "./files.ts";
import type { TaskScope } from "./find-included.ts";
import { keywords } from "./keywords.ts";
import { loadArguments } from "./load-arguments.ts";
import type { LoadContext } from "./load-context.ts";
import { loadRoleUses } from "./load-role-uses.ts";
import { loadHandlers, loadTaskFile } from "./load-tasks.ts";
import { readVars } from "./read-vars.ts";
import type { Entry, Role, RoleUse } from "./site.ts";

/** The role in a folder, all its task files included: `tasks_from` may name any of them. */
export function loadRole(name: string, folder: string, playbookFolder: string, context: LoadContext): Role {
  const { files, report } = context;
  const tasksFolder = join(folder, "tasks");
  const scope: TaskScope = { playbookFolder, roleTasks: tasksFolder, boundary: folder, files: [] };
  const taskFiles = new Map<string, readonly Entry[]>();
  for (const [task, path] of taskFilesIn(tasksFolder, "", context))
    taskFiles.set(task, loadTaskFile(path, scope, context));
  const handlers = mainFile(folder, "handlers", context);
  const handlersFile = yamlFile(files, join(folder, "handlers", "main"));
  const ofHandlers: TaskScope = { ...scope, roleTasks: join(folder, "handlers"), files: [handlersFile ?? folder] };
  const meta = mainFile(folder, "meta", context);
  const main = yamlFile(files, join(tasksFolder, "main"));
  const defaults = loadVars(folder, "defaults", { level: 1, origin: `defaults of role ${name}` }, context);
  const takes = loadArguments({ name, folder, defaults, taskFiles: taskFiles.keys() }, context);
  return {
    name,
    folder,
    place: { file: files.show(main ?? folder), line: 1, column: 1 },
    defaults,
    vars: loadVars(folder, "vars", { level: 5, origin: `vars of role ${name}` }, context),
    tasks: taskFiles.get("main") ?? [],
    handlers: handlers ? loadHandlers(handlers, ofHandlers, context) : [],
    taskFiles,
    ...loadMeta(meta, playbookFolder, context),
    ...(takes && { arguments: takes }),
  };

  function loadMeta(node: Node | null, from: string, at: LoadContext): Pick<Role, "dependencies" | "meta"> {
    let dependencies: readonly RoleUse[] = [];
    let description: string | undefined;
    const map = node === null ? undefined : expectMap(node, `meta of role ${name}`, report);
    const known = map && { ...map, entries: map.entries.filter((entry) => !isArguments(entry, report)) };
    for (const { key, value } of known
      ? knownEntries(known, "a role's meta/main.yml", keywords.roleMeta, report)
      : []) {
      if (key === "dependencies") dependencies = loadRoleUses(value, key, from, at);
      else description = expectText(value, key, report);
    }
    return { dependencies, meta: description === undefined ? {} : { description } };
  }
}

/** What a role takes is long in most roles: it has a file of its own. */
function isArguments({ key, keyPlace }: MapEntry, report: Report): boolean {
  if (key !== "arguments") return false;
  const hint = "write them into meta/arguments.yml, below `main:`";
  report({ code: "unknown-keyword", message: "a role's meta/main.yml has no `arguments`", place: keyPlace, hint });
  return true;
}

/** Null where there is no such file, and for an empty one. */
function mainFile(folder: string, part: string, context: LoadContext): Node | null {
  const path = yamlFile(context.files, join(folder, part, "main"));
  return path === undefined ? null : context.yaml(path);
}

function loadVars(folder: string, part: string, at: Omit<VarsLayer, "variables">, context: LoadContext): VarsLayer {
  return readVars(mainFile(folder, part, context), at, context.report);
}

/** Every task file by its name without ending, those in folders below as `folder/name`. */
function taskFilesIn(folder: string, prefix: string, context: LoadContext): readonly (readonly [string, string])[] {
  return (context.files.list(folder) ?? []).flatMap((name): readonly (readonly [string, string])[] => {
    const path = join(folder, name);
    if (context.files.kind(path) === "folder") return taskFilesIn(path, `${prefix}${name}/`, context);
    return /\.ya?ml$/.test(name) ? [[prefix + name.replace(/\.ya?ml$/, ""), path]] : [];
  });
}
