import type { Place } from "../errors/diagnostic.ts";
import type { ValueSource } from "../value/expression.ts";
import type { Report } from "./expect.ts";
import type { Entry, Role } from "./site.ts";

/** What leads from one list of tasks of a role to another: a dependency, or an `include_role` with a literal name. */
interface Link {
  readonly role: string;
  readonly tasks: string;
  readonly place: Place;
}

/**
 * Roles that lead back to themselves: expanding them would never end. Each circle is reported once, where it closes. What
 * counts is the list of tasks and not the role, since a role may well include another of its own lists by `tasks_from`.
 */
export function findRoleCycles(roles: ReadonlyMap<string, Role>, report: Report): void {
  const done = new Set<string>();
  const visit = (role: Role, tasks: string, chain: readonly string[]): void => {
    const here = nameOf(role.name, tasks);
    const names = [...chain, here];
    for (const link of linksOf(role, tasks)) {
      const there = nameOf(link.role, link.tasks);
      const start = names.indexOf(there);
      if (start >= 0) {
        const circle = [...names.slice(start), there].join(" → ");
        const hint = "break the circle: take one of these dependencies or includes out";
        report({ code: "role-cycle", message: `roles lead back to themselves: ${circle}`, place: link.place, hint });
        continue;
      }
      const next = roles.get(link.role);
      if (next && !done.has(there)) visit(next, link.tasks, names);
    }
    done.add(here);
  };
  for (const role of roles.values()) {
    for (const tasks of ["main", ...role.taskFiles.keys()])
      if (!done.has(nameOf(role.name, tasks))) visit(role, tasks, []);
  }
}

function nameOf(role: string, tasks: string): string {
  return tasks === "main" ? role : `${role} (${tasks})`;
}

function linksOf(role: Role, tasks: string): readonly Link[] {
  const dependencies = role.dependencies.map((use): Link => ({ role: use.role, tasks: "main", place: use.place }));
  return [...dependencies, ...includesIn(role.taskFiles.get(tasks) ?? [])];
}

function includesIn(entries: readonly Entry[]): readonly Link[] {
  return entries.flatMap((entry): readonly Link[] => {
    if (entry.kind === "include-tasks") return includesIn(entry.entries ?? []);
    if (entry.kind === "block") return includesIn([...entry.body, ...entry.rescue, ...entry.always]);
    if (entry.kind !== "include-role") return [];
    const role = literal(entry.role);
    const tasks = entry.tasksFrom === null ? "main" : literal(entry.tasksFrom);
    return role === undefined || tasks === undefined ? [] : [{ role, tasks, place: entry.role.place }];
  });
}

function literal(source: ValueSource): string | undefined {
  return source.kind === "literal" && typeof source.value === "string" ? source.value : undefined;
}
