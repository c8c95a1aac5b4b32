import { basename, join } from "node:path";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Module } from "../module/define-module.ts";
import type { VarsFile, VarsTree } from "../module/params.ts";
import { isInside, type SiteFiles } from "../site/files.ts";
import { readSiteYaml } from "../site/read-site-yaml.ts";
import { readVars } from "../site/read-vars.ts";
import type { Parsed, ValueSource } from "../value/expression.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { normalized } from "./bind-params.ts";
import { findLocal } from "./find-local-file.ts";
import type { Context, PlainEntry, Task } from "./task.ts";

const read = new WeakMap<SiteFiles, Map<string, Parsed<VarsLayer>>>();

/** A file of variables of the site; read and parsed once. */
function layerAt(files: SiteFiles, path: string): Parsed<VarsLayer> {
  const known = read.get(files) ?? new Map<string, Parsed<VarsLayer>>();
  read.set(files, known);
  const before = known.get(path);
  if (before) return before;
  const diagnostics: Diagnostic[] = [];
  const yaml = readSiteYaml(files, path);
  diagnostics.push(...yaml.diagnostics);
  const at = { level: 7, origin: files.show(path) } as const;
  const layer = readVars(yaml.node, at, (diagnostic) => diagnostics.push(diagnostic));
  const wrong = diagnostics.some(({ severity }) => severity !== "warning");
  const parsed: Parsed<VarsLayer> = wrong
    ? { ok: false, diagnostics }
    : { ok: true, value: layer, warnings: diagnostics };
  known.set(path, parsed);
  return parsed;
}

/** The variables of a file that a parameter names: in `vars/` of the role first, then beside the playbook. */
export function findVarsFile(files: SiteFiles, name: string, context: Context, place: Place): Parsed<VarsFile> {
  const path = findLocal(files, name, { kind: "file", folder: "vars" }, context, place);
  return path.ok ? varsFileAt(files, path.value, name) : path;
}

function varsFileAt(files: SiteFiles, path: string, name: string): Parsed<VarsFile> {
  const layer = layerAt(files, path);
  if (!layer.ok) return layer;
  const variables = [...layer.value.variables].flatMap(([variable, { place, content }]) =>
    content.kind === "source" ? [{ name: variable, source: content.source, place }] : [],
  );
  return { ok: true, value: { kind: "vars-file", name, variables } };
}

/** All files of variables in a folder and those below it, in the order of their paths. */
export function findVarsTree(files: SiteFiles, name: string, context: Context, place: Place): Parsed<VarsTree> {
  const folder = findLocal(files, name, { kind: "folder", folder: "vars" }, context, place);
  if (!folder.ok) return folder;
  const found: VarsFile[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of pathsIn(files, folder.value, folder.value)) {
    const file = varsFileAt(files, path, files.show(path));
    if (file.ok) found.push(file.value);
    else diagnostics.push(...file.diagnostics);
  }
  if (diagnostics.length > 0) return { ok: false, diagnostics };
  return { ok: true, value: { kind: "vars-tree", name, files: found } };
}

function pathsIn(files: SiteFiles, folder: string, root: string): readonly string[] {
  return (files.list(folder) ?? []).flatMap((name): readonly string[] => {
    const path = join(folder, name);
    if (name.startsWith(".") || name.endsWith("~")) return [];
    if (files.kind(path) === "folder") return pathsIn(files, path, root);
    const wanted = /\.(ya?ml|json)(\.age)?$/.test(basename(path)) && isInside(files, root, path);
    return wanted ? [path] : [];
  });
}

/** The variables that a task loads from files of literal names; null: which they are is known in the run alone. */
export function variablesLoadedBy(
  entry: PlainEntry,
  { modules, files }: { readonly modules: ReadonlyMap<string, Module>; readonly files: SiteFiles },
): readonly { readonly name: string; readonly sources: readonly ValueSource[] }[] | null {
  if (entry.kind !== "task" || entry.source.module !== "include_vars") return [];
  const module = modules.get(entry.source.module);
  if (!module) return [];
  const params = normalized(module, entry.source.params);
  if (params.kind !== "map") return null;
  const said = (key: string): ValueSource | undefined => params.entries.find((each) => each.key === key)?.value;
  const [file, dir, name] = [said("file"), said("dir"), said("name")];
  const loaded = file ? fromFile(entry, file, files) : dir ? fromFolder(entry, dir, files) : [];
  if (name === undefined || loaded === null) {
    return name?.kind === "literal" ? [{ name: String(name.value), sources: [] }] : loaded;
  }
  if (name.kind !== "literal") return null;
  return [{ name: String(name.value), sources: loaded.flatMap(({ sources }) => sources) }];
}

function fromFile({ context }: Task, source: ValueSource, files: SiteFiles) {
  if (source.kind !== "literal" || typeof source.value !== "string") return null;
  const found = findVarsFile(files, source.value, context, source.place);
  return found.ok ? namesIn([found.value]) : [];
}

function fromFolder({ context }: Task, source: ValueSource, files: SiteFiles) {
  if (source.kind !== "literal" || typeof source.value !== "string") return null;
  const found = findVarsTree(files, source.value, context, source.place);
  return found.ok ? namesIn(found.value.files) : [];
}

function namesIn(files: readonly VarsFile[]) {
  return files.flatMap(({ variables }) => variables.map(({ name, source }) => ({ name, sources: [source] })));
}
