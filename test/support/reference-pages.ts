import { z } from "zod";
import { sandboxSchema } from "../../engine/cli/describe-sandbox.ts";
import { registry } from "../../engine/functions/registry.ts";
import { connectionVars } from "../../engine/inventory/connection-vars.ts";
import type { Module } from "../../engine/module/define-module.ts";
import { factGroups } from "../../engine/plan/facts.ts";
import { fieldShape, itemShape, type Shape, shapeOf, specialOf } from "../../engine/plan/param-schema.ts";
import { tools } from "../../engine/sim/tools/index.ts";
import { type Keyword, type Keywords, keywords } from "../../engine/site/keywords.ts";

// The pages of docs/ that say what the code says: made from the schemas and tables themselves, never by hand.

const generated = "<!-- Made by `npm run docs` from the sources. Do not edit. -->\n\n";

export function modulePage(module: Module): string {
  const rows = parameters(module);
  return [
    `${generated}# ${module.name}\n\n${module.summary} ${kindSentence(module)}\n`,
    ...(module.description === undefined ? [] : [`${module.description}\n`]),
    "## Parameters\n",
    rows.length === 0
      ? "Any name: each parameter is a variable.\n"
      : `${table(["parameter", "type", "default", "meaning"], rows)}\n`,
    ...(module.shorthand === undefined
      ? []
      : [`A single value stands for \`${module.shorthand}\`: \`${module.name}: …\`.\n`]),
    "## Examples\n",
    `\`\`\`yaml\n${module.examples.map((example) => `- ${example.replaceAll("\n", "\n  ")}\n`).join("\n")}\`\`\`\n`,
  ].join("\n");
}

export function modulesIndex(modules: readonly Module[]): string {
  const rows = modules.map(({ name, kind, summary }) => [`[${name}](${name}.md)`, kind, summary]);
  return `${generated}# Modules\n\n${table(["module", "kind", "what it does"], rows)}\n`;
}

/** What a module of this kind means for changed and check mode. */
function kindSentence({ kind }: Module): string {
  const sentences = {
    state: "A state: it changes only what differs, and looks again afterwards.",
    reading: "A reading: it never changes anything and runs in check mode too.",
    action: "An action: it counts as changed each time it runs; in check mode it is shown and not run.",
    controller: "It touches only the run, never a host.",
  };
  return sentences[kind];
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
}

function parameters(module: Module): readonly (readonly string[])[] {
  return rowsOf(jsonSchema(module.params), "", shapeOf(module.params));
}

/** The fields of a map, and below each those of the maps that it holds: `auth.api_key`, `folders[].id`. */
function rowsOf(schema: JsonSchema, prefix: string, shape: Shape): readonly (readonly string[])[] {
  const rows = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const inside = fieldShape(shape, name);
    const special = specialOf(inside);
    const type = special === null ? typeOf(field) : specials[special];
    // What others contribute is there unless somebody says false; the schema's default is the engine's own.
    const given = special === "contributed" ? true : field.default;
    const fallback = given === undefined ? "" : `\`${JSON.stringify(given)}\``;
    const required = schema.required?.includes(name) ? "required" : fallback;
    const row = [`\`${prefix}${name}\``, type === "" ? "any value" : type, required, field.description ?? ""];
    return special === null ? [row, ...rowsBelow(field, `${prefix}${name}`, inside)] : [row];
  });
  return rows;
}

function rowsBelow(schema: JsonSchema, at: string, shape: Shape): readonly (readonly string[])[] {
  const named = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
  const rows = [
    ...rowsOf(schema, `${at}.`, shape),
    ...(named === undefined ? [] : rowsBelow(named, `${at}.NAME`, fieldShape(shape, "NAME"))),
    ...(schema.items === undefined ? [] : rowsBelow(schema.items, `${at}[]`, itemShape(shape))),
    // One or a list of them: the fields are the same, and are told once.
    ...(schema.anyOf ?? [])
      .filter(({ type }, _, all) => type !== "array" || !all.some((other) => other.properties !== undefined))
      .flatMap((option) => rowsBelow(option, at, shape)),
  ];
  // Forms of one map have fields in common.
  return [...new Map(rows.map((row) => [row[0], row])).values()];
}

const specials = {
  localFile: "file of the site",
  localTree: "folder of the site",
  templateFile: "template of the site",
  localDest: "path on the controller",
  condition: "condition",
  expression: "expression",
  contributed: "true or false",
};

