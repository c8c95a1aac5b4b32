import type { Place } from "../../errors/diagnostic.ts";
import { omit } from "../../functions/omit.ts";
import type { LoadedVariable } from "../../module/params.ts";
import type { Context } from "../../plan/task.ts";
import { outsideOf, unansweredYet } from "../../site/look-ups.ts";
import type { Role } from "../../site/site.ts";
import type { Outside, Scope } from "../../value/scope.ts";
import { Unknown } from "../../value/unknown.ts";
import type { Value, ValueMap } from "../../value/value.ts";
import type { VarsLayer } from "../../vars/layer.ts";
import { createScope } from "../../vars/resolve-vars.ts";
import type { HostRun } from "./host-run.ts";
import type { RunContext } from "./run-context.ts";

/** What a play's tasks see beside its variables. */
export interface PlayRun {
  readonly hosts: readonly string[];
  /** Check mode: the tasks that may have failed, on which it hangs who is among the hosts. */
  readonly hostsHangOn: ReadonlySet<string>;
  readonly folder: string;
  readonly hostRuns: ReadonlyMap<string, HostRun>;
  /** The play's `connection`, `remote_user` and `port`, where the host's own variables do not say. */
  readonly connection: VarsLayer;
  /** Answers to its questions; they win over its `vars`. */
  readonly prompts?: VarsLayer;
}

/** The variables of a task on a host: all levels, and the magic ones on top. */
export function scopeOf(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  layers: readonly VarsLayer[],
  role: Role | null,
): Scope {
  const prompts = play.prompts ? [play.prompts] : [];
  const all = [play.connection, ...host.inventory.layers, ...layers, ...prompts, host.runtime, context.extraVars];
  const magic = magicOf(context, play, host, role);
  const known = host.anythingMayBeSet ? new OpenMagic(magic, all, host.anythingMayBeSet) : magic;
  return createScope(all, known, outsideFor(context, host, [...(role ? [role.folder] : []), play.folder]));
}

/** A file that a pending change may bring to the controller, or alter there, is not known in a check. */
function outsideFor(context: RunContext, host: HostRun, homes: readonly string[]): Outside {
  const outside = outsideOf(context.files, homes);
  if (!context.options.check || host.shared.controller.sharedFiles().length === 0) return outside;
  const { file, has, glob } = unansweredYet();
  return { ...outside, file, has, glob };
}

/**
 * After an include that could not be expanded every name that nobody else sets may come to be set by it; but for the
 * connection's own, which the engine reads itself, and which come from the inventory.
 */
class OpenMagic extends Map<string, Value | (() => Value)> {
  readonly #layers: readonly VarsLayer[];
  readonly #unknown: Unknown;

  constructor(magic: ReadonlyMap<string, Value | (() => Value)>, layers: readonly VarsLayer[], unknown: Unknown) {
    super(magic);
    this.#layers = layers;
    this.#unknown = unknown;
  }

  override has(name: string): boolean {
    if (super.has(name) || name.startsWith("lab_")) return super.has(name);
    return !this.#layers.some(({ variables }) => variables.has(name));
  }

  override get(name: string): Value | (() => Value) | undefined {
    return super.get(name) ?? (this.has(name) ? this.#unknown : undefined);
  }
}

export function taskScope(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  task: { readonly context: Context },
): Scope {
  return scopeOf(context, play, host, task.context.layers, task.context.role);
}

function magicOf(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  role: Role | null,
): ReadonlyMap<string, Value | (() => Value)> {
  const { groups } = context.inventory;
  const magic = new Map<string, Value | (() => Value)>([
    ["inventory_hostname", host.name],
    ["group_names", host.inventory.groups],
    ["groups", () => Object.fromEntries([...groups].map(([name, group]) => [name, group.hosts]))],
    ["hostvars", () => hostvars(context, play)],
    ["play_hosts", play.hosts],
    ["playbook_dir", play.folder],
    ["check_mode", context.options.check],
    ["run_id", context.runId],
    ["omit", omit],
    ["facts", () => host.facts],
  ]);
  if (role) {
    magic.set("role_name", role.name);
    magic.set("role_path", role.folder);
  }
  return magic;
}

/** Every host's variables, evaluated when they are read. Facts of another host are there once it has gathered them. */
function hostvars(context: RunContext, play: PlayRun): ValueMap {
  const all: Record<string, Value> = {};
  for (const [name, inventory] of context.inventory.hosts) {
    Object.defineProperty(all, name, {
      enumerable: true,
      get: () => {
        const run = play.hostRuns.get(name);
        const layers = run ? [...inventory.layers, run.runtime] : inventory.layers;
        const scope = createScope(
          [...layers, context.extraVars],
          new Map<string, Value>([["inventory_hostname", name]]),
        );
        const values: Record<string, Value> = {};
        for (const variable of [...scope.names(), "facts"]) {
          Object.defineProperty(values, variable, {
            enumerable: true,
            get: () => (variable === "facts" ? (run?.facts ?? {}) : (scope.get(variable) ?? null)),
          });
        }
        return values;
      },
    });
  }
  return all;
}

/** The layer with a further variable: what was evaluated with the old layer stays as it was. */
export function withRuntime(host: HostRun, values: ValueMap, place: Place): void {
  const variables = new Map(host.runtime.variables);
  for (const [name, value] of Object.entries(values)) variables.set(name, { place, content: { kind: "data", value } });
  host.runtime = { ...host.runtime, variables };
}

/** The same with variables as a file of the site has them: their templates are rendered where they are read. */
export function withLoaded(host: HostRun, loaded: readonly LoadedVariable[]): void {
  const variables = new Map(host.runtime.variables);
  for (const { name, source, place } of loaded) variables.set(name, { place, content: { kind: "source", source } });
  host.runtime = { ...host.runtime, variables };
}

/** A scope in which some names are not known yet: for looking at tasks before the results they may read are there. */
export function veiled(host: HostRun, names: ReadonlySet<string>): HostRun {
  if (names.size === 0) return host;
  const variables = new Map(host.runtime.variables);
  const place = { file: "", line: 1, column: 1 };
  for (const name of names) {
    variables.set(name, { place, content: { kind: "data", value: new Unknown("not there yet") } });
  }
  return { ...host, runtime: { ...host.runtime, variables } };
}
