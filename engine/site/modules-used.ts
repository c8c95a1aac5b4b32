import type { Entry, ModuleDefaults, Site } from "./site.ts";

/**
 * Modules that a site names, in tasks or as whose defaults. Null where an include is known only while the play runs: what
 * it brings along may name any.
 */
export function modulesUsed({ playbooks, roles }: Pick<Site, "playbooks" | "roles">): ReadonlySet<string> | null {
  const used = new Set<string>();
  let open = false;
  const withDefaults = (defaults: ModuleDefaults | undefined): void => {
    for (const { module } of defaults ?? []) used.add(module);
  };
  const walk = (entries: readonly Entry[]): void => {
    for (const entry of entries) {
      withDefaults(entry.keywords.moduleDefaults);
      if (entry.kind === "task") used.add(entry.module);
      else if (entry.kind === "block") for (const part of [entry.body, entry.rescue, entry.always]) walk(part);
      else if (entry.kind === "include-role") open ||= entry.role.kind !== "literal";
      else if (entry.kind === "include-tasks") {
        open ||= entry.entries === undefined;
        walk(entry.entries ?? []);
      }
    }
  };
  for (const { plays } of playbooks) {
    for (const { keywords, preTasks, tasks, postTasks, handlers } of plays) {
      withDefaults(keywords.moduleDefaults);
      for (const part of [preTasks, tasks, postTasks, handlers]) walk(part);
    }
  }
  for (const { tasks, handlers, taskFiles } of roles.values())
    for (const part of [tasks, handlers, ...taskFiles.values()]) walk(part);
  return open ? null : used;
}
