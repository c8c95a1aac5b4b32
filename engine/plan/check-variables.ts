import type { Diagnostic } from "../errors/diagnostic.ts";
import type { InventoryHost } from "../inventory/inventory.ts";
import type { Module } from "../module/define-module.ts";
import type { SiteFiles } from "../site/files.ts";
import { nearest } from "../text/nearest.ts";
import type { VariableUse } from "../value/expression.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { magicNames } from "../vars/variable-names.ts";
import { ansibleVariable } from "./ansible-variables.ts";
import { factGroups } from "./facts.ts";
import { requiredArguments } from "./role-arguments.ts";
import type { PlainEntry } from "./task.ts";
import { usesInParams } from "./uses-in-params.ts";
import { usesInEntry, usesInKeywords, usesInSource, usesInUntil } from "./uses-in-play.ts";
import { variablesLoadedBy } from "./vars-files.ts";

interface VariablesToCheck {
  readonly entries: readonly PlainEntry[];
  readonly hosts: readonly InventoryHost[];
  /** What register and set_fact set anywhere in the run. */
  readonly set: ReadonlySet<string>;
  readonly request: {
    readonly modules: ReadonlyMap<string, Module>;
    readonly files: SiteFiles;
    readonly extraVars: VarsLayer;
  };
}

/** Every reading of a variable that no level defines, for the hosts that lack it; through the variables' own templates too. */
export function checkVariables({ entries, hosts, set, request }: VariablesToCheck): readonly Diagnostic[] {
  const undefinedAt = new Map<string, { readonly diagnostic: Diagnostic; readonly hosts: string[] }>();
  for (const group of alike(hosts)) {
    for (const entry of entries) {
      const scopeOf = (layers: readonly VarsLayer[]): Known => ({
        layers: [...group.layers, ...layers, request.extraVars],
        set,
        loop: [...(entry.source.keywords.loop ? loopNames(entry) : []), ...requiredArguments(entry.context.guards)],
        role: entry.context.role !== null,
      });
      const complain = (use: VariableUse, known: Known): void => {
        const diagnostic = problemWith(use, known);
        if (!diagnostic) return;
        const { file, line, column } = use.place;
        const key = `${file}:${line}:${column}:${diagnostic.message}`;
        const found = undefinedAt.get(key) ?? { diagnostic, hosts: [] };
        if (!found.hosts.includes(group.names[0] ?? "")) found.hosts.push(...group.names);
        undefinedAt.set(key, found);
      };
      const own = scopeOf(entry.context.layers);
      checkUses([...usesInEntry(entry), ...usesInParams(entry, request)], own, complain);
      const registered = entry.source.keywords.register?.name;
      checkUses(
        [...usesInKeywords(entry.source.keywords)],
        { ...own, loop: [...own.loop, ...(registered ? [registered] : [])] },
        complain,
      );
      checkUses(
        [...usesInUntil(entry.source.keywords)],
        { ...own, loop: [...own.loop, registered ?? "result"] },
        complain,
      );
      for (const guard of entry.context.guards) checkUses(guard.expression.uses, scopeOf(guard.layers), complain);
    }
  }
  return [...undefinedAt.values()].map(({ diagnostic, hosts: lacking }) => {
    if (lacking.length === hosts.length || diagnostic.code !== "undefined-variable") return diagnostic;
    const some = lacking.slice(0, 3).join(", ");
    const more = lacking.length > 3 ? ` and ${lacking.length - 3} more` : "";
    return { ...diagnostic, message: `${diagnostic.message} for ${some}${more}` };
  });
}

interface Known {
  readonly layers: readonly VarsLayer[];
  readonly set: ReadonlySet<string>;
  readonly loop: readonly string[];
  readonly role: boolean;
}

/** Uses, and those in the templates of the variables that they read. */
function checkUses(
  uses: readonly VariableUse[],
  known: Known,
  complain: (use: VariableUse, known: Known) => void,
): void {
  const seen = new Set<string>();
  const queue = [...uses];
  for (let use = queue.shift(); use; use = queue.shift()) {
    complain(use, known);
    const name = use.name === "vars" ? use.path[0] : use.name;
    if (name === undefined || seen.has(name)) continue;
    seen.add(name);
    for (const layer of known.layers) {
      const content = layer.variables.get(name)?.content;
      if (content?.kind === "source") queue.push(...usesInSource(content.source));
    }
  }
}

