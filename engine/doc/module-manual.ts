import type { Module } from "../module/define-module.ts";
import { code, type Manual, sections, type Term, text } from "./manual.ts";
import { parametersOf } from "./module-parameters.ts";

/** The manual page of a module, from its own words and its schema. */
export function moduleManual(module: Module, others: Iterable<string>): Manual {
  const { name, summary, description, shorthand, examples } = module;
  const parameters = parametersOf(module);
  const [told, returned] = split(description ?? "");
  return {
    name,
    kind: "module",
    summary,
    sections: sections(
      ["NAME", text(`${name} - ${summary.replace(/\.$/, "")}`)],
      ["SYNOPSIS", code(synopsis(module))],
      ["DESCRIPTION", text(kinds[module.kind]), ...told.map(text)],
      [
        "PARAMETERS",
        parameters.length === 0 ? text("Any name: each parameter is a variable.") : null,
        { kind: "terms", terms: parameters.map(term) },
        shorthand === undefined ? null : text(`A single value stands for \`${shorthand}\`: \`${name}: …\`.`),
      ],
      ["EXAMPLES", code(examples.map((example) => `- ${example.replaceAll("\n", "\n  ")}`).join("\n\n"))],
      ["RETURN VALUES", text(common), ...returned.map(text)],
      ["CHECK MODE", text(inCheckMode(module))],
      ["SEE ALSO", text(seeAlso(name, `${summary} ${description ?? ""}`, others))],
    ),
  };
}

const kinds: Readonly<Record<Module["kind"], string>> = {
  state: "A state: it changes only what differs, and looks again afterwards.",
  reading: "A reading: it never changes anything.",
  action: "An action: it counts as changed each time it runs, unless it says otherwise below.",
  controller: "It touches only the run, never a host.",
};

const common =
  "What `register` keeps has `changed`, `failed` and `skipped`, and `msg` where there is a reason; of a loop, `results` has one for each item.";

function inCheckMode(module: Module): string {
  switch (module.kind) {
    case "state":
      return "It looks, and shows what would change and by which steps; nothing is sent.";
    case "reading":
      return "It runs, over a connection that cannot write.";
    case "action":
      return module.mayRead
        ? "It is shown and not run, and what it registers is unknown; with `reads: true`, the author's word that it changes nothing, it runs."
        : "It is shown and not run.";
    case "controller":
      return "It runs.";
  }
}

function term({ name, type, required, fallback, description }: ReturnType<typeof parametersOf>[number]): Term {
  return {
    name,
    notes: [type, ...(required ? ["required"] : []), ...(fallback === undefined ? [] : [`default: ${fallback}`])],
    text: description,
    depth: name.split(".").length - 1,
  };
}

/** As a task in a playbook: what must be given, and what else there is. */
function synopsis(module: Module): string {
  const top = parametersOf(module).filter(({ name }) => !name.includes(".") && !name.includes("[]"));
  if (top.length === 0) return `- ${module.name}: { NAME: VALUE, … }`;
  const widest = Math.max(...top.map(({ name }) => name.length));
  const line = (name: string, type: string): string =>
    `    ${`${name}:`.padEnd(widest + 1)} ${type.replaceAll("`", "")}`.trimEnd();
  const required = top.filter((each) => each.required).map(({ name, type }) => line(name, type));
  const optional = top.filter((each) => !each.required).map(({ name, type }) => `${line(name, type)}`);
  return [
    `- ${module.name}:`,
    ...required,
    ...(optional.length === 0 ? [] : ["    # may be left out:", ...optional]),
  ].join("\n");
}

/** What the description says of results goes where people look for it. */
function split(description: string): readonly [readonly string[], readonly string[]] {
  const told: string[] = [];
  const returned: string[] = [];
  for (const paragraph of description.split(/\n\s*\n/)) {
    if (paragraph.trim() === "") continue;
    // A list or an example stays whole.
    const sentences = /^\s*[-`|]/.test(paragraph)
      ? [paragraph]
      : paragraph.replaceAll("\n", " ").split(/(?<=[.:]) (?=[A-Z])/);
    const ofResult = (sentence: string): boolean =>
      /^(The result (has|is)|Registers|What is registered|Registered)\b/.test(sentence);
    const rest = sentences.filter((sentence) => !ofResult(sentence)).join(" ");
    if (rest.trim() !== "") told.push(rest.startsWith("`") || !/^\s*[-|]/.test(paragraph) ? rest : paragraph);
    returned.push(...sentences.filter(ofResult));
  }
  return [told, returned];
}

/** Modules that the page speaks of, and those of its family. */
function seeAlso(name: string, said: string, others: Iterable<string>): string {
  const family = name.includes("_") ? `${name.split("_")[0]}_` : `${name}_`;
  const near = [...others].filter(
    (other) => other !== name && (said.includes(`\`${other}\``) || other.startsWith(family)),
  );
  return [...near.sort().map((other) => `lab doc ${other}`), `docs/modules/${name}.md`].join(", ");
}
