import { basename, dirname, isAbsolute, join } from "node:path";
import type { Place } from "../errors/diagnostic.ts";
import { nearest } from "../text/nearest.ts";
import { isInside } from "./files.ts";
import type { LoadContext } from "./load-context.ts";

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

/** The file that an include names: in the role's tasks, beside the including file, beside the playbook. */
export function findIncluded(name: string, place: Place, scope: TaskScope, context: LoadContext): string | undefined {
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
    return undefined;
  }
  if (!isInside(files, files.root, path) && !isInside(files, scope.boundary, path)) {
    report({
      code: "outside-site",
      message: `${name} lies outside of the site`,
      place,
      hint: `only files in ${files.root} are included`,
    });
    return undefined;
  }
  const start = scope.files.indexOf(path);
  if (start >= 0) {
    const chain = [...scope.files.slice(start), path].map(files.show).join(" → ");
    report({ code: "include-cycle", message: `the file includes itself: ${chain}`, place });
    return undefined;
  }
  return path;
}
