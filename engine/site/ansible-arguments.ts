import { foreignTypes } from "../arguments/argument-types.ts";
import { entryOf, type Node } from "../value/node.ts";
import type { LoadContext } from "./load-context.ts";

/** Ansible's meta/argument_specs.yml: checks that silently do not happen are worse than none, so it is refused, with what to write. */
export function reportAnsibleArguments(path: string, { files, yaml, report }: LoadContext): void {
  const node = yaml(path);
  const place = { file: files.show(path), line: 1, column: 1 };
  const specs = node?.kind === "map" ? entryOf(node, "argument_specs")?.value : undefined;
  const lines = specs ? converted(specs) : [];
  const hint =
    lines.length === 0
      ? "the arguments of a role are declared in meta/arguments.yml: see docs/roles.md"
      : `write this into meta/arguments.yml, and remove the file:\n${lines.slice(0, mostLines).join("\n")}${lines.length > mostLines ? "\n…" : ""}`;
  report({ code: "ansible-arguments", message: "meta/argument_specs.yml is Ansible's, and is not read", place, hint });
}

const mostLines = 40;

function converted(specs: Node): readonly string[] {
  if (specs.kind !== "map") return [];
  return specs.entries.flatMap(({ key, value }) => {
    const options = value.kind === "map" ? entryOf(value, "options")?.value : undefined;
    const lines = options ? argumentLines(options, "  ") : [];
    return [`${key}:${lines.length === 0 ? " {}" : ""}`, ...lines];
  });
}

function argumentLines(options: Node, margin: string): readonly string[] {
  if (options.kind !== "map") return [];
  return options.entries.map(({ key, value }) => `${margin}${key}: ${written(value)}`);
}

/** Words that are called otherwise here. */
const renamed: ReadonlyMap<string, string> = new Map([
  ["options", "keys"],
  ["elements", "items"],
  ["no_log", "secret"],
]);
const kept: ReadonlySet<string> = new Set(["type", "description", "default", "required", "choices", ...renamed.keys()]);

function written(argument: Node): string {
  if (argument.kind !== "map") return "string";
  // Ansible's type where none is said.
  const parts = entryOf(argument, "type") ? [] : ["type: string"];
  for (const { key, value } of argument.entries) {
    // What is not required by default need not say so.
    if (!kept.has(key) || (key === "required" && value.kind === "scalar" && value.value === false)) continue;
    parts.push(`${renamed.get(key) ?? key}: ${wordsOf(key, value)}`);
  }
  return `{ ${parts.join(", ")} }`;
}

function wordsOf(key: string, value: Node): string {
  if (key === "type" || key === "elements") {
    const word = value.kind === "scalar" ? String(value.value) : "any";
    return foreignTypes.get(word) ?? word;
  }
  if (key === "options" && value.kind === "map")
    return `{ ${value.entries.map((entry) => `${entry.key}: ${written(entry.value)}`).join(", ")} }`;
  // Ansible takes several paragraphs.
  if (key === "description" && value.kind === "list") return json(value.items.map(plain).join(" "));
  return json(plain(value));
}

function plain(node: Node): unknown {
  if (node.kind === "list") return node.items.map(plain);
  if (node.kind === "map") return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
  return node.value;
}

function json(value: unknown): string {
  return JSON.stringify(value);
}
