import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Module } from "../module/define-module.ts";
import { noContributions } from "../module/params.ts";
import { ansibleModule } from "../site/ansible-modules.ts";
import type { SiteFiles } from "../site/files.ts";
import { nearest } from "../text/nearest.ts";
import type { Expression, Parsed, ValueSource } from "../value/expression.ts";
import { variableNameProblem } from "../vars/variable-names.ts";
import { type Binding, hole, rawParams, validateParams } from "./bind-params.ts";
import { parsedExpression, templateAt } from "./bind-task.ts";
import { checkFragments } from "./check-fragments.ts";
import { findLocalDest } from "./find-local-dest.ts";
import { findLocal, readLocalFile, readLocalTree } from "./find-local-file.ts";
import { settledParams } from "./settled-params.ts";
import type { Task } from "./task.ts";
import { findVarsFile, findVarsTree } from "./vars-files.ts";

function hintFor(name: string, near: string | undefined): { readonly hint?: string } {
  const hint = ansibleModule(name) ?? (near === undefined ? undefined : `did you mean \`${near}\`?`);
  return hint === undefined ? {} : { hint };
}

/** Names of variables that a task sets: they may be no others than those of any level. */
function checkDeclared(module: Module, params: ValueSource): readonly Diagnostic[] {
  if (module.kind !== "controller" || params.kind !== "map") return [];
  const declared = new Set(module.declares?.(params.entries.map(({ key }) => key)));
  return params.entries
    .filter(({ key }) => declared.has(key))
    .flatMap(({ key, keyPlace }) => variableNameProblem(key, keyPlace) ?? []);
}

/** Checks the parameters of a task as far as they are literal: names, types, files, templates, expressions. */
export function checkParams(task: Task, modules: ReadonlyMap<string, Module>, files: SiteFiles): readonly Diagnostic[] {
  const { source, context } = task;
  const module = modules.get(source.module);
  if (!module) {
    const near = nearest(source.module, modules.keys());
    return [
      {
        code: "unknown-module",
        message: `there is no module \`${source.module}\``,
        place: source.modulePlace,
        ...hintFor(source.module, near),
      },
    ];
  }
  // Nothing of it is a template or a file, and its module takes it: the run asks the same.
  if (settledParams(module, source) !== null) return checkDeclared(module, source.params);
  const found: Diagnostic[] = [];
  const usable = <T>(parsed: Parsed<T>): T | undefined => {
    if (!parsed.ok) found.push(...parsed.diagnostics);
    return parsed.ok ? parsed.value : undefined;
  };
  const parsed = (each: Parsed<Expression>, value: boolean | null): Expression => {
    usable(each);
    return { source: "", place: source.place, uses: [], evaluate: () => value };
  };
  const broken = hole as never;
  const binding: Binding = {
    scope: { get: () => undefined, has: () => false, names: () => [] },
    contributed: () => noContributions,
    value: (value) => (value.kind === "literal" ? value.value : broken),
    condition: (each) => parsed(parsedExpression(each, "condition"), true),
    expression: (each) => parsed(parsedExpression(each, "expression"), null),
    localFile: (name, place) => {
      const path = usable(findLocal(files, name, { kind: "file", folder: "files" }, context, place));
      return path === undefined ? broken : readLocalFile(files, path, name);
    },
    localTree: (name, place) => {
      const path = usable(findLocal(files, name, { kind: "folder", folder: "files" }, context, place));
      return path === undefined ? broken : readLocalTree(files, path, name);
    },
    varsFile: (name, place) => usable(findVarsFile(files, name, context, place)) ?? broken,
    varsTree: (name, place) => usable(findVarsTree(files, name, context, place)) ?? broken,
    localDest: (name, place) => usable(findLocalDest(files, name, "host", context, place)) ?? broken,
    templateFile: (name, place) => {
      const path = usable(findLocal(files, name, { kind: "file", folder: "templates" }, context, place));
      if (path === undefined || usable(templateAt(files, path)) === undefined) return broken;
      return { kind: "template-file", name, content: "" };
    },
  };
  const raw = rawParams(module, source.params, binding);
  const valid = validateParams(module, raw, source.params, source.modulePlace);
  if (!valid.ok) found.push(...valid.diagnostics);
  found.push(...checkFragments(module, source.params, raw));
  found.push(...checkDeclared(module, source.params));
  return found;
}
