import { join } from "node:path";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { yamlFile } from "../site/files.ts";
import type { LintRequest } from "./lint.ts";

/** A role of the site that no playbook and no other role names. */
export function* unusedRole({ whole, runs, files, rolesPath }: LintRequest): Iterable<Diagnostic> {
  // An include whose role is known in the run alone may mean any of them.
  if (!whole || runs.some(({ plays }) => plays.some(({ open }) => open))) return;
  const used = new Set<string>();
  for (const { site } of runs) {
    const standIn = site.playbooks.every(({ file }) => files.kind(join(site.root, file)) === undefined);
    if (!standIn) for (const { folder } of site.roles.values()) used.add(folder);
  }
  for (const folder of rolesPath.flatMap((path) => (files.list(path) ?? []).map((name) => join(path, name)))) {
    if (used.has(folder) || files.kind(folder) !== "folder") continue;
    const main = yamlFile(files, join(folder, "tasks/main"));
    if (main === undefined) continue;
    yield {
      code: "unused-role",
      message: `no playbook uses the role ${folder.slice(folder.lastIndexOf("/") + 1)}`,
      place: { file: files.show(main), line: 1, column: 1 },
      hint: "is its name mistyped where it is used?",
    };
  }
}
