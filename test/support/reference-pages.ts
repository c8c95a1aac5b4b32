import { sandboxSchema } from "../../engine/cli/describe-sandbox.ts";
import { keywordPlaces } from "../../engine/doc/language-manuals.ts";
import { parametersOf, typeInWords } from "../../engine/doc/module-parameters.ts";
import { functionTopics, type LabFunction } from "../../engine/functions/function.ts";
import { registry } from "../../engine/functions/registry.ts";
import { connectionVars } from "../../engine/inventory/connection-vars.ts";
import type { Module } from "../../engine/module/define-module.ts";
import { factGroups } from "../../engine/plan/facts.ts";
import { inputSchema } from "../../engine/schema/input-schema.ts";
import { tools } from "../../engine/sim/tools/index.ts";
import { keywords } from "../../engine/site/keywords.ts";

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

function parameters(module: Module): readonly (readonly string[])[] {
  return parametersOf(module).map(({ name, type, required, fallback, description }) => [
    `\`${name}\``,
    type,
    required ? "required" : fallback === undefined ? "" : `\`${fallback}\``,
    description,
  ]);
}

export function keywordsPage(): string {
  const sections = Object.entries(keywords).map(([name, words]) => {
    const rows = [...words.values()].map(({ name: word, type, summary }) => [`\`${word}\``, type, summary]);
    return `## ${titleOf(name as keyof typeof keywords)}\n\n${table(["keyword", "type", "meaning"], rows)}\n`;
  });
  return `${generated}# Keywords\n\nWhat may stand where. A keyword that is not listed is an error, never ignored.\n\n${sections.join("\n")}`;
}

/** "Play" of "a play", "A role's meta/main.yml" as it is. */
function titleOf(place: keyof typeof keywords): string {
  const title = keywordPlaces[place].replace(/^(?:an?|the) (?!role's)/, "");
  return title.charAt(0).toUpperCase() + title.slice(1);
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
  const rows = (topic: string): readonly (readonly string[])[] =>
    [...registry.values()]
      .filter((each) => each.topic === topic)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((each) => [
        `\`${signature(each)}\``,
        each.summary,
        `\`${each.example.template}\``,
        `\`${each.example.cel}\``,
        `\`${JSON.stringify(each.example.gives)}\``,
      ]);
  const topics = functionTopics.map((topic) => {
    const title = topic.charAt(0).toUpperCase() + topic.slice(1);
    return `## ${title}\n\n${table(["function", "gives", "in a template", "in an expression", "which gives"], rows(topic))}\n`;
  });
  return `${generated}# Functions\n\nOne registry serves templates and expressions. Each example is run by the tests. \`lab doc NAME\` says more of one.\n\n${topics.join("\n")}`;
}

/** `join(list, separator?)` */
function signature({ name, params, variadic }: LabFunction): string {
  const words = params.map((param) => `${param.name}${param.optional ? "?" : ""}`);
  return `${name}(${words.join(", ")}${variadic ? " …" : ""})`;
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
  const fields = Object.entries(inputSchema(sandboxSchema).properties ?? {}).map(([name, field]) => [
    `\`${name}\``,
    typeInWords(field),
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
