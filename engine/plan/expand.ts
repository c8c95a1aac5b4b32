import type { Place } from "../errors/diagnostic.ts";
import type { BlockSource, Entry, HandlerSource, IncludeRole, Play, Role, RoleUse, Site } from "../site/site.ts";
import type { Value } from "../value/value.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { contextOfPlay, playLayers, within } from "./inherit.ts";
import { withModuleDefaults } from "./module-defaults.ts";
import { argumentGuard, argumentsOf, takenByDependencies } from "./role-arguments.ts";
import type { Context, DynamicInclude, Guard, Handler, HandlerInclude, PlannedBlock, PlannedEntry } from "./task.ts";

/** A play as it runs: its entries in order, static includes and roles already in their place. */
export interface ExpandedPlay {
  readonly play: Play;
  readonly id: string;
  /** Handlers run after each section. */
  readonly sections: readonly (readonly PlannedEntry[])[];
  /** In the order of declaration: those of roles, then those of the play. */
  readonly handlers: readonly Handler[];
}

/** Which tasks a run takes, from `--tags` and `--skip-tags`; null takes all of them, for the static check. */
export type TagSelection = { readonly tags: readonly string[]; readonly skipTags: readonly string[] } | null;

/** Play → entries. Roles come with their dependencies first; one that is used twice in the same way runs once. */
export function expandPlay(site: Site, play: Play, id: string, selection: TagSelection): ExpandedPlay {
  const base = contextOfPlay(play);
  const expander = new Expander(site, selection);
  const roles: PlannedEntry[] = [];
  const seen: RolesRun = new Map();
  play.roles.forEach((use, index) => {
    roles.push(...expander.roleUse(use, `${id}/role${index + 1}`, base, seen));
  });
  const sections = [
    expander.entries(play.preTasks, `${id}/pre`, id, base),
    [...roles, ...expander.entries(play.tasks, `${id}/task`, id, base)],
    expander.entries(play.postTasks, `${id}/post`, id, base),
  ];
  const ofRoles = [...expander.rolesSeen.values()].flatMap((seenRole) => expander.roleHandlers(seenRole));
  // Conditions of an import hold for tasks, as those of a role's use do.
  const ofPlay = play.handlers.map((source, index) =>
    plannedHandler(source, `${id}/handler${index + 1}`, id, { ...base, guards: [] }),
  );
  return { play, id, sections, handlers: [...ofRoles, ...ofPlay] };
}

/** What an include has been found to name, or the block that is to be gone through once more. */
export type IncludeTarget =
  | { readonly entries: readonly Entry[] }
  | { readonly role: Role; readonly tasksFrom: string | null }
  | { readonly block: BlockSource };

/** What an include stands for, once its name is known. `extra` are its loop variables. */
export function expandInclude(
  site: Site,
  include: Pick<DynamicInclude, "id" | "parent" | "context" | "source" | "handler">,
  target: IncludeTarget,
  extra: ReadonlyMap<string, Value>,
  occurrence: number,
  selection: TagSelection,
): { readonly entries: readonly PlannedEntry[]; readonly handlers: readonly Handler[] } {
  // A handler runs because it was notified: tags leave nothing of it out.
  const expander = new Expander(site, include.handler ? null : selection, include.handler);
  const id = `${include.id}#${occurrence + 1}`;
  const loopLayer: VarsLayer = {
    level: 6,
    origin: include.source.kind === "block" ? "loop of the block" : "loop of the include",
    variables: new Map(
      [...extra].map(([name, value]) => [
        name,
        { place: include.source.place, content: { kind: "data" as const, value } },
      ]),
    ),
  };
  // The loop variables stand on top of every scope inside, that of the include's own conditions too.
  const context: Context = {
    ...include.context,
    layers: [...include.context.layers, loopLayer],
    guards: include.context.guards.map((guard) => ({ ...guard, layers: [...guard.layers, loopLayer] })),
  };
  const expanded = (): PlannedEntry[] => {
    if ("block" in target) return expander.block(target.block, id, include.parent, context);
    if (!("role" in target)) return expander.entries(target.entries, id, id, context);
    return expander.includedRole(target.role, target.tasksFrom, context, id, include.source, loopLayer);
  };
  const entries = expanded();
  return {
    entries,
    handlers: [...expander.rolesSeen.values()].flatMap((seen) => expander.roleHandlers(seen)),
  };
}