function problemWith(use: VariableUse, known: Known): Diagnostic | null {
  if (use.name === "facts") return unknownFact(use);
  if (use.name === "vars" && use.path.length === 0) return null;
  const name = use.name === "vars" ? (use.path[0] ?? "") : use.name;
  if (use.optional || isKnown(name, known)) return null;
  const names = [
    ...known.layers.flatMap(({ variables }) => [...variables.keys()]),
    ...known.set,
    ...known.loop,
    ...magicNames,
    "facts",
  ];
  const near = nearest(name, names);
  return {
    code: "undefined-variable",
    message: `variable \`${name}\` is not defined`,
    place: use.place,
    hint: ansibleVariable(name) ?? (near ? `did you mean \`${near}\`?` : whereToDefine(name)),
  };
}

const oldBooleans: Readonly<Record<string, string>> = { yes: "true", on: "true", no: "false", off: "false" };

function whereToDefine(name: string): string {
  const boolean = oldBooleans[name.toLowerCase()];
  if (boolean !== undefined)
    return `write \`${boolean}\`: in YAML 1.2 \`${name}\` is a text, and in a condition a variable`;
  return name === "item"
    ? "only a task with `loop` has it: write `loop:` beside the module"
    : "define it in the inventory, the play or the role, or give it a value where it is read: `default`";
}

function isKnown(name: string, known: Known): boolean {
  if (name === "role_name" || name === "role_path") return known.role;
  return (
    magicNames.has(name) ||
    known.set.has(name) ||
    known.loop.includes(name) ||
    known.layers.some(({ variables, closed }) => variables.has(name) || closed === true)
  );
}

function unknownFact({ path, place }: VariableUse): Diagnostic | null {
  const [wanted] = path;
  if (wanted === undefined || factGroups.some(({ name }) => name === wanted)) return null;
  const names = factGroups.map(({ name }) => name);
  const near = nearest(wanted, names);
  return {
    code: "unknown-fact",
    message: `there are no facts \`${wanted}\``,
    place,
    hint: near ? `did you mean \`facts.${near}\`?` : `there are ${names.join(", ")}`,
  };
}

/** Hosts with the same variables are checked as one. */
function alike(
  hosts: readonly InventoryHost[],
): readonly { readonly names: string[]; readonly layers: readonly VarsLayer[] }[] {
  const groups = new Map<string, { readonly names: string[]; readonly layers: readonly VarsLayer[] }>();
  for (const host of hosts) {
    const key = host.layers
      .flatMap(({ origin, variables }) => [origin.startsWith("host vars") ? "" : origin, ...variables.keys()])
      .join("\0");
    const group = groups.get(key) ?? { names: [], layers: host.layers };
    group.names.push(host.name);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function loopNames({ source }: PlainEntry): readonly string[] {
  const { loopVar, indexVar } = source.keywords.loopControl;
  return indexVar === undefined ? [loopVar] : [loopVar, indexVar];
}

/** What a task sets for those after it. */
export function namesSetBy(
  entry: PlainEntry,
  modules: ReadonlyMap<string, Module>,
  files?: SiteFiles,
): readonly string[] {
  if (entry.kind !== "task") return [];
  const loaded = files ? (variablesLoadedBy(entry, { modules, files }) ?? []) : [];
  if (loaded.length > 0) {
    return [
      ...loaded.map(({ name }) => name),
      ...(entry.source.keywords.register ? [entry.source.keywords.register.name] : []),
    ];
  }
  const { params, module: name, keywords } = entry.source;
  const module = modules.get(name);
  const keys = params.kind === "map" ? params.entries.map(({ key }) => key) : [];
  const declared = module?.kind === "controller" ? (module.declares?.(keys) ?? []) : [];
  return keywords.register ? [...declared, keywords.register.name] : declared;
}

/** Whether a task may set variables of any name: those of a file that is known in the run alone. */
export function setsAnything(
  entry: PlainEntry,
  request: { readonly modules: ReadonlyMap<string, Module>; readonly files: SiteFiles },
): boolean {
  return variablesLoadedBy(entry, request) === null;
}
