import type { Place } from "../errors/diagnostic.ts";
import { promptedLayer } from "../site/load-vars-prompt.ts";
import type { Entry, IncludeRole, IncludeTasks, Play, Role, RoleUse, Site, TaskKeywords } from "../site/site.ts";
import type { Value } from "../value/value.ts";
import type { VarsLayer } from "../vars/layer.ts";
import type { Context, Guard, PlannedEntry, Task } from "./task.ts";

/** A play as it runs: its entries in order, static includes and roles already in their place. */
export interface ExpandedPlay {
  readonly play: Play;
  readonly id: string;
  /** Handlers run after each section. */
  readonly sections: readonly (readonly PlannedEntry[])[];
  /** In the order of declaration: those of roles, then those of the play. */
  readonly handlers: readonly Task[];
}

/** Which tasks a run takes, from `--tags` and `--skip-tags`; null takes all of them, for the static check. */
export type TagSelection = { readonly tags: readonly string[]; readonly skipTags: readonly string[] } | null;

/** Play → entries. Roles come with their dependencies first; one that is used twice in the same way runs once. */
export function expandPlay(site: Site, play: Play, id: string, selection: TagSelection): ExpandedPlay {
  const layers = play.varsPrompt.length > 0 ? [play.vars, promptedLayer(play.varsPrompt)] : [play.vars];
  const base: Context = {
    guards: play.importedWhen.map((expression): Guard => ({ expression, layers, role: null })),
    layers,
    role: null,
    tags: new Set(play.keywords.tags),
    become: play.keywords.become,
    becomeUser: play.keywords.becomeUser,
    environment: play.keywords.environment ? [play.keywords.environment] : [],
    delegateTo: undefined,
    delegateFacts: undefined,
    connection: undefined,
    timeout: undefined,
    moduleDefaults: play.keywords.moduleDefaults ? [play.keywords.moduleDefaults] : [],
    checkMode: play.keywords.checkMode,
    diff: play.keywords.diff,
    noLog: play.keywords.noLog,
    playbookFolder: play.folder,
  };
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
  const ofPlay = play.handlers.map(
    (source, index): Task => ({
      kind: "task",
      id: `${id}/handler${index + 1}`,
      parent: id,
      source,
      handler: true,
      // Conditions of an import hold for tasks, as those of a role's use do.
      context: within({ ...base, guards: [] }, source.keywords),
    }),
  );
  return { play, id, sections, handlers: [...ofRoles, ...ofPlay] };
}

