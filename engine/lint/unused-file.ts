import { basename, join } from "node:path";
import type { Diagnostic } from "../errors/diagnostic.ts";
import type { SiteFiles } from "../site/files.ts";
import type { ValueSource } from "../value/expression.ts";
import { type LintRequest, tasksOf } from "./lint.ts";

/** A file in `templates/` or `files/` that no task names. */
export function* unusedFile(request: LintRequest): Iterable<Diagnostic> {
  const { whole, runs, files, read } = request;
  if (!whole || runs.some(({ plays }) => plays.some(({ open }) => open))) return;
  const homes = new Set(
    runs.flatMap(({ site }) => [
      ...[...site.roles.values()].map(({ folder }) => folder),
      ...site.playbooks.flatMap(({ plays }) => plays.map(({ folder }) => folder)),
    ]),
  );
  const named = [...partlyKnown(request)];
  for (const home of homes) {
    for (const folder of ["templates", "files"]) {
      for (const path of filesBelow(join(home, folder), files)) {
        if (read.has(path) || named.some((pattern) => pattern.test(path))) continue;
        yield {
          code: "unused-file",
          message: `no task names ${files.show(path)}`,
          place: { file: files.show(path), line: 1, column: 1 },
          hint: "is it mistyped in a `src`?",
        };
      }
    }
  }
}

function filesBelow(folder: string, files: SiteFiles): readonly string[] {
  return (files.list(folder) ?? []).flatMap((name) => {
    const path = join(folder, name);
    if (name.startsWith(".") || /^README\b/.test(name)) return [];
    return files.kind(path) === "folder" ? filesBelow(path, files) : [path];
  });
}

/** Names that hang on a template which is known in the run alone: whatever could come of one is used. */
function* partlyKnown(request: LintRequest): Iterable<RegExp> {
  for (const { source } of tasksOf(request)) yield* patternsIn(source.params);
}

function* patternsIn(source: ValueSource): Iterable<RegExp> {
  if (source.kind === "map") for (const { value } of source.entries) yield* patternsIn(value);
  if (source.kind === "list") for (const item of source.items) yield* patternsIn(item);
  if (source.kind !== "expression" || !source.expression.source.includes("{{")) return;
  const literal = source.expression.source
    .split(/\{\{.*?\}\}/gs)
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  // A name needs something of its own: `{{ x }}` alone is every file.
  if (basename(literal.join("")).length > 1) yield new RegExp(`/${literal.join(".*")}$`, "s");
}
