import { describe, expect, it } from "vitest";
import { answerPrompts, type Terminal } from "../../../engine/cli/answer-prompts.ts";
import { SiteError } from "../../../engine/errors/site-error.ts";
import { loadInventory } from "../../../engine/inventory/load-inventory.ts";
import { checkSite } from "../../../engine/plan/check-site.ts";
import { loadSite } from "../../../engine/site/load-site.ts";
import { Secret } from "../../../engine/value/secret.ts";
import type { Value } from "../../../engine/value/value.ts";
import type { VarsLayer } from "../../../engine/vars/layer.ts";
import { modules } from "../../support/all-modules.ts";
import { textFiles } from "../../support/site-fixture.ts";

const byName = new Map(modules.map((module) => [module.name, module]));
const none: VarsLayer = { level: 8, origin: "-e", variables: new Map() };

function load(prompts: string, tasks = "[]") {
  const files = textFiles({
    "/site/site.yml": `- hosts: localhost\n  vars_prompt:\n${prompts}  tasks: ${tasks}\n`,
    "/site/inventory/hosts.yml": "all: { hosts: { h1: } }\n",
  });
  const loaded = loadSite(files, {
    root: "/site",
    playbooks: ["site.yml"],
    libraryRoles: "/lib",
    moduleNames: byName.keys(),
  });
  if (!loaded.site) throw new Error("no site");
  const { inventory } = loadInventory(loaded.files, { sources: ["/site/inventory"], playbookFolders: [] });
  const request = {
    site: loaded.site,
    inventory,
    modules: byName,
    files: loaded.files,
    selection: null,
    extraVars: none,
  };
  const { plays, diagnostics } = checkSite(request);
  return { plays, diagnostics: [...loaded.diagnostics, ...diagnostics] };
}

function terminal(...answers: readonly (string | null)[]): Terminal & { readonly said: string[] } {
  const said: string[] = [];
  const left = [...answers];
  return {
    present: true,
    said,
    tell: (text) => void said.push(text),
    async ask(question, hidden) {
      said.push(`${question}${hidden ? " (hidden)" : ""}`);
      return left.shift() ?? null;
    },
  };
}
const nobody: Terminal = { present: false, tell: () => {}, ask: async () => null };

async function answers(prompts: string, from: Terminal, extra: VarsLayer = none) {
  const hidden: string[] = [];
  const [play] = await answerPrompts(load(prompts).plays, extra, from, (secret) => hidden.push(secret.reveal()));
  const values = [...(play?.prompts?.variables ?? [])].map(([name, { content }]): [string, Value] => [
    name,
    content.kind === "data"
      ? content.value instanceof Secret
        ? `secret ${content.value.reveal()}`
        : content.value
      : null,
  ]);
  return { values: Object.fromEntries(values), hidden };
}

describe("vars_prompt, as Ansible's page has it", () => {
  it("asks in order; what is private is hidden and a secret", async () => {
    const screen = terminal("anna", "sesame");
    const { values, hidden } = await answers(
      "    - { name: username, prompt: What is your username?, private: false }\n    - { name: password, prompt: What is your password? }\n",
      screen,
    );
    expect(screen.said).toEqual(["What is your username?", "What is your password? (hidden)"]);
    expect(values).toEqual({ username: "anna", password: "secret sesame" });
    expect(hidden).toEqual(["sesame"]);
  });
  it("an empty answer is the default, which is shown unless it is private", async () => {
    const screen = terminal("", "", "");
    const { values } = await answers(
      "    - { name: release_version, prompt: Product release version, default: 1.0, private: false }\n    - { name: pin, prompt: Pin, default: 1234 }\n    - { name: empty, private: false }\n",
      screen,
    );
    expect(screen.said).toEqual(["Product release version [1]", "Pin (hidden)", "empty"]);
    expect(values).toEqual({ release_version: 1, pin: "secret 1234", empty: "" });
  });
  it("confirms until both are the same", async () => {
    const screen = terminal("a", "b", "c", "c");
    const { values } = await answers("    - { name: password, prompt: Password, confirm: true }\n", screen);
    expect(screen.said).toEqual([
      "Password (hidden)",
      "confirm Password (hidden)",
      "the two answers are not the same: once more",
      "Password (hidden)",
      "confirm Password (hidden)",
    ]);
    expect(values).toEqual({ password: "secret c" });
  });
  it("does not ask for what -e gives", async () => {
    const extra: VarsLayer = {
      ...none,
      variables: new Map([["a", { place: { file: "-e", line: 1, column: 1 }, content: { kind: "data", value: 1 } }]]),
    };
    const screen = terminal("x");
    const { values } = await answers("    - { name: a }\n    - { name: b, private: false }\n", screen, extra);
    expect(screen.said).toEqual(["b"]);
    expect(values).toEqual({ b: "x" });
  });
  it("without a terminal: the default, or an error for each that has none", async () => {
    expect((await answers("    - { name: a, default: x, private: false }\n", nobody)).values).toEqual({ a: "x" });
    const asked = answers("    - { name: a }\n    - { name: b, private: false }\n", nobody);
    await expect(asked).rejects.toThrow(SiteError);
    const error: unknown = await asked.catch((caught: unknown) => caught);
    expect(
      error instanceof SiteError ? error.diagnostics.map(({ code, place, hint }) => [code, place?.line, hint]) : [],
    ).toEqual([
      ["no-answer", 3, "put `a: …` into a file that only you can read, and give that: -e @FILE; or write a `default`"],
      ["no-answer", 4, "give the answer with -e b=…; or write a `default`"],
    ]);
  });
  it("whoever closes the terminal has not answered", async () => {
    await expect(answers("    - { name: a }\n", terminal(null))).rejects.toThrow("`a` was not answered");
  });
});

describe("what is wrong with a question", () => {
  it.each([
    ["x", /2:16|wrong-type: `vars_prompt` must be a list/],
    ["- x", /wrong-type: a question of `vars_prompt` must be a map, not a text/],
    ["- { prompt: X }", /missing-keyword: a question of `vars_prompt` needs `name`/],
    ["- { name: 3 }", /wrong-type: `name` must be a text, not the number 3/],
    ["- { name: two words }", /invalid-variable-name/],
    ["- { name: facts }", /magic-variable/],
    ['- { name: "{{ x }}" }', /no-template-here/],
    ["- { name: a, prompt: '' }", /wrong-type: `prompt` must be a text with something in it/],
    ["- { name: a, prompt: '{{ x }}' }", /no-template-here/],
    ["- { name: a, default: [1] }", /wrong-type: `default` must be a text, a number or true or false, not a list/],
    ["- { name: a, default: '{{ x }}' }", /no-template-here/],
    ["- { name: a, private: maybe }", /wrong-type: `private` must be true or false/],
    ["- { name: a, confrim: true }", /unknown-keyword: .*did you mean `confirm`/],
    ["- { name: a, encrypt: sha512_crypt }", /unknown-keyword: .*password_hash/],
    ["- { name: a, unsafe: true }", /unknown-keyword: .*an answer is data/],
    ["- { name: a }\n    - { name: a }", /duplicate-prompt: `a` is asked for twice/],
  ])("%s", (text, expected) => {
    const { diagnostics } = load(`    ${text}\n`);
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics.map(({ code, message, hint }) => `${code}: ${message} (${hint})`)[0]).toMatch(expected);
  });
  it("what is asked for is defined, and unknown before the run", () => {
    expect(load("    - { name: a }\n", "[{ debug: '{{ a }}' }]").diagnostics).toEqual([]);
  });
});