/** What an include stands for, once its name is known. `extra` are its loop variables. */
export function expandInclude(
  site: Site,
  include: { readonly id: string; readonly context: Context; readonly source: IncludeTasks | IncludeRole },
  target: { readonly entries: readonly Entry[] } | { readonly role: Role; readonly tasksFrom: string | null },
  extra: ReadonlyMap<string, Value>,
  occurrence: number,
  selection: TagSelection,
): { readonly entries: readonly PlannedEntry[]; readonly handlers: readonly Task[] } {
  const expander = new Expander(site, selection);
  const id = `${include.id}#${occurrence + 1}`;
  const loopLayer: VarsLayer = {
    level: 6,
    origin: "loop of the include",
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
  const entries =
    "role" in target
      ? expander.includedRole(target.role, target.tasksFrom, context, id, include.source.keywords.vars, loopLayer)
      : expander.entries(target.entries, id, id, context);
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

  constructor(site: Site, selection: TagSelection) {
    this.#site = site;
    this.#selection = selection;
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
    const entries = this.#role(role, id, context, [use.vars], role.tasks, seen);
    // A use of which the tags leave nothing has not run.
    if (entries.length === 0) seen.set(key, earlier);
    return entries;
  }

  includedRole(
    role: Role,
    tasksFrom: string | null,
    outer: Context,
    id: string,
    ...params: readonly VarsLayer[]
  ): PlannedEntry[] {
    const tasks = tasksFrom === null ? role.tasks : (role.taskFiles.get(tasksFrom) ?? []);
    return this.#role(role, id, outer, params, tasks, new Map());
  }

  #role(
    role: Role,
    id: string,
    outer: Context,
    given: readonly VarsLayer[],
    tasks: readonly Entry[],
    seen: RolesRun,
  ): PlannedEntry[] {
    const dependencies = role.dependencies.flatMap((use, index) =>
      this.roleUse(use, `${id}/dependency${index + 1}`, { ...outer, layers: playLayers(outer) }, seen),
    );
    const context: Context = {
      ...outer,
      role,
      // Defaults and vars are seen in the role only: whatever role stood around it gives nothing.
      layers: [...playLayers(outer), role.defaults, role.vars, ...given],
    };
    if (!this.rolesSeen.has(role.name)) this.rolesSeen.set(role.name, { role, id, context });
    return [...dependencies, ...this.entries(tasks, `${id}/`, id, context)];
  }

  roleHandlers({ role, id, context }: RoleSeen): Task[] {
    return role.handlers.map((source, index) => ({
      kind: "task",
      id: `${id}/handler${index + 1}`,
      parent: id,
      source,
      handler: true,
      // A handler runs because it was notified: conditions and tags of the role's use do not hold it back.
      context: within({ ...context, guards: [] }, source.keywords),
    }));
  }

  #entry(entry: Entry, id: string, parent: string, outer: Context): PlannedEntry[] {
    const context = within(outer, entry.keywords);
    if (entry.kind === "task") {
      if (!selected(context.tags, this.#selection)) return [];
      return [{ kind: "task", id, parent, source: entry, handler: false, context }];
    }
    if (this.#selection?.skipTags.some((tag) => context.tags.has(tag))) return [];
    const looping = entry.keywords.loop !== undefined;
    if (entry.kind === "include-tasks" && entry.entries && !looping) {
      return this.entries(entry.entries, `${id}/`, parent, context);
    }
    const role = entry.kind === "include-role" ? literalText(entry.role) : null;
    const tasksFrom = entry.kind === "include-role" && entry.tasksFrom ? literalText(entry.tasksFrom) : null;
    const known = role !== null ? this.#site.roles.get(role) : undefined;
    const static_ = entry.kind === "include-role" && known && (entry.tasksFrom === null || tasksFrom !== null);
    if (static_ && known && !looping) return this.includedRole(known, tasksFrom, context, id, entry.keywords.vars);
    return [{ kind: "dynamic-include", id, parent, source: entry, context }];
  }
}

/** The layers that hold in roles too: those of the play, and those of the includes around it. */
function playLayers(context: Context): readonly VarsLayer[] {
  return context.layers.filter((layer) => layer.level === 4 || layer.level === 6);
}

/** The context inside of something that has keywords. */
function within(outer: Context, keywords: TaskKeywords): Context {
  const layers = keywords.vars.variables.size > 0 ? [...outer.layers, keywords.vars] : outer.layers;
  const guards = keywords.when.map((expression): Guard => ({ expression, layers, role: outer.role }));
  return {
    ...outer,
    layers,
    guards: guards.length > 0 ? [...outer.guards, ...guards] : outer.guards,
    tags: keywords.tags.length > 0 ? new Set([...outer.tags, ...keywords.tags]) : outer.tags,
    become: keywords.become ?? outer.become,
    becomeUser: keywords.becomeUser ?? outer.becomeUser,
    environment: keywords.environment ? [...outer.environment, keywords.environment] : outer.environment,
    delegateTo: keywords.delegateTo ?? outer.delegateTo,
    delegateFacts: keywords.delegateFacts ?? outer.delegateFacts,
    connection: keywords.connection ?? outer.connection,
    timeout: keywords.timeout ?? outer.timeout,
    moduleDefaults: keywords.moduleDefaults ? [...outer.moduleDefaults, keywords.moduleDefaults] : outer.moduleDefaults,
    checkMode: keywords.checkMode ?? outer.checkMode,
    diff: keywords.diff ?? outer.diff,
    noLog: keywords.noLog ?? outer.noLog,
  };
}

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
