import type { Argument } from "../arguments/argument.ts";
import { checkArgument } from "../arguments/check-value.ts";
import { literalValue } from "../arguments/literal-value.ts";
import { placeInSource } from "../arguments/place-in-source.ts";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { InventoryHost } from "../inventory/inventory.ts";
import type { RoleUse, Site } from "../site/site.ts";
import { plural } from "../text/plural.ts";
import type { ValueSource } from "../value/expression.ts";
import type { Scope } from "../value/scope.ts";
import { tolerating } from "../value/tolerance.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";
import { evaluating } from "./bind-task.ts";
import {
  argumentsOf,
  guardedEntry,
  invalidArgument,
  missingArgument,
  type RoleEntry,
  unknownArguments,
} from "./role-arguments.ts";
import { type StaticWorld, staticScope } from "./static-scope.ts";
import type { Context, Guard } from "./task.ts";

/** The arguments of every role that plays and roles name, as far as they are written out there. */
export function checkRoleUses(site: Site): readonly Diagnostic[] {
  const uses: readonly RoleUse[] = [
    ...site.playbooks.flatMap(({ plays }) => plays.flatMap(({ roles }) => roles)),
    ...[...site.roles.values()].flatMap(({ dependencies }) => dependencies),
  ];
  return uses.flatMap((use) => {
    const role = site.roles.get(use.role);
    const takes = role && argumentsOf(role, null);
    if (!role || !takes) return [];
    return checkGiven({ role, takes, given: use.vars, place: use.place, others: new Set() });
  });
}

interface InPlay {
  readonly entries: readonly { readonly context: Context }[];
  readonly hosts: readonly InventoryHost[];
  readonly world: StaticWorld;
  /** There may be more that sets variables: an include whose name is not known yet. */
  readonly open: boolean;
}

/** The arguments of the roles of a play with what its hosts bring along, as far as it is known before the run. */
export function checkArguments({ entries, hosts, world, open }: InPlay): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const seen = new Set<unknown>();
  for (const { context } of entries) {
    for (const [index, guard] of context.guards.entries()) {
      const entry = guardedEntry(guard.expression);
      if (!entry || seen.has(guard.expression)) continue;
      seen.add(guard.expression);
      found.push(...checkGiven(entry));
      const scopeOf = (host: InventoryHost, { layers, role }: Guard): Scope =>
        staticScope(world, host, layers, role, context.playbookFolder);
      // Where a condition holds the role back, or may, nothing is missing.
      const running = hosts.filter((host) =>
        context.guards.slice(0, index).every((outer) => {
          if (guardedEntry(outer.expression)) return true;
          const { value } = tolerating(() => evaluating(() => outer.expression.evaluate(scopeOf(host, outer))));
          return value?.kind === "value" && value.value === true;
        }),
      );
      found.push(...checkOnHosts(entry, guard, running, world.extraVars, (host) => scopeOf(host, guard), open));
    }
  }
  return found;
}

/** What stands where the role is used. */
function checkGiven(entry: RoleEntry): readonly Diagnostic[] {
  return [
    ...unknownArguments(entry),
    ...[...entry.given.variables].flatMap(([name, variable]) => {
      const argument = entry.takes.declared.get(name);
      return argument ? [...checkVariable(entry, argument, variable), ...deprecation(entry, argument, variable)] : [];
    }),
  ];
}

function checkVariable(entry: RoleEntry, argument: Argument, { content, place }: Variable): readonly Diagnostic[] {
  const source = content.kind === "source" ? content.source : null;
  const value = content.kind === "source" ? literalValue(content.source) : content.value;
  return checkArgument(argument, value).map((problem) => {
    const at = source && placeInSource(source, problem.path.slice(1), problem.atKey);
    return invalidArgument(entry, argument, problem, at ?? source?.place ?? place);
  });
}

function deprecation({ role }: RoleEntry, argument: Argument, { place }: Variable): readonly Diagnostic[] {
  if (argument.deprecated === undefined) return [];
  return [
    {
      code: "deprecated-argument",
      severity: "warning",
      message: `\`${argument.name}\` of role ${role.name} is deprecated: ${argument.deprecated}`,
      place,
      related: [{ message: "declared here", place: argument.place }],
    },
  ];
}

/** What wins on each host, whoever has set it; and what nobody has. */
function checkOnHosts(
  entry: RoleEntry,
  { layers }: Guard,
  hosts: readonly InventoryHost[],
  extraVars: VarsLayer,
  scopeOf: (host: InventoryHost) => Scope,
  open: boolean,
): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  const lacking = new Map<Argument, string[]>();
  for (const host of hosts) {
    const scope = scopeOf(host);
    for (const argument of entry.takes.declared.values()) {
      if (!scope.has(argument.name)) {
        if (argument.required && !open) lacking.set(argument, [...(lacking.get(argument) ?? []), host.name]);
        continue;
      }
      const winner = winnerOf([...host.layers, ...layers, extraVars], argument.name);
      const source = winner?.content.kind === "source" ? winner.content.source : undefined;
      // Of a default that is wrong as it is written the role has told already.
      const isDefault = winner !== undefined && defaultsOf(entry).includes(winner);
      if (isDefault && source && checkArgument(argument, literalValue(source)).length > 0) continue;
      const of = { place: source?.place ?? winner?.place ?? entry.place, source };
      // A role that has a default for a deprecated argument has no one to warn.
      const deprecations = winner && !isDefault ? deprecation(entry, argument, winner) : [];
      for (const diagnostic of [...checkSaid(entry, argument, scope, of), ...deprecations])
        found.set([diagnostic.message, ...Object.values(diagnostic.place ?? {})].join("\0"), diagnostic);
    }
  }
  return [
    ...found.values(),
    ...[...lacking].map(([argument, names]) => forHosts(missingArgument(entry, argument), names, hosts.length)),
  ];
}

function checkSaid(
  entry: RoleEntry,
  argument: Argument,
  scope: Scope,
  { place, source }: { readonly place: Place; readonly source: ValueSource | undefined },
): readonly Diagnostic[] {
  // What cannot be evaluated is told where it is read.
  const { value } = tolerating(() => evaluating(() => scope.get(argument.name)));
  if (value?.kind !== "value" || value.value === undefined) return [];
  return checkArgument(argument, value.value).map((problem) => {
    const at = source && placeInSource(source, problem.path.slice(1), problem.atKey);
    return invalidArgument(entry, argument, problem, at ?? place);
  });
}

function defaultsOf({ role, takes }: RoleEntry): readonly Variable[] {
  return [role.defaults, takes.layer].flatMap(({ variables }) => [...variables.values()]);
}

function winnerOf(layers: readonly VarsLayer[], name: string): Variable | undefined {
  let winner: { readonly variable: Variable; readonly level: number } | undefined;
  for (const { level, variables } of layers) {
    const variable = variables.get(name);
    if (variable && (!winner || level >= winner.level)) winner = { variable, level };
  }
  return winner?.variable;
}

function forHosts(diagnostic: Diagnostic, lacking: readonly string[], all: number): Diagnostic {
  if (lacking.length === all) return diagnostic;
  const some = lacking.slice(0, 3).join(", ");
  const more = lacking.length > 3 ? ` and ${plural(lacking.length - 3, "more", "more")}` : "";
  return { ...diagnostic, message: `${diagnostic.message}, for ${some}${more}` };
}