/** The roles that a play has run, each with the conditions that it stood under, use by use. */
type RolesRun = Map<string, readonly ReadonlySet<string>[]>;

interface RoleSeen {
  readonly role: Role;
  readonly id: string;
  readonly context: Context;
}

/** Lives for one expansion: remembers which roles were met, for their handlers. */
class Expander {
  readonly rolesSeen = new Map<string, RoleSeen>();
  readonly #site: Site;
  readonly #selection: TagSelection;
  /** What is expanded is what a handler includes. */
  readonly #ofHandler: boolean;
  /** The lists of tasks of roles that are being expanded, one inside of the other. */
  readonly #around = new Set<string>();

  constructor(site: Site, selection: TagSelection, ofHandler = false) {
    this.#site = site;
    this.#selection = selection;
    this.#ofHandler = ofHandler;
  }

  entries(entries: readonly Entry[], prefix: string, parent: string, outer: Context): PlannedEntry[] {
    return entries.flatMap((entry, index) => this.#entry(entry, `${prefix}${index + 1}`, parent, outer));
  }

  roleUse(use: RoleUse, id: string, outer: Context, seen: RolesRun): PlannedEntry[] {
    const role = this.#site.roles.get(use.role);
    if (!role) return []; // reported when the site was loaded
    const own = use.when.map((expression): Guard => ({ expression, layers: outer.layers, role: outer.role }));
    const guards = [...outer.guards, ...own];
    // The same role with the same parameters runs once in a play, as a dependency too. One that ran under conditions
    // does not count for a use without them: it may not have run at all.
    const key = [
      use.role,
      ...[...use.vars.variables].map(([name, { place }]) => `${name}@${shownPlace(place)}`),
    ].join();
    const conditions = new Set(guards.map(({ expression }) => expression.source));
    const earlier = seen.get(key) ?? [];
    if (earlier.some((asked) => [...asked].every((condition) => conditions.has(condition)))) return [];
    const context: Context = {
      ...outer,
      guards,
      tags: new Set([...outer.tags, ...use.tags]),
      become: use.become ?? outer.become,
      becomeUser: use.becomeUser ?? outer.becomeUser,
      environment: use.environment ? [...outer.environment, use.environment] : outer.environment,
      delegateTo: use.delegateTo ?? outer.delegateTo,
    };
    // Noted before its dependencies are: a role that comes to depend on itself (reported elsewhere) must end here.
    seen.set(key, [...earlier, conditions]);
    const entries = this.#role({ role, list: null, given: use.vars, place: use.place }, id, context, [], seen);
    // A use of which the tags leave nothing has not run.
    if (entries.length === 0) seen.set(key, earlier);
    return entries;
  }

  includedRole(
    role: Role,
    tasksFrom: string | null,
    outer: Context,
    id: string,
    { keywords, place }: Pick<IncludeRole, "keywords" | "place">,
    ...extra: readonly VarsLayer[]
  ): PlannedEntry[] {
    const use = { role, list: tasksFrom, given: keywords.vars, place, include: true };
    return this.#role(use, id, outer, extra, new Map());
  }

  #role(use: UsedRole, id: string, outer: Context, extra: readonly VarsLayer[], seen: RolesRun): PlannedEntry[] {
    const { role, list, given, place } = use;
    // One that comes back to itself is reported elsewhere, and must end here.
    const here = JSON.stringify([role.name, list ?? "main"]);
    if (this.#around.has(here)) return [];
    this.#around.add(here);
    const tasks = list === null ? role.tasks : (role.taskFiles.get(list) ?? []);
    const dependencies = role.dependencies.flatMap((use, index) =>
      this.roleUse(use, `${id}/dependency${index + 1}`, { ...outer, layers: playLayers(outer) }, seen),
    );
    const takes = argumentsOf(role, list);
    // Defaults and vars are seen in the role only: whatever role stood around it gives nothing.
    const own = [role.defaults, ...(takes ? [takes.layer] : []), role.vars];
    const layers = [...playLayers(outer), ...own, given, ...extra];
    // What an include is given is seen by the roles that its role depends on, too.
    const others = use.include ? takenByDependencies(this.#site, role) : noNames;
    const guards = takes
      ? [...outer.guards, argumentGuard({ role, takes, given, place, others }, layers)]
      : outer.guards;
    const context: Context = { ...outer, role, roleUses: [...outer.roleUses, id], layers, guards };
    if (!this.rolesSeen.has(role.name)) this.rolesSeen.set(role.name, { role, id, context });
    const entries = [...dependencies, ...this.entries(tasks, `${id}/`, id, context)];
    this.#around.delete(here);
    return entries;
  }

  roleHandlers({ role, id, context }: RoleSeen): Handler[] {
    // A handler runs because it was notified: conditions and tags of the role's use do not hold it back, nor does it
    // notify what a block around that use notifies, or end with the role.
    const own: Context = { ...context, guards: [], roleUses: [], notify: [] };
    return role.handlers.map((source, index) => plannedHandler(source, `${id}/handler${index + 1}`, id, own));
  }

  /** Nothing, if the tags leave nothing of it. */
  block(source: BlockSource, id: string, parent: string, context: Context): PlannedBlock[] {
    const [body, rescue, always] = (["body", "rescue", "always"] as const).map((section) =>
      this.entries(source[section], `${id}/${section}`, id, context),
    );
    if (!body || !rescue || !always || body.length + rescue.length + always.length === 0) return [];
    return [{ kind: "block", id, parent, source, context, body, rescue, always }];
  }

  #entry(entry: Entry, id: string, parent: string, outer: Context): PlannedEntry[] {
    const context = within(outer, entry.keywords);
    if (entry.kind === "task") {
      if (!selected(context.tags, this.#selection)) return [];
      const source = withModuleDefaults(entry, context.moduleDefaults);
      return [{ kind: "task", id, parent, source, handler: this.#ofHandler, context }];
    }
    if (entry.kind === "meta") {
      if (!selected(context.tags, this.#selection)) return [];
      return [{ kind: "meta", id, parent, source: entry, handler: this.#ofHandler, context }];
    }
    if (this.#selection?.skipTags.some((tag) => context.tags.has(tag))) return [];
    const looping = entry.keywords.loop !== undefined;
    if (entry.kind === "block" && !looping) return this.block(entry, id, parent, context);
    if (entry.kind === "include-tasks" && entry.entries && !looping) {
      return this.entries(entry.entries, `${id}/`, parent, context);
    }
    const role = entry.kind === "include-role" ? literalText(entry.role) : null;
    const tasksFrom = entry.kind === "include-role" && entry.tasksFrom ? literalText(entry.tasksFrom) : null;
    const known = role !== null ? this.#site.roles.get(role) : undefined;
    const static_ = entry.kind === "include-role" && known && (entry.tasksFrom === null || tasksFrom !== null);
    if (static_ && known && !looping) return this.includedRole(known, tasksFrom, context, id, entry);
    return [{ kind: "dynamic-include", id, parent, source: entry, handler: this.#ofHandler, context }];
  }
}

function plannedHandler(source: HandlerSource, id: string, parent: string, outer: Context): Handler {
  const planned = { id, parent, handler: true, context: within(outer, source.keywords) };
  if (source.kind === "task") {
    return { kind: "task", ...planned, source: withModuleDefaults(source, planned.context.moduleDefaults) };
  }
  if (source.kind === "meta") return { kind: "meta", source, ...planned };
  const include: HandlerInclude = { kind: "dynamic-include", source, ...planned };
  return include;
}

/** A role where it is used. */
interface UsedRole {
  readonly role: Role;
  /** The list of tasks; null for `main`. */
  readonly list: string | null;
  readonly given: VarsLayer;
  readonly place: Place;
  readonly include?: boolean;
}

const noNames: ReadonlySet<string> = new Set();

/** `always` runs unless skipped by name; `never` only when asked for by one of its tags. */
export function selected(tags: ReadonlySet<string>, selection: TagSelection): boolean {
  if (selection === null) return true;
  const { tags: wanted, skipTags } = selection;
  const hit = (tag: string): boolean =>
    tag === "all" || (tag === "tagged" && tags.size > 0) || (tag === "untagged" && tags.size === 0) || tags.has(tag);
  if (skipTags.some(hit)) return false;
  const asked = wanted.some((tag) => tag !== "all" && tag !== "tagged" && tags.has(tag));
  if (tags.has("never") && !asked) return false;
  if (tags.has("always") || wanted.length === 0) return true;
  return wanted.some(hit);
}

function shownPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

export function literalText(source: { readonly kind: string; readonly value?: unknown }): string | null {
  return source.kind === "literal" && typeof source.value === "string" ? source.value : null;
}
