import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Inventory, InventoryHost } from "../inventory/inventory.ts";
import { findHost } from "../inventory/load-inventory.ts";
import { selectHosts } from "../inventory/select-hosts.ts";
import type { Module } from "../module/define-module.ts";
import type { SiteFiles } from "../site/files.ts";
import type { Role, Site } from "../site/site.ts";
import { Unknown } from "../value/unknown.ts";
import type { Value } from "../value/value.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { checkArguments, checkRoleUses } from "./check-arguments.ts";
import { checkCycles } from "./check-cycles.ts";
import { checkFlow, checkOrder, rescues } from "./check-flow.ts";
import { checkKeywords, checkNotify } from "./check-keywords.ts";
import { checkParams } from "./check-params.ts";
import { checkValues } from "./check-values.ts";
import { checkVariables, namesSetBy, setsAnything } from "./check-variables.ts";
import {
  type ExpandedPlay,
  expandInclude,
  expandPlay,
  type IncludeTarget,
  literalText,
  type TagSelection,
} from "./expand.ts";
import { failureNames } from "./failure-names.ts";
import { mayFetchFiles } from "./fetches-files.ts";
import { type Contributor, findContributors } from "./find-contributors.ts";
import { grownBy, growthsInSite } from "./growths.ts";
import { growthBefore, type HostsNow, hostsToCome, selectNow, within } from "./hosts-to-come.ts";
import { defaultsProblems, keywordProblems } from "./keyword-problems.ts";
import { checkTasksFrom } from "./missing-tasks.ts";
import { startAt } from "./start-at.ts";
import { type DynamicInclude, flattened, type Handler, type PlainEntry, type PlannedEntry, type Task } from "./task.ts";

export interface CheckRequest {
  readonly site: Site;
  readonly inventory: Inventory;
  readonly modules: ReadonlyMap<string, Module>;
  readonly files: SiteFiles;
  readonly selection: TagSelection;
  readonly extraVars: VarsLayer;
  /** The pattern of `--limit`. */
  readonly limit?: string;
  /** Of `--start-at-task`: what stands before it does not run, so that it sets nothing either. */
  readonly startAtTask?: string;
  /** Reads an `@file` of a host pattern. */
  readPatternFile?(path: string): string | undefined;
}
export interface CheckedPlay {
  readonly expanded: ExpandedPlay;
  readonly hosts: readonly string[];
  /** The same for an inventory that has changed since. */
  select(inventory: Inventory): HostsNow;
  /** Every tag in it. */
  readonly tags: ReadonlySet<string>;
  /** All that is known of it before the run, whatever tags leave of it: tasks, those in includes too, and handlers. */
  readonly entries: readonly CheckedEntry[];
  readonly handlers: readonly Handler[];
  /** Some of its tasks are known in the run alone. */
  readonly open: boolean;
  /** Tasks that contribute to something, those too that tags and limit leave out. */
  readonly contributors: readonly Contributor[];
}

