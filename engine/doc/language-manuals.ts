import { argumentTypes } from "../arguments/argument-types.ts";
import type { LabFunction } from "../functions/function.ts";
import { registry } from "../functions/registry.ts";
import { connectionVars } from "../inventory/connection-vars.ts";
import { factGroups } from "../plan/facts.ts";
import { type Keyword, keywords } from "../site/keywords.ts";
import { code, type Manual, sections, type Term, text } from "./manual.ts";

/** Where keywords stand, by the names of their tables. */
export const keywordPlaces: Readonly<Record<keyof typeof keywords, string>> = {
  play: "a play",
  importPlaybook: "`import_playbook`",
  varsPrompt: "an entry of `vars_prompt`",
  task: "a task",
  handler: "a handler",
  block: "a block",
  meta: "`meta`",
  metaHandler: "`meta` as a handler",
  includeTasks: "`include_tasks`",
  includeHandler: "`include_tasks` as a handler",
  includeRole: "`include_role`",
  roleUse: "the use of a role",
  loopControl: "`loop_control`",
  roleMeta: "a role's meta/main.yml",
  argument: "an argument in a role's meta/arguments.yml",
  settings: "lab.yml",
  secrets: "`secrets` in lab.yml",
};

/** The words that may stand in one place, by the names that people ask by. */
const places: ReadonlyMap<string, keyof typeof keywords> = new Map([
  ["play", "play"],
  ["task", "task"],
  ["handlers", "handler"],
  ["settings", "settings"],
  ["lab.yml", "settings"],
  ["argument", "argument"],
  ["arguments", "argument"],
]);

/** Pages on the language itself that have this name: keywords, functions, facts, variables, and what may stand where. */
export function languageManuals(name: string): readonly Manual[] {
  const place = places.get(name);
  const fact = factGroups.find((group) => group.name === name || `facts.${group.name}` === name);
  const variable = connectionVars.find((each) => each.name === name);
  const called = registry.get(name);
  const found = keywordManual(name);
  return [
    ...(place ? [placeManual(name, place)] : []),
    ...(called ? [functionManual(called)] : []),
    ...(found ? [found] : []),
    ...(name === "facts" ? [factsManual()] : []),
    ...(name === "functions" ? [functionsManual()] : []),
    ...(name === "keywords" ? [keywordsManual()] : []),
    ...(name === "connection" || name === "lab_" ? [connectionManual()] : []),
    ...(fact ? [factManual(fact)] : []),
    ...(variable ? [variableManual(variable)] : []),
  ];
}

/** Every name that has such a page. */
export function languageTopics(): readonly string[] {
  const words = Object.values(keywords).flatMap((table) => [...table.keys()]);
  return [
    ...new Set([
      ...words,
      ...places.keys(),
      ...registry.keys(),
      ...factGroups.map((group) => group.name),
      ...connectionVars.map((variable) => variable.name),
      "facts",
      "functions",
      "keywords",
      "connection",
    ]),
  ];
}

function keywordManual(name: string): Manual | undefined {
  const standing = Object.entries(keywords).flatMap(([place, table]) => {
    const keyword = table.get(name);
    return keyword ? [{ place: place as keyof typeof keywords, keyword }] : [];
  });
  const [first] = standing;
  if (!first) return undefined;
  // The same word may mean something a little different on another level.
  const meanings = new Map<string, string[]>();
  for (const { place, keyword } of standing) {
    const key = `${takes(keyword)}\0${keyword.summary}`;
    meanings.set(key, [...(meanings.get(key) ?? []), keywordPlaces[place]]);
  }
  const terms = [...meanings].map(([key, where]): Term => {
    const [type = "", summary = ""] = key.split("\0");
    return { name: `in ${listed(where)}`, notes: [type], text: summary, depth: 0 };
  });
  return {
    name,
    kind: "keyword",
    summary: first.keyword.summary,
    sections: sections(
      ["NAME", text(`${name} - keyword of the language`)],
      ["MEANING", { kind: "terms", terms }],
      ["SEE ALSO", text("docs/language.md, lab doc keywords")],
    ),
  };
}

function placeManual(name: string, place: keyof typeof keywords): Manual {
  const terms = [...keywords[place].values()].map(keywordTerm);
  const types = Object.entries(argumentTypes).map(
    ([type, { summary }]): Term => ({ name: type, notes: [], text: `${summary}.`, depth: 0 }),
  );
  return {
    name,
    kind: "words",
    summary: `What may stand in ${keywordPlaces[place]}`,
    sections: sections(
      ["NAME", text(`${name} - what may stand in ${keywordPlaces[place]}`)],
      ["KEYWORDS", { kind: "terms", terms }],
      ["TYPES", place === "argument" ? { kind: "terms", terms: types } : null],
      ["SEE ALSO", text(place === "argument" ? "docs/roles.md" : "docs/language.md, lab doc KEYWORD")],
    ),
  };
}