function jsonSchema(schema: z.ZodType): JsonSchema {
  // What zod cannot say in JSON Schema (a Secret beside a text) is left out of the union.
  return z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    // zod leaves out the default of what is transformed (a length of time), for it is one of the output. Ours can be written as input, too.
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod;
      if (def.type === "default" && ["number", "string", "boolean"].includes(typeof def.defaultValue))
        jsonSchema.default ??= def.defaultValue;
    },
  }) as JsonSchema;
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.anyOf !== undefined)
    return [...new Set(schema.anyOf.map(typeOf))].filter((type) => type !== "").join(" or ");
  if (schema.type === "array") {
    const item = typeOf(schema.items ?? {});
    return item === "" ? "list" : `list of ${item}`;
  }
  const words: Readonly<Record<string, string>> = { string: "text", object: "map", number: "number" };
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  return types.map((type) => words[type] ?? type).join(" or ");
}

export function keywordsPage(): string {
  const titles: Readonly<Record<keyof typeof keywords, string>> = {
    play: "Play",
    task: "Task",
    handler: "Handler",
    includeTasks: "`include_tasks`",
    includeRole: "`include_role`",
    roleUse: "Use of a role",
    loopControl: "`loop_control`",
    roleMeta: "A role's `meta/main.yml`",
    argument: "An argument in a role's `meta/arguments.yml`",
    settings: "`lab.yml`",
  };
  const sections = Object.entries(keywords).map(([name, words]) => {
    const { now, later } = split(words);
    const rows = now.map(({ name: word, type, summary }) => [`\`${word}\``, type, summary]);
    const missing =
      later.length === 0
        ? ""
        : `\nNot in this version, and refused: ${later.map((word) => `\`${word.name}\``).join(", ")}.\n`;
    return `## ${titles[name as keyof typeof keywords]}\n\n${table(["keyword", "type", "meaning"], rows)}\n${missing}`;
  });
  return `${generated}# Keywords\n\nWhat may stand where. A keyword that is not listed is an error, never ignored.\n\n${sections.join("\n")}`;
}

function split(words: Keywords): { readonly now: readonly Keyword[]; readonly later: readonly Keyword[] } {
  const all = [...words.values()];
  return { now: all.filter(({ since }) => since === undefined), later: all.filter(({ since }) => since === "later") };
}

export function connectionVariablesPage(): string {
  const rows = connectionVars.map(({ name, type, summary, values, ansible }) => [
    `\`${name}\``,
    values === undefined ? type : values.map((value) => `\`${value}\``).join(", "),
    summary,
    (ansible ?? []).map((word) => `\`${word}\``).join(", "),
  ]);
  return `${generated}# Connection variables\n\nVariables of a host or group that say how it is reached. All other names that begin with \`lab_\` are errors.\n\n${table(["variable", "type", "meaning", "Ansible's names for it"], rows)}\n`;
}

export function functionsPage(): string {
  const rows = [...registry.values()]
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, summary, example }) => [`\`${name}\``, summary, `\`${example.template}\``, `\`${example.cel}\``]);
  return `${generated}# Functions\n\nOne registry serves templates and expressions.\n\n${table(["function", "gives", "in a template", "in an expression"], rows)}\n`;
}

export function factsPage(): string {
  const rows = factGroups.map(({ name, summary }) => [`\`facts.${name}\``, summary]);
  return `${generated}# Facts\n\nGathered only if the play reads them, and only the groups that it reads.\n\n${table(["facts", "what it holds"], rows)}\n`;
}

/** What each imitated tool rests on, and `lab_sandbox`. */
export function sandboxPage(): string {
  const by = (rests: string) =>
    [...tools.values()].filter((tool) => tool.rests === rests).map(({ name }) => `\`${name}\``);
  const rows = (["recorded", "documented", "assumed"] as const).map((rests) => [
    rests,
    String(by(rests).length),
    by(rests).sort().join(", "),
  ]);
  const fields = Object.entries(jsonSchema(sandboxSchema).properties ?? {}).map(([name, field]) => [
    `\`${name}\``,
    typeOf(field),
    field.description ?? "",
  ]);
  return [
    `${generated}# The embedded lab: reference\n`,
    "## Imitated tools, and what each rests on\n",
    "*recorded*: compared with the real tool's own output. *documented*: made from its manual. *assumed*: our belief.\n",
    `${table(["rests on", "tools", "names"], rows)}\n`,
    "## `lab_sandbox`\n",
    "A variable of a host, seen when the host is made. A change of `answers` and `units` counts at once, of anything else after `lab sandbox reset`.\n",
    `${table(["key", "type", "meaning"], fields)}\n`,
  ].join("\n");
}

/** A Markdown table; a bar in a cell would end it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The keywords that this version refuses, by place: a list in docs/roadmap.md. */
export function laterKeywords(): string {
  const places = Object.entries(keywords).flatMap(([place, words]) => {
    const { later } = split(words);
    return later.map(({ name }) => ({ place, name }));
  });
  const names = [...new Set(places.map(({ name }) => name))].sort();
  return names.map((name) => `\`${name}\``).join(", ");
}
