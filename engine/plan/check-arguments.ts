import type { Argument } from "../arguments/argument.ts";
import { checkArgument } from "../arguments/check-value.ts";
import { literalValue } from "../arguments/literal-value.ts";
import { placeInSource } from "../arguments/place-in-source.ts";
import type { Diagnostic } from "../errors/diagnostic.ts";
import type { InventoryHost } from "../inventory/inventory.ts";
import type { RoleUse, Site } from "../site/site.ts";
import { plural } from "../text/plural.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";
import {
  argumentsOf,
  guardedEntry,
  invalidArgument,
  missingArgument,
  type RoleEntry,
  unknownArguments,
} from "./role-arguments.ts";
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
  /** What register and set_fact set anywhere in the run. */
  readonly set: ReadonlySet<string>;
  /** There may be more that sets variables: an include whose name is not known yet. */
  readonly open: boolean;
  readonly extraVars: VarsLayer;
}

/** The arguments of the roles of a play with what its hosts bring along. */
export function checkArguments({ entries, hosts, set, open, extraVars }: InPlay): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const seen = new Set<unknown>();
  for (const { context } of entries) {
    for (const [index, guard] of context.guards.entries()) {
      const entry = guardedEntry(guard.expression);
      if (!entry || seen.has(guard.expression)) continue;
      seen.add(guard.expression);
      found.push(...checkGiven(entry));
      // Under a condition the role may run on other hosts than those that lack something.
      const certain = context.guards.slice(0, index).every(({ expression }) => guardedEntry(expression) !== undefined);
      if (certain) found.push(...checkOnHosts(entry, guard, hosts, { set, open, extraVars }));
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
  { set, open, extraVars }: Pick<InPlay, "set" | "open" | "extraVars">,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const own = new Set<VarsLayer>([entry.role.defaults, entry.takes.layer, entry.given]);
  for (const argument of entry.takes.declared.values()) {
    const checked = new Set<Variable>();
    const lacking: string[] = [];
    const last = extraVars.variables.get(argument.name);
    // What a task sets wins over all but `-e`, and is known only then.
    if (last === undefined && set.has(argument.name)) continue;
    for (const host of hosts) {
      const winner = last ? { variable: last, layer: extraVars } : winnerOf([...host.layers, ...layers], argument.name);
      if (!winner) {
        if (argument.required) lacking.push(host.name);
      } else if (!checked.has(winner.variable) && !own.has(winner.layer)) {
        checked.add(winner.variable);
        found.push(
          ...checkVariable(entry, argument, winner.variable),
          ...deprecation(entry, argument, winner.variable),
        );
      }
    }
    if (lacking.length > 0 && !open) found.push(forHosts(missingArgument(entry, argument), lacking, hosts.length));
  }
  return found;
}

function winnerOf(
  layers: readonly VarsLayer[],
  name: string,
): { readonly variable: Variable; readonly layer: VarsLayer } | undefined {
  let winner: { readonly variable: Variable; readonly layer: VarsLayer } | undefined;
  for (const layer of layers) {
    const variable = layer.variables.get(name);
    if (variable && (!winner || layer.level >= winner.layer.level)) winner = { variable, layer };
  }
  return winner;
}

function forHosts(diagnostic: Diagnostic, lacking: readonly string[], all: number): Diagnostic {
  if (lacking.length === all) return diagnostic;
  const some = lacking.slice(0, 3).join(", ");
  const more = lacking.length > 3 ? ` and ${plural(lacking.length - 3, "more", "more")}` : "";
  return { ...diagnostic, message: `${diagnostic.message}, for ${some}${more}` };
}
