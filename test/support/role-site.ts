import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const roles = resolve(import.meta.dirname, "../../roles");

/** The files of roles of the library, as `runSite` takes them. */
export function roleFiles(...names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => below(`roles/${name}`, join(roles, name))));
}

function below(path: string, folder: string): readonly (readonly [string, string])[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? below(`${path}/${entry.name}`, join(folder, entry.name))
      : [[`${path}/${entry.name}`, readFileSync(join(folder, entry.name), "utf8")] as const],
  );
}

/** A play of one role, or of another list of its tasks, on all hosts. */
export function rolePlay(role: string, vars: Readonly<Record<string, unknown>>, tasksFrom?: string): string {
  const include = { name: role, ...(tasksFrom !== undefined && { tasks_from: tasksFrom }) };
  return JSON.stringify([{ name: role, hosts: "all", tasks: [{ name: "it", include_role: include, vars }] }]);
}
