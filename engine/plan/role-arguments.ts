import type { Argument } from "../arguments/argument.ts";
import { argumentTypes } from "../arguments/argument-types.ts";
import { checkArgument, type Problem } from "../arguments/check-value.ts";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { EntryArguments, Role, Site } from "../site/site.ts";
import { nearest } from "../text/nearest.ts";
import { EvaluationError } from "../value/evaluation-error.ts";
import { type Expression, UnknownRead } from "../value/expression.ts";
import type { Scope } from "../value/scope.ts";
import { Unknown } from "../value/unknown.ts";
import type { Value } from "../value/value.ts";
import type { VarsLayer } from "../vars/layer.ts";
import type { Guard } from "./task.ts";

/** A list of tasks of a role, as something uses it. */
export interface RoleEntry {
  readonly role: Role;
  readonly takes: EntryArguments;
  /** What is given where it is used. */
  readonly given: VarsLayer;
  /** Where it is used. */
  readonly place: Place;
  /** Names that may be given beside its own: what the roles that it depends on take. Null: any. */
  readonly others: ReadonlySet<string> | null;
}

/** What a list of tasks of a role takes; null: anything. */
export function argumentsOf(role: Role, tasksFrom: string | null): EntryArguments | null {
  const entries = role.arguments?.entries;
  return entries?.get(tasksFrom ?? "main") ?? entries?.get("main") ?? null;
}

/** What the roles take that a role brings along; null: anything. */
export function takenByDependencies(
  site: Pick<Site, "roles">,
  role: Role,
  seen: ReadonlySet<Role> = new Set(),
): ReadonlySet<string> | null {
  const names = new Set<string>();
  for (const use of role.dependencies) {
    const other = site.roles.get(use.role);
    if (!other || seen.has(other)) continue;
    const takes = argumentsOf(other, null);
    const further = takes && takenByDependencies(site, other, new Set([...seen, role]));
    if (!takes || !further) return null;
    for (const name of [...takes.declared.keys(), ...further]) names.add(name);
  }
  return names;
}

const guarded = new WeakMap<Expression, RoleEntry>();

/** Names that a role needs to be given: that one is missing is told of its use, not of each task that reads it. */
export function requiredArguments(guards: readonly Guard[]): readonly string[] {
  return guards.flatMap(({ expression }) =>
    [...(guarded.get(expression)?.takes.declared.values() ?? [])].flatMap(({ name, required }) =>
      required ? [name] : [],
    ),
  );
}

/** What an expression guards, if it is about the arguments of a role. */
export function guardedEntry(expression: Expression): RoleEntry | undefined {
  return guarded.get(expression);
}

/**
 * Stands in front of a role's tasks as a condition that holds, or throws: so arguments are judged with the values of the
 * moment, after the conditions of the role's use and before anything in it, on every way into it.
 */
export function argumentGuard(entry: RoleEntry, layers: readonly VarsLayer[]): Guard {
  const { role, takes, place } = entry;
  // Once for each host: what the role itself makes of them later (`set_fact`) is its own affair.
  const passed = new Set<Value | undefined>();
  const expression: Expression = {
    source: `arguments of role ${role.name}`,
    place,
    uses: [...takes.declared.keys()].map((name) => ({ name, path: [], place, optional: true })),
    evaluate(scope) {
      const host = scope.get("inventory_hostname");
      if (passed.has(host)) return true;
      const { problems, open } = judge(entry, scope);
      if (problems.length > 0) throw new EvaluationError(together(problems));
      if (!open) passed.add(host);
      return true;
    },
  };
  guarded.set(expression, entry);
  return { expression, layers, role };
}

/** What is wrong on a host. `open`: not every value is known yet. */
function judge(entry: RoleEntry, scope: Scope): { readonly problems: readonly Diagnostic[]; readonly open: boolean } {
  const problems = [...unknownArguments(entry)];
  let open = false;
  for (const argument of entry.takes.declared.values()) {
    if (!scope.has(argument.name)) {
      if (argument.required) problems.push(missingArgument(entry, argument));
      continue;
    }
    const value = read(scope, argument.name);
    if (value instanceof Unknown) open = true;
    const place = scope.whereIs?.(argument.name)?.place ?? entry.place;
    for (const problem of checkArgument(argument, value))
      problems.push(invalidArgument(entry, argument, problem, place));
  }
  return { problems, open };
}

/** A value that cannot be evaluated is told by the task that reads it, if one does. */
function read(scope: Scope, name: string): Value {
  try {
    return scope.get(name) ?? null;
  } catch (error) {
    if (error instanceof UnknownRead || error instanceof EvaluationError) return new Unknown("not known yet");
    throw error;
  }
}

/** A failed task has one message. */
function together(problems: readonly Diagnostic[]): Diagnostic {
  const [first, ...rest] = problems;
  if (!first || rest.length === 0) return first ?? { code: "invalid-argument", message: "" };
  const lines = problems.map(({ message, hint }) => (hint === undefined ? message : `${message} (${hint})`));
  const { hint: _hint, ...kept } = first;
  return { ...kept, message: lines.join("\n") };
}

/** Names that the role does not take. */
export function unknownArguments({ role, takes, given, others }: RoleEntry): readonly Diagnostic[] {
  if (others === null) return [];
  const names = [...takes.declared.keys()];
  return [...given.variables].flatMap(([name, { place }]): Diagnostic[] => {
    if (takes.declared.has(name) || others.has(name)) return [];
    const near = nearest(name, [...names, ...others]);
    const taken = names.length === 0 ? "it takes none" : `it takes ${names.map((each) => `\`${each}\``).join(", ")}`;
    return [
      {
        code: "unknown-argument",
        message: `role ${role.name} has no argument \`${name}\``,
        place,
        hint: near === undefined ? taken : `did you mean \`${near}\`?`,
      },
    ];
  });
}

export function missingArgument({ role, place }: RoleEntry, argument: Argument): Diagnostic {
  return {
    code: "missing-argument",
    message: `role ${role.name} needs the argument \`${argument.name}\`, ${argumentTypes[argument.type].summary}`,
    place,
    hint: `add \`${argument.name}:\` where the role is used, or set it for the host`,
    related: [{ message: "declared here", place: argument.place }],
  };
}

export function invalidArgument(
  { role }: RoleEntry,
  argument: Argument,
  { path, message, hint }: Problem,
  place: Place,
): Diagnostic {
  return {
    code: "invalid-argument",
    message: `\`${path.join(".")}\` of role ${role.name}: ${message}`,
    place,
    ...(hint !== undefined && { hint }),
    related: [{ message: "declared here", place: argument.place }],
  };
}