/** All that can be known before connecting is checked here, in every play, whatever tags and limit leave of it. */
export function checkSite(request: CheckRequest): {
  readonly plays: readonly CheckedPlay[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const { site, inventory } = request;
  const diagnostics: Diagnostic[] = [];
  diagnostics.push(...checkTasksFrom(site), ...checkRoleUses(site));
  const limited = limitOf(request, diagnostics);
  const plays: CheckedPlay[] = [];
  const all = site.playbooks
    .flatMap((playbook) => playbook.plays)
    .map((play, index) => ({ play, id: `p${index + 1}`, expanded: expandPlay(site, play, `p${index + 1}`, null) }));
  const start =
    request.startAtTask === undefined
      ? null
      : startAt(
          request.startAtTask,
          all.map(({ expanded }) => expanded),
        );
  diagnostics.push(...(start?.diagnostics ?? []));
  const trim = (expanded: ExpandedPlay): ExpandedPlay =>
    start && start.diagnostics.length === 0 ? start.trim(expanded) : expanded;
  const whole = all.map((each) => ({ ...each, expanded: trim(each.expanded) }));
  // What any play of the run registers or sets may be there in a later one.
  const everything = whole.map(({ expanded }) => ({ expanded, ...allEntries(site, expanded) }));
  const set = new Set(
    everything.flatMap(({ entries }) => entries.flatMap((entry) => namesSetBy(entry, request.modules, request.files))),
  );
  // What group_vars/ says of a group that a task may put hosts into is there once it has.
  for (const name of inventory.awaited ?? []) set.add(name);
  if (everything.some(({ expanded }) => rescues(expanded.sections.flat())))
    for (const name of failureNames) set.add(name);
  const anyOpen = everything.some(({ open, entries }) => open || entries.some((entry) => setsAnything(entry, request)));
  const growing =
    inventory.sources.some(({ guests }) => guests === null) ||
    everything.some(({ entries }) => entries.some((entry) => entry.kind === "task" && growsInventory(entry)));
  const every = everything.flatMap(({ entries }) => entries);
  const fetching = anyOpen || mayFetchFiles(every, request);
  for (const [index, { play, id }] of whole.entries()) {
    const hosts = selectHosts(inventory, play.hosts.pattern, play.hosts.place, request.readPatternFile);
    const grown = growthBefore(everything.slice(0, index).flatMap((each) => each.entries));
    const coming = hosts.ok ? null : hostsToCome(grown, play, request);
    if (!hosts.ok && coming === null) diagnostics.push(...hosts.diagnostics);
    const names = hosts.ok ? hosts.value : [];
    const { entries, handlers, open } = everything[index] ?? { entries: [], handlers: [], open: false };
    const { moduleDefaults } = play.keywords;
    if (moduleDefaults && entries.length === 0) diagnostics.push(...defaultsProblems(moduleDefaults, request.modules));
    diagnostics.push(...checkEntries(entries, handlers, request), ...checkFlow(play, entries, request));
    // A pattern that matches nothing has been reported; what is wrong beside it is told all the same, in the same run.
    const inventoryHosts = hosts.ok
      ? names.flatMap((name) => findHost(inventory, name) ?? [])
      : (coming ?? [everyHost(inventory, play.hosts.place)]);
    // Of guests that nobody was asked for the variables are known as little as the names.
    const unasked =
      (coming !== null && coming.length === 0) ||
      (!hosts.ok && inventory.sources.some(({ guests }) => guests === null));
    const undefinedNames = unasked ? [] : checkVariables({ entries, hosts: inventoryHosts, set, request });
    diagnostics.push(...(anyOpen ? undefinedNames.map(perhapsSet) : undefinedNames));
    const world = {
      inventory,
      extraVars: request.extraVars,
      set,
      growing,
      ...(!fetching && { files: request.files }),
    };
    diagnostics.push(...checkArguments({ entries, hosts: hosts.ok ? inventoryHosts : [], world, open: anyOpen }));
    const told = new Set(diagnostics.map(placed));
    const ofValues = [
      ...checkValues({ entries, hosts: inventoryHosts, world, request }),
      ...checkCycles({ play, entries, hosts: inventoryHosts, world }),
    ].filter((diagnostic) => !told.has(placed(diagnostic)));
    diagnostics.push(...(anyOpen ? ofValues.map(perhapsOther) : ofValues));
    plays.push({
      entries,
      handlers,
      open,
      contributors: findContributors({ entries, open, names, limited, selection: request.selection }, request.modules),
      expanded: trim(expandPlay(site, play, id, request.selection)),
      hosts: limited ? names.filter((name) => limited.has(name)) : names,
      select: (now) => selectNow(now, play, request),
      tags: new Set(entries.flatMap(({ context }) => [...context.tags])),
    });
  }
  // What a play says for all its tasks is wrong in each of them, and told once.
  const unique = new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic]));
  return { plays, diagnostics: [...unique.values()] };
}

/** Tasks and handlers by themselves: modules, parameters, files, keywords, the handlers that they name. */
export function checkEntries(
  entries: readonly CheckedEntry[],
  handlers: readonly Handler[],
  { modules, files, site, inventory }: Pick<CheckRequest, "modules" | "files" | "site" | "inventory">,
): readonly Diagnostic[] {
  return entries.flatMap((entry) => [
    ...(entry.kind === "task" ? [...checkParams(entry, modules, files), ...checkKeywords(entry, modules)] : []),
    ...checkNotify(entry, handlers),
    ...checkOrder(entry),
    ...keywordProblems(entry, { modules, site, inventory }),
  ]);
}

