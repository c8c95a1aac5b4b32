import type { Argument, Shape } from "../arguments/argument.ts";
import { typeOf } from "../arguments/argument-types.ts";
import { boundsOf } from "../arguments/check-value.ts";
import { literalValue } from "../arguments/literal-value.ts";
import type { Role } from "../site/site.ts";
import { Unknown } from "../value/unknown.ts";
import type { Value } from "../value/value.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { code, type Manual, sections, type Term, text } from "./manual.ts";

/** The manual page of a role, from what it declares. `from`: where it comes from, in words. */
export function roleManual(role: Role, from: string): Manual {
  const summary = role.meta.description ?? "";
  const lists = [...(role.arguments?.entries ?? [])];
  const others = [...role.taskFiles.keys()].filter((name) => name !== "main").sort();
  const called = role.dependencies.map((use) => use.role);
  const main = role.arguments?.entries.get("main");
  const undeclared = role.arguments === undefined;
  return {
    name: role.name,
    kind: "role",
    summary,
    sections: sections(
      ["NAME", text(summary === "" ? role.name : `${role.name} - ${summary.replace(/\.$/, "")}`)],
      ["SYNOPSIS", code(synopsis(role, main ? [...main.declared.values()] : []))],
      ["WHERE", text(from)],
      [
        "ARGUMENTS",
        undeclared ? text("It has no meta/arguments.yml: it takes anything. These are its defaults.") : null,
        undeclared ? { kind: "terms", terms: defaultTerms(role.defaults) } : null,
        main
          ? { kind: "terms", terms: argumentTerms([...main.declared.values()], defaultsOf(role, main.layer)) }
          : null,
      ],
      ...lists
        .filter(([name]) => name !== "main")
        .map(
          ([name, { declared, layer }]) =>
            [
              `ARGUMENTS OF ${name}`,
              declared.size === 0 ? text("None.") : null,
              { kind: "terms" as const, terms: argumentTerms([...declared.values()], defaultsOf(role, layer)) },
            ] as const,
        ),
      ["TASKS_FROM", others.length === 0 ? null : text(others.join(", "))],
      ["HANDLERS", role.handlers.length === 0 ? null : text(role.handlers.flatMap(handlerName).join(", "))],
      ["DEPENDENCIES", called.length === 0 ? null : text(called.join(", "))],
      [
        "SEE ALSO",
        text([...called.map((name) => `lab doc ${name}`), `lab role test ${role.name}`, "docs/roles.md"].join(", ")),
      ],
    ),
  };
}

function handlerName(handler: Role["handlers"][number]): readonly string[] {
  return handler.name?.kind === "literal" ? [String(handler.name.value)] : [];
}

function synopsis(role: Role, declared: readonly Argument[]): string {
  const required = declared.filter((argument) => argument.required);
  const line = (argument: Argument): string => {
    const [example] = argument.examples;
    return `    ${argument.name}: ${example === undefined ? typeInWords(argument) : JSON.stringify(example)}`;
  };
  return [
    "roles:",
    `  - role: ${/^\w[\w./-]*$/.test(role.name) ? role.name : JSON.stringify(role.name)}`,
    ...required.map(line),
  ].join("\n");
}

/** The defaults of a list of tasks by name, whichever file they stand in. */
export function defaultsOf(role: Role, layer: VarsLayer): ReadonlyMap<string, Value> {
  return new Map(
    [role.defaults, layer].flatMap(({ variables }) =>
      [...variables].map(([name, { content }]): [string, Value] => [
        name,
        content.kind === "data" ? content.value : literalValue(content.source),
      ]),
    ),
  );
}

function defaultTerms({ variables }: VarsLayer): readonly Term[] {
  return [...variables].map(([name, { content }]) => ({
    name,
    notes: [`default: ${shownDefault(content.kind === "data" ? content.value : literalValue(content.source))}`],
    text: "",
    depth: 0,
  }));
}

/** One for each argument, and below it those for what a map holds. */
export function argumentTerms(
  declared: readonly Argument[],
  defaults: ReadonlyMap<string, Value>,
  prefix = "",
): readonly Term[] {
  return declared.flatMap((argument): readonly Term[] => {
    const { name, required, deprecated, description = "", secret } = argument;
    const fallback = prefix === "" ? defaults.get(name) : argument.fallback;
    const notes = [
      typeInWords(argument),
      ...(required ? ["required"] : []),
      ...(secret ? ["secret"] : []),
      ...(fallback === undefined ? [] : [`default: ${shownDefault(fallback)}`]),
    ];
    const examples =
      argument.examples.length === 0
        ? ""
        : `Such as ${argument.examples.map((each) => JSON.stringify(each)).join(", ")}.`;
    const said = [deprecated === undefined ? "" : `Deprecated: ${deprecated}.`, description, examples];
    const own: Term = {
      name: `${prefix}${name}`,
      notes,
      text: said.filter((part) => part !== "").join(" "),
      depth: prefix === "" ? 0 : prefix.split(".").length - 1,
    };
    return [own, ...below(argument, `${prefix}${name}`)];
  });
}

function below(shape: Shape, at: string): readonly Term[] {
  if (shape.items) return below(shape.items, `${at}[]`);
  if (shape.values) return below(shape.values, `${at}.NAME`);
  return shape.keys ? argumentTerms([...shape.keys.values()], new Map(), `${at}.`) : [];
}

/** What a value must be, in a few words. */
export function typeInWords(shape: Shape): string {
  const { type, choices, items, values, pattern, min, max } = shape;
  if (choices) return choices.map((choice) => `\`${choice}\``).join(", ");
  const inside = items ?? values;
  const base = inside ? `${type} of ${plain(inside)}` : type;
  const bounds = min === undefined && max === undefined ? "" : `, ${boundsOf(shape)}`;
  return `${base}${bounds}${pattern ? `, matching \`${pattern.source}\`` : ""}`;
}

function plain(shape: Shape): string {
  return typeOf(shape.type).unit === undefined || shape.choices ? typeInWords(shape) : `${shape.type}s`;
}

function shownDefault(value: Value): string {
  return value instanceof Unknown
    ? "a template"
    : JSON.stringify(value, (_, each) => (each instanceof Unknown ? "…" : each));
}
