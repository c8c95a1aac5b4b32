import type { Module } from "../module/define-module.ts";
import type { SiteFiles } from "../site/files.ts";
import type { ValueSource, VariableUse } from "../value/expression.ts";
import { usesOf } from "../vars/compile-value.ts";
import { normalized } from "./bind-params.ts";
import { parsedExpression, templateAt } from "./bind-task.ts";
import { findLocal } from "./find-local-file.ts";
import { fieldShape, itemShape, type Shape, shapeOf, specialOf } from "./param-schema.ts";
import type { PlainEntry } from "./task.ts";
import { variablesLoadedBy } from "./vars-files.ts";

/** Variables that are read in what the parameters name: templates of the site, and expressions written as texts. */
export function usesInParams(
  entry: PlainEntry,
  { modules, files }: { readonly modules: ReadonlyMap<string, Module>; readonly files: SiteFiles },
): readonly VariableUse[] {
  if (entry.kind !== "task") return [];
  const module = modules.get(entry.source.module);
  if (!module) return [];
  const loaded = variablesLoadedBy(entry, { modules, files }) ?? [];
  const found: VariableUse[] = loaded.flatMap(({ sources }) => sources.flatMap(usesOf));
  const walk = (source: ValueSource, shape: Shape): void => {
    if (source.kind === "map") for (const each of source.entries) walk(each.value, fieldShape(shape, each.key));
    if (source.kind === "list") for (const item of source.items) walk(item, itemShape(shape));
    if (source.kind !== "literal" || typeof source.value !== "string") return;
    const special = specialOf(shape);
    if (special === "condition" || special === "expression") {
      const parsed = parsedExpression(source, special);
      if (parsed.ok) found.push(...parsed.value.uses);
    } else if (special === "templateFile") {
      const path = findLocal(files, source.value, { kind: "file", folder: "templates" }, entry.context, source.place);
      const template = path.ok ? templateAt(files, path.value) : path;
      if (template.ok) found.push(...template.value.uses);
    }
  };
  walk(normalized(module, entry.source.params), shapeOf(module.params));
  return found;
}
