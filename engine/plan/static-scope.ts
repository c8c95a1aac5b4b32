import { Bug } from "../errors/bug.ts";
import { omit } from "../functions/omit.ts";
import type { Inventory, InventoryHost } from "../inventory/inventory.ts";
import type { SiteFiles } from "../site/files.ts";
import { outsideOf, unansweredYet } from "../site/look-ups.ts";
import type { Role } from "../site/site.ts";
import type { Scope } from "../value/scope.ts";
import { Unknown } from "../value/unknown.ts";
import { isMap, type Value, type ValueMap } from "../value/value.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { createScope } from "../vars/resolve-vars.ts";
import { factGroups } from "./facts.ts";

/** What the variables of a host are before the run. */
export interface StaticWorld {
  readonly inventory: Inventory;
  readonly extraVars: VarsLayer;
  /** What register, set_fact and their like set anywhere in the run: known to be there, and nothing else. */
  readonly set: ReadonlySet<string>;
  /** Hosts and groups may come about while the run goes on. */
  readonly growing: boolean;
  /** For look-ups; unsaid where the run may bring along files that it looks up. */
  readonly files?: SiteFiles;
}

const later = (what: string): Unknown => new Unknown(`${what}: known in the run`);

/** The variables as a task sees them, what only the run can tell as Unknown. */
export function staticScope(
  world: StaticWorld,
  host: InventoryHost,
  layers: readonly VarsLayer[],
  role: Role | null,
  folder: string,
): Scope {
  const { inventory, growing } = world;
  const magic = new Map<string, Value | (() => Value)>([
    ["inventory_hostname", host.name === "" ? later("inventory_hostname") : host.name],
    ["group_names", growing || host.name === "" ? later("group_names") : host.groups],
    ["groups", () => (growing ? later("groups") : groupsOf(inventory))],
    ["hostvars", () => (growing ? later("hostvars") : hostvars(world))],
    ["play_hosts", later("play_hosts")],
    ["playbook_dir", folder],
    ["check_mode", later("check_mode")],
    ["run_id", later("run_id")],
    ["omit", omit],
    ["facts", () => factsOutline()],
  ]);
  if (role) {
    magic.set("role_name", role.name);
    magic.set("role_path", role.folder);
  }
  const homes = [...(role ? [role.folder] : []), folder];
  const outside = world.files ? outsideOf(world.files, homes) : unansweredYet();
  return createScope([...host.layers, ...layers, unknownLayer(world.set), world.extraVars], magic, outside);
}

function groupsOf({ groups }: Inventory): ValueMap {
  return Object.fromEntries([...groups].map(([name, group]) => [name, group.hosts]));
}

const layersOfNames = new WeakMap<ReadonlySet<string>, VarsLayer>();

/** Level 7: above all that files say of the name, since the run may set it before or after it is read. */
function unknownLayer(names: ReadonlySet<string>): VarsLayer {
  const known = layersOfNames.get(names);
  if (known) return known;
  const place = { file: "", line: 1, column: 1 };
  const layer: VarsLayer = {
    level: 7,
    origin: "set_fact and register",
    variables: new Map(
      [...names].map((name) => [name, { place, content: { kind: "data", value: later(`\`${name}\``) } }]),
    ),
  };
  layersOfNames.set(names, layer);
  return layer;
}

function hostvars(world: StaticWorld): ValueMap {
  const all: Record<string, Value> = {};
  for (const [name, host] of world.inventory.hosts) {
    Object.defineProperty(all, name, { enumerable: true, get: () => variablesOf(world, host) });
  }
  return all;
}

function variablesOf(world: StaticWorld, host: InventoryHost): ValueMap {
  const layers = [...host.layers, unknownLayer(world.set), world.extraVars];
  const scope = createScope(layers, new Map<string, Value>([["inventory_hostname", host.name]]));
  const values: Record<string, Value> = {};
  for (const variable of scope.names()) {
    Object.defineProperty(values, variable, { enumerable: true, get: () => scope.get(variable) ?? null });
  }
  values.facts = factsOutline();
  return values;
}

let outline: ValueMap | undefined;

/** The facts with their keys, as far as these are always the same; their values are known when they are gathered. */
function factsOutline(): ValueMap {
  outline ??= Object.fromEntries(
    factGroups.map(({ name, probes, read }) => [
      name,
      withoutValues(
        read(
          Object.fromEntries(
            Object.entries(probes).map(([probe, op]) => [probe, op?.kind === "exec" ? silence : null]),
          ),
        ),
        name,
      ),
    ]),
  );
  return outline;
}

/** The answer of a host that says nothing: facts are made of it with all their keys. Of files there is none. */
const silence = { stdout: "", stderr: "", code: 1 };

function withoutValues(value: Value, what: string): Value {
  if (value instanceof Unknown) throw new Bug(`the outline of the facts ${what} is unknown`);
  if (!isMap(value) || Object.keys(value).length === 0) return later(`facts.${what}`);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutValues(each, `${what}.${key}`)]));
}