/** Where an include is known only while the play runs, a variable may be set in it: a doubt, but no error. */

function perhapsSet(diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.code !== "undefined-variable") return diagnostic;
  return { ...diagnostic, severity: "warning", message: `${diagnostic.message}, unless an include sets it` };
}

/** The same for values: one that the files know may be another one by then. */
function perhapsOther(diagnostic: Diagnostic): Diagnostic {
  return { ...diagnostic, severity: "warning", message: `${diagnostic.message}, unless an include sets it otherwise` };
}

function placed({ code, place }: Diagnostic): string {
  return [code, place?.file, place?.line, place?.column].join("\0");
}

/** Hosts and groups are other ones once these have run. */
function growsInventory({ source }: Task): boolean {
  return source.module === "add_host" || source.module === "group_by" || source.module === "meta";
}

function limitOf(
  { site, inventory, limit, readPatternFile }: CheckRequest,
  diagnostics: Diagnostic[],
): ReadonlySet<string> | null {
  if (limit === undefined) return null;
  const hosts = selectHosts(inventory, limit, undefined, readPatternFile);
  if (hosts.ok) return new Set(hosts.value);
  const grown = growthsInSite(site);
  if (grown.open || selectHosts(grownBy(inventory, [grown]), limit, undefined, readPatternFile).ok) {
    return within(inventory, limit, readPatternFile);
  }
  diagnostics.push(...hosts.diagnostics.map((each) => ({ ...each, message: `--limit: ${each.message}` })));
  return new Set();
}

/** Stands for a play's hosts while nobody knows which they are: knows what any host knows. */
function everyHost(inventory: Inventory, place: Place): InventoryHost {
  return { name: "", place, groups: [], layers: [...inventory.hosts.values()].flatMap(({ layers }) => layers) };
}

export type CheckedEntry = PlainEntry;

/** Every task that is known before the run, those of loops over includes too; and every handler. `open`: there are more. */
function allEntries(
  site: Site,
  expanded: ExpandedPlay,
): { readonly entries: readonly CheckedEntry[]; readonly handlers: readonly Handler[]; readonly open: boolean } {
  const entries: CheckedEntry[] = [];
  let open = false;
  const handlers: Handler[] = [...expanded.handlers];
  const walk = (planned: readonly PlannedEntry[], inside: ReadonlySet<unknown>): void => {
    for (const entry of flattened(planned)) {
      entries.push(entry);
      if (entry.kind !== "dynamic-include") continue;
      const target = knownTarget(site, entry);
      // A role that is named and not there has been told of: nothing comes of it.
      if (!target && !(entry.source.kind === "include-role" && literalText(entry.source.role) !== null)) open = true;
      // A file that includes itself is walked once.
      const key = entry.source;
      if (!target || inside.has(key)) continue;
      const { loopControl, loop } = entry.source.keywords;
      const names = loop
        ? [loopControl.loopVar, ...(loopControl.indexVar === undefined ? [] : [loopControl.indexVar])]
        : [];
      const extra = new Map<string, Value>(names.map((name) => [name, new Unknown("known when the loop runs")]));
      const inner = expandInclude(site, entry, target, extra, 0, null);
      handlers.push(...inner.handlers);
      walk(inner.entries, new Set([...inside, key]));
    }
  };
  walk(expanded.sections.flat(), new Set());
  // What a handler includes is checked with the rest, but it is no handler itself: nothing can notify it.
  walk([...handlers], new Set());
  return { entries, handlers, open };
}

function knownTarget(site: Site, { source }: DynamicInclude): IncludeTarget | null {
  if (source.kind === "block") return { block: source };
  if (source.kind === "include-tasks") return source.entries ? { entries: source.entries } : null;
  const name = literalText(source.role);
  const role: Role | undefined = name === null ? undefined : site.roles.get(name);
  const tasksFrom = source.tasksFrom ? literalText(source.tasksFrom) : null;
  return role && (source.tasksFrom === null || tasksFrom !== null) ? { role, tasksFrom } : null;
}
