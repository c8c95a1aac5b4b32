import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Parsed } from "../value/expression.ts";
import type { MapNode, Node } from "../value/node.ts";
import type { Value } from "../value/value.ts";
import { dataOfNode } from "./data-of-node.ts";
import type { Variable, VarsLayer } from "./layer.ts";
import { sealedSource } from "./sealed-source.ts";
import { variableNameProblem } from "./variable-names.ts";

/** What `-e` needs of the world; handed in, since reading files and YAML is not this folder's business. */
export interface ExtraVarsTools {
  /** The file's text, or undefined where it cannot be read. */
  readFile(path: string): string | undefined;
  parseYaml(text: string, file: string): Parsed<Node>;
}

/** Every `-e` of the command line, in order, as the highest level. Their values are data and are never rendered. */
export function parseExtraVars(args: readonly string[], tools: ExtraVarsTools): Parsed<VarsLayer> {
  const variables = new Map<string, Variable>();
  const diagnostics: Diagnostic[] = [];
  args.forEach((text, index) => {
    const place: Place = { file: `-e (${index + 1})`, line: 1, column: 1, length: Math.max(1, text.length) };
    const parsed = parseOne(text, place, tools);
    if (!parsed.ok) diagnostics.push(...parsed.diagnostics);
    else for (const [name, variable] of parsed.value) variables.set(name, variable);
  });
  for (const [name, { place }] of variables) {
    const problem = variableNameProblem(name, place);
    if (problem !== undefined) diagnostics.push(problem);
  }
  if (diagnostics.length > 0) return { ok: false, diagnostics };
  return { ok: true, value: { level: 8, origin: "-e on the command line", variables } };
}

type Variables = Parsed<readonly (readonly [string, Variable])[]>;

function parseOne(text: string, place: Place, tools: ExtraVarsTools): Variables {
  if (text.startsWith("@")) {
    const file = text.slice(1);
    const content = tools.readFile(file);
    return content === undefined
      ? failure(
          "unreadable-file",
          `the file "${file}" of -e cannot be read`,
          place,
          "the path is seen from the current folder",
        )
      : variablesOf(tools.parseYaml(content, file), place);
  }
  // JSON is YAML, and a map in flow style is as welcome as JSON.
  if (text.trimStart().startsWith("{")) return variablesOf(tools.parseYaml(text, place.file), place);
  const equals = text.indexOf("=");
  if (equals < 1)
    return failure("invalid-extra-var", `-e "${text}" sets nothing`, place, "NAME=VALUE, a JSON map, or @FILE");
  const name = text.slice(0, equals).trim();
  const parsed = typedValue(text.slice(equals + 1), place.file, tools);
  if (!parsed.ok) return parsed;
  return { ok: true, value: [[name, { place, content: { kind: "data", value: parsed.value } }]] };
}

/**
 * `k=v` is typed as a YAML scalar. Only brackets make a list or map of it: what YAML would take for one otherwise
 * (`a: b`, `- x`), or would not take at all (`%h`, `{{ x }}`), is the text as it stands.
 */
function typedValue(text: string, file: string, tools: ExtraVarsTools): Parsed<Value> {
  const collection = /^\s*(\[|\{(?!\{))/.test(text);
  const parsed = tools.parseYaml(text, file);
  if (!parsed.ok) return collection ? parsed : { ok: true, value: text };
  const isValue = parsed.value.kind === "scalar" || collection;
  return { ok: true, value: isValue ? dataOfNode(parsed.value) : text };
}

function variablesOf(parsed: Parsed<Node>, place: Place): Variables {
  if (!parsed.ok) return parsed;
  const node = parsed.value;
  if (node.kind !== "map")
    return failure("invalid-extra-var", "-e needs a map of variables", place, "NAME: VALUE, one a line");
  return { ok: true, value: entriesOf(node) };
}

function entriesOf(node: MapNode): readonly (readonly [string, Variable])[] {
  return node.entries.map(({ key, keyPlace, value }) => [key, { place: keyPlace, content: contentOf(value) }]);
}

/** Data, but that values which are encrypted one by one are opened when they are read. */
function contentOf(node: Node): Variable["content"] {
  const source = sealedSource(node);
  return source ? { kind: "source", source } : { kind: "data", value: dataOfNode(node) };
}

function failure(code: string, message: string, place: Place, hint: string): Variables {
  return { ok: false, diagnostics: [{ code, message, place, hint }] };
}
