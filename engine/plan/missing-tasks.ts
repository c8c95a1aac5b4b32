import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Entry, IncludeRole, Role, Site } from "../site/site.ts";
import { nearest } from "../text/nearest.ts";
import { literalText } from "./expand.ts";

/** What is wrong with a `tasks_from`: a file that the role does not have would be no tasks at all, silently. */
export function missingTasks(
  role: Role,
  tasksFrom: string | null,
  { tasksFrom: said, place }: IncludeRole,
): Diagnostic | null {
  if (tasksFrom === null || role.taskFiles.has(tasksFrom)) return null;
  const near = nearest(tasksFrom, role.taskFiles.keys());
  const files = [...role.taskFiles.keys()].join(", ");
  return {
    code: "missing-file",
    message: `role ${role.name} has no file tasks/${tasksFrom}.yml`,
    place: said?.place ?? place,
    hint: near ? `did you mean \`${near}\`?` : files === "" ? "it has no tasks at all" : `it has ${files}`,
  };
}

/** Every include_role of the site whose role and `tasks_from` are literal, in plays and roles. */
export function checkTasksFrom(site: Site): readonly Diagnostic[] {
  const plays = site.playbooks.flatMap((playbook) => playbook.plays);
  const lists: readonly (readonly Entry[])[] = [
    ...plays.flatMap(({ preTasks, tasks, postTasks }) => [preTasks, tasks, postTasks]),
    ...[...site.roles.values()].flatMap((role) => [...role.taskFiles.values()]),
  ];
  const seen = new Set<readonly Entry[]>();
  const walk = (entries: readonly Entry[]): readonly Diagnostic[] => {
    if (seen.has(entries)) return [];
    seen.add(entries);
    return entries.flatMap((entry): readonly Diagnostic[] => {
      if (entry.kind === "include-tasks") return entry.entries ? walk(entry.entries) : [];
      if (entry.kind === "block") return [entry.body, entry.rescue, entry.always].flatMap(walk);
      if (entry.kind === "task" || entry.kind === "meta") return [];
      const role = site.roles.get(literalText(entry.role) ?? "");
      const problem = role && entry.tasksFrom ? missingTasks(role, literalText(entry.tasksFrom), entry) : null;
      return problem ? [problem] : [];
    });
  };
  return lists.flatMap(walk);
}
