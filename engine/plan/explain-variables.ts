import { Bug } from "../errors/bug.ts";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import { holdsSecret } from "../functions/secrecy.ts";
import type { Inventory, InventoryHost } from "../inventory/inventory.ts";
import type { Module } from "../module/define-module.ts";
import type { SiteFiles } from "../site/files.ts";
import type { Role } from "../site/site.ts";
import { Secret } from "../value/secret.ts";
import { Unknown } from "../value/unknown.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { evaluateValue } from "../vars/compile-value.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { createScope, definitionsOf } from "../vars/resolve-vars.ts";
import { secretNames } from "../vars/variable-names.ts";
import { evaluating } from "./bind-task.ts";
import type { CheckedPlay } from "./check-site.ts";
import { namesSetBy } from "./check-variables.ts";
import { staticScope } from "./static-scope.ts";
import { flattened, type PlainEntry } from "./task.ts";

/** One place that gives a variable a value, and that value as far as it can be told without a run. */
export interface Definition {
  readonly place: Place;
  readonly level: VarsLayer["level"];
  readonly origin: string;
  readonly value: Told;
}
export type Told =
  | { readonly kind: "value"; readonly value: Value }
  /** A secret stands in it. */
  | { readonly kind: "secret" }
  | { readonly kind: "unknown"; readonly why: string }
  | { readonly kind: "wrong"; readonly diagnostic: Diagnostic };

export interface ExplainedVariable {
  readonly name: string;
  readonly winner: Definition;
  /** What the winner overrides, the highest first; what it joined, if it is a `!merge` or `!append`. */
  readonly shadowed: readonly Definition[];
}
/** Variables as they are seen somewhere: by a host as such, in a play, in a role, in a task. */
export interface ExplainedScope {
  /** Null: outside of plays. */
  readonly where: { readonly what: "play" | "role" | "task"; readonly name: string; readonly place: Place } | null;
  readonly variables: readonly ExplainedVariable[];
}

export interface ExplainRequest {
  readonly inventory: Inventory;
  readonly plays: readonly CheckedPlay[];
  readonly modules: ReadonlyMap<string, Module>;
  readonly extraVars: VarsLayer;
  readonly files: SiteFiles;
}

/**
 * The variables of a host and where each comes from; of plays, roles and tasks those that differ there from what is seen
 * around them.
 */
export function explainVariables(request: ExplainRequest, host: InventoryHost): readonly ExplainedScope[] {
  const tell = teller(request, host);
  const plays = request.plays.filter(({ hosts }) => hosts.includes(host.name));
  const base = tell([], null, request.files.root);
  const ofPlays = plays.flatMap(({ expanded }): readonly ExplainedScope[] => {
    const { play } = expanded;
    const inPlay = tell([play.vars], null, play.folder);
    const ofPlay = inPlay.filter((variable) => !base.some((other) => sameWinner(variable, other)));
    const where = { what: "play" as const, name: play.name, place: play.place };
    const scopes: ExplainedScope[] = [{ where, variables: ofPlay }];
    const ofRoles = new Map<string, readonly ExplainedVariable[]>();
    for (const entry of [...flattened([...expanded.sections.flat(), ...expanded.handlers])]) {
      const { role, layers } = entry.context;
      const lasting = layers.filter(({ level }) => level < 6);
      // A role may be used twice with other parameters.
      const key =
        role === null
          ? ""
          : [
              role.name,
              ...lasting.map(({ origin, variables }) => `${origin} ${[...variables.values()][0]?.place.line}`),
            ].join("\0");
      const around = ofRoles.get(key) ?? (role === null ? inPlay : tell(lasting, role, play.folder));
      if (role !== null && !ofRoles.has(key)) {
        const differs = around.filter((variable) => !inPlay.some((other) => sameWinner(variable, other)));
        scopes.push({ where: { what: "role", name: role.name, place: role.place }, variables: differs });
      }
      ofRoles.set(key, around);
      const own = layers.some(({ level }) => level === 6) ? tell(layers, role, play.folder) : around;
      const differs = own.filter((variable) => !around.some((other) => sameWinner(variable, other)));
      if (differs.length > 0)
        scopes.push({ where: { what: "task", name: titleOf(entry), place: entry.source.place }, variables: differs });
    }
    return scopes;
  });
  return [{ where: null, variables: base }, ...ofPlays.filter(({ variables }) => variables.length > 0)];
}

function sameWinner(one: ExplainedVariable, other: ExplainedVariable): boolean {
  const [a, b] = [one.winner.place, other.winner.place];
  return one.name === other.name && a.file === b.file && a.line === b.line && a.column === b.column;
}

function titleOf(entry: PlainEntry): string {
  const { source } = entry;
  const name = source.name;
  if (name?.kind === "literal") return String(name.value);
  return name?.kind === "expression"
    ? name.expression.source
    : source.kind === "task"
      ? source.module
      : source.kind.replace("-", "_");
}

type Tell = (layers: readonly VarsLayer[], role: Role | null, folder: string) => readonly ExplainedVariable[];

function teller({ inventory, plays, modules, extraVars, files }: ExplainRequest, host: InventoryHost): Tell {
  const entries = plays.flatMap((play) => play.entries);
  const set = new Set(entries.flatMap((entry) => namesSetBy(entry, modules)));
  const world = { inventory, extraVars, set, growing: false, files };
  return (layers, role, folder) => {
    const all = [...host.layers, ...layers, extraVars];
    const scope = staticScope(world, host, layers, role, folder);
    const names = new Set(all.flatMap(({ variables }) => [...variables.keys()]));
    return [...names].sort().map((name): ExplainedVariable => {
      const found = definitionsOf(all, name);
      const [winner, ...others] = found.map((definition, index): Definition => {
        const { layer, variable } = definition;
        const value = told(name, () => {
          if (index === 0) return scope.get(name) ?? null;
          return variable.content.kind === "data"
            ? variable.content.value
            : evaluateValue(variable.content.source, scope);
        });
        return { place: variable.place, level: layer.level, origin: layer.origin, value };
      });
      if (winner === undefined) throw new Bug(`no definition of ${name}`);
      return { name, winner, shadowed: others };
    });
  };
}

function told(name: string, read: () => Value): Told {
  const outcome = evaluating(read);
  if (outcome.kind === "unknown") return { kind: "unknown", why: outcome.why };
  if (outcome.kind !== "value") {
    const [diagnostic] = outcome.kind === "invalid" ? outcome.diagnostics : [];
    return diagnostic ? { kind: "wrong", diagnostic } : { kind: "unknown", why: "it cannot be told" };
  }
  const { value } = outcome;
  if (value instanceof Unknown) return { kind: "unknown", why: value.why };
  // A map with one secret in it shows the rest of it.
  if (value instanceof Secret || secretNames.has(name)) return { kind: "secret" };
  return { kind: "value", value: holdsSecret(value) ? veiled(value) : value };
}

function veiled(value: Value): Value {
  if (value instanceof Secret) return "***";
  if (isList(value)) return value.map(veiled);
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, veiled(each)]));
  return value;
}

/** Without a play: what a host's own layers give, for those who show an inventory. */
export function hostValues(host: InventoryHost, layers: readonly VarsLayer[]): ReadonlyMap<string, Told> {
  const scope = createScope(layers, new Map<string, Value>([["inventory_hostname", host.name]]));
  const names = new Set(layers.flatMap(({ variables }) => [...variables.keys()]));
  return new Map([...names].sort().map((name) => [name, told(name, () => scope.get(name) ?? null)]));
}
