import { printable } from "../text/printable.ts";
import type { LabPicture, Thing } from "./picture.ts";

/** The picture as a Mermaid flowchart, which GitHub, GitLab and wikis draw: things are subgraphs where something lies in them. */
export function renderMermaid(picture: LabPicture): string {
  const names = new Map<string, string>();
  const nameOf = (id: string): string => {
    // Mermaid's ids take few characters, and some words of its language are none.
    const name = names.get(id) ?? `n${names.size + 1}`;
    names.set(id, name);
    return name;
  };
  const draw = (thing: Thing, indent: string): string[] => {
    const inner = picture.networks.filter(({ home }) => home === thing.id);
    if (thing.inside.length === 0 && inner.length === 0) return [`${indent}${node(nameOf(thing.id), thing)}`];
    return [
      `${indent}subgraph ${nameOf(thing.id)}["${titleOf(thing)}"]`,
      ...thing.inside.flatMap((each) => draw(each, `${indent}  `)),
      ...inner.map(({ id, name }) => `${indent}  ${nameOf(id)}{{"${escaped(name)}"}}`),
      `${indent}end`,
    ];
  };
  const attached = (thing: Thing): string[] => [
    ...thing.networks.map((network) => `  ${nameOf(thing.id)} --- ${nameOf(network)}`),
    ...thing.inside.flatMap(attached),
  ];
  return [
    "flowchart LR",
    ...picture.things.flatMap((thing) => draw(thing, "  ")),
    ...picture.networks
      .filter(({ home }) => home === null)
      .map(({ id, name }) => `  ${nameOf(id)}{{"${escaped(name)}"}}`),
    ...picture.things.flatMap(attached),
    // A line between a thing and what it lies in would be drawn through both.
    ...picture.links
      .filter(({ from, to }) => !from.startsWith(`${to}/`) && !to.startsWith(`${from}/`))
      .map(({ from, to, text }) => `  ${nameOf(from)} -. "${escaped(text)}" .-> ${nameOf(to)}`),
    "",
  ].join("\n");
}

function node(name: string, thing: Thing): string {
  const label = labelOf(thing);
  if (thing.kind === "pool" || thing.kind === "storage" || thing.kind === "dataset") return `${name}[("${label}")]`;
  return thing.kind === "unit" ? `${name}(["${label}"])` : `${name}["${label}"]`;
}

/** Mermaid draws the title of a subgraph over what lies in it where it has more than a line. */
function titleOf({ name, facts }: Thing): string {
  const most = 60;
  let title = name;
  for (const fact of facts) {
    if (title.length + fact.length + 3 > most) break;
    title += ` · ${fact}`;
  }
  return escaped(title);
}

function labelOf({ name, facts }: Thing): string {
  return [`${escaped(name)}`, ...facts.map(escaped)].join("<br/>");
}

/** What has a meaning in Mermaid's labels (quotes, tags, backticks of Markdown) as entities of its own kind: `#34;`. */
function escaped(text: string): string {
  const line = printable(text).replace(/\s+/g, " ");
  return line.replace(/[^\p{L}\p{N} .,:;/_+=()·×←→↔…-]/gu, (mark) => `#${mark.codePointAt(0) ?? 32};`);
}
