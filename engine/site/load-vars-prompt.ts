import type { MapNode, Node } from "../value/node.ts";
import { Unknown } from "../value/unknown.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";
import { knownEntries } from "./check-keys.ts";
import { expectBoolean, expectList, isText, type Report, wrongType } from "./expect.ts";
import { keywords } from "./keywords.ts";
import { hasTemplate } from "./read-value.ts";
import { checkVariableName } from "./read-vars.ts";
import type { VarsPrompt } from "./site.ts";

/** What Ansible does with an answer, and what this language has in its place. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ["encrypt", "make the hash where it is needed: `{{ password_hash NAME }}`"],
  ["salt", "give it to the function that makes the hash: `password_hash`"],
  ["salt_size", "give it to the function that makes the hash: `password_hash`"],
  ["hash", "make the hash where it is needed: `{{ password_hash NAME }}`"],
  ["unsafe", "remove it: an answer is data and never a template"],
]);

/** `vars_prompt`: a list of questions. */
export function loadVarsPrompt(node: Node, report: Report): readonly VarsPrompt[] {
  if (node.kind === "scalar" && node.value === null) return [];
  const list = expectList(node, "vars_prompt", report);
  const prompts: VarsPrompt[] = [];
  for (const item of list?.items ?? []) {
    const prompt = item.kind === "map" ? loadPrompt(item, report) : wrongPrompt(item, report);
    if (!prompt) continue;
    const earlier = prompts.find(({ name }) => name === prompt.name);
    if (earlier) {
      report({
        code: "duplicate-prompt",
        message: `\`${prompt.name}\` is asked for twice`,
        place: prompt.place,
        related: [{ message: "the first question", place: earlier.place }],
        hint: "leave one of them out",
      });
    } else prompts.push(prompt);
  }
  return prompts;
}

function wrongPrompt(node: Node, report: Report): undefined {
  const hint = isText(node) ? `write \`- { name: ${node.value}, prompt: … }\`` : "write `- { name: NAME, prompt: … }`";
  return wrongType(node, "a question of `vars_prompt`", "a map", report, hint);
}

function loadPrompt(map: MapNode, report: Report): VarsPrompt | undefined {
  for (const { key, keyPlace } of map.entries) {
    const hint = elsewhere.get(key);
    if (hint !== undefined)
      report({ code: "unknown-keyword", message: `\`vars_prompt\` has no keyword \`${key}\``, place: keyPlace, hint });
  }
  const known = { ...map, entries: map.entries.filter(({ key }) => !elsewhere.has(key)) };
  let name: Pick<VarsPrompt, "name" | "place"> | undefined;
  let text: string | undefined;
  let fallback: VarsPrompt["fallback"];
  let hidden = true;
  let confirm = false;
  let named = false;
  for (const { key, value } of knownEntries(known, "`vars_prompt`", keywords.varsPrompt, report)) {
    if (key === "name") {
      named = true;
      const given = plainText(value, key, report);
      if (given !== undefined && checkVariableName(given, value.place, report))
        name = { name: given, place: value.place };
    } else if (key === "prompt") text = plainText(value, key, report);
    else if (key === "default") fallback = plainValue(value, report);
    else if (key === "private") hidden = expectBoolean(value, key, report) ?? true;
    else confirm = expectBoolean(value, key, report) ?? false;
  }
  if (!named) {
    report({
      code: "missing-keyword",
      message: "a question of `vars_prompt` needs `name`",
      place: map.place,
      hint: "the name of the variable that gets the answer",
    });
  }
  if (name === undefined) return undefined;
  return { ...name, prompt: text ?? name.name, ...(fallback !== undefined && { fallback }), private: hidden, confirm };
}

function plainText(node: Node, what: string, report: Report): string | undefined {
  if (!isText(node)) return wrongType(node, what, "a text", report);
  if (node.value.trim() === "") return wrongType(node, what, "a text with something in it", report);
  if (!hasTemplate(node)) return node.value;
  report({
    code: "no-template-here",
    message: `\`${what}\` cannot be a template: it is asked before any host is known`,
    place: node.place,
    hint: "write it out",
  });
  return undefined;
}

/** What an empty answer stands for. Answers are texts; a default keeps the type that it is written with. */
function plainValue(node: Node, report: Report): VarsPrompt["fallback"] {
  if (node.kind !== "scalar" || node.value === null) {
    return wrongType(node, "default", "a text, a number or true or false", report);
  }
  if (isText(node) && hasTemplate(node)) {
    report({
      code: "no-template-here",
      message: "`default` cannot be a template: it is asked before any host is known",
      place: node.place,
      hint: "write it out, or leave the question out and define the variable",
    });
    return undefined;
  }
  return node.value;
}

/** Holds the places of variables that are asked for: static checks know them, and nobody knows their values yet. */
export function promptedLayer(prompts: readonly VarsPrompt[]): VarsLayer {
  const variables = prompts.map(({ name, place }): [string, Variable] => [
    name,
    { place, content: { kind: "data", value: new Unknown(`asked for when the play is run: ${name}`) } },
  ]);
  return { level: 4, origin: "vars_prompt of the play", variables: new Map(variables) };
}