function keywordTerm(keyword: Keyword): Term {
  return { name: keyword.name, notes: [takes(keyword)], text: keyword.summary, depth: 0 };
}

function takes({ type }: Keyword): string {
  const words: Readonly<Partial<Record<Keyword["type"], string>>> = {
    names: "a text or a list of texts",
    condition: "a condition, or a list of them",
    value: "any value",
    variables: "a map of variables",
    entries: "a list of tasks",
    roles: "a list of roles",
    boolean: "true or false",
    integer: "a whole number",
  };
  return words[type] ?? `a ${type}`;
}

function functionManual(called: LabFunction): Manual {
  const { name, summary, params, variadic, returns, example, more = [] } = called;
  const names = params.map((param, index) => `${param.name}${variadic && index === params.length - 1 ? " …" : ""}`);
  const terms = params.map(
    (param): Term => ({
      name: param.name,
      notes: [param.type, ...(param.optional ? ["may be left out"] : [])],
      text: "",
      depth: 0,
    }),
  );
  const examples = [example, ...more].map(
    ({ template, cel, gives }) => `${template}\n!expr ${cel}\n  → ${JSON.stringify(gives)}`,
  );
  return {
    name,
    kind: "function",
    summary,
    sections: sections(
      ["NAME", text(`${name} - ${summary.replace(/\.$/, "")}`)],
      [
        "SYNOPSIS",
        code(
          [
            `{{ ${[name, ...names].join(" ")} }}`,
            ...(called.templatesOnly ? [] : [`!expr ${name}(${names.join(", ")})`]),
          ].join("\n"),
        ),
      ],
      ["ARGUMENTS", { kind: "terms", terms }],
      ["RETURN VALUE", text(returns === "any" ? "Any value." : `A ${returns}.`)],
      ["EXAMPLES", code(examples.join("\n\n"))],
      ["SEE ALSO", text("lab doc functions, docs/reference/functions.md")],
    ),
  };
}

function functionsManual(): Manual {
  const terms = [...registry.values()]
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, topic, summary }): Term => ({ name, notes: [topic], text: summary, depth: 0 }));
  return list("functions", "what templates and expressions can call", "FUNCTIONS", terms, "lab doc FUNCTION");
}

function keywordsManual(): Manual {
  const words = new Map<string, Keyword>();
  for (const table of Object.values(keywords))
    for (const keyword of table.values()) if (!words.has(keyword.name)) words.set(keyword.name, keyword);
  const terms = [...words.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(keywordTerm);
  return list("keywords", "the words of the language", "KEYWORDS", terms, "lab doc KEYWORD, docs/language.md");
}

function factsManual(): Manual {
  const terms = factGroups.map(
    ({ name, summary }): Term => ({ name: `facts.${name}`, notes: [], text: `${summary}.`, depth: 0 }),
  );
  return list("facts", "what is known of a host without being asked for", "FACTS", terms, "docs/reference/facts.md");
}

function factManual({ name, summary }: (typeof factGroups)[number]): Manual {
  return {
    name: `facts.${name}`,
    kind: "facts",
    summary,
    sections: sections(
      ["NAME", text(`facts.${name} - ${summary}`)],
      ["DESCRIPTION", text("Gathered when something in the play reads it, and only then.")],
      ["SEE ALSO", text("lab doc facts, docs/reference/facts.md")],
    ),
  };
}

function connectionManual(): Manual {
  const terms = connectionVars.map(
    ({ name, type, summary }): Term => ({ name, notes: [type], text: summary, depth: 0 }),
  );
  return list("connection", "variables that say how a host is reached", "VARIABLES", terms, "docs/connections.md");
}

function variableManual({ name, type, summary, values, ansible = [] }: (typeof connectionVars)[number]): Manual {
  return {
    name,
    kind: "variable",
    summary,
    sections: sections(
      ["NAME", text(`${name} - variable of a host or group`)],
      ["DESCRIPTION", text(summary)],
      ["VALUE", text(values === undefined ? `A ${type}.` : `One of ${values.join(", ")}.`)],
      ["IN ANSIBLE", ansible.length === 0 ? null : text(ansible.join(", "))],
      ["SEE ALSO", text("lab doc connection, docs/connections.md")],
    ),
  };
}

function list(name: string, what: string, title: string, terms: readonly Term[], more: string): Manual {
  return {
    name,
    kind: "words",
    summary: what,
    sections: sections(
      ["NAME", text(`${name} - ${what}`)],
      [title, { kind: "terms", terms }],
      ["SEE ALSO", text(more)],
    ),
  };
}

function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}
