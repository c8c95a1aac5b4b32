import type { Keyword, Keywords, KeywordType } from "../site/keywords.ts";
import { computed, type JsonSchema } from "./json-schema.ts";

const text: JsonSchema = { type: "string" };
// `null` is what an editor takes an expression for.
const condition: JsonSchema = { type: ["string", "boolean", "null"] };
const named = (name: string): JsonSchema => ({ $ref: `#/definitions/${name}` });
const orList = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: "array", items: schema }] });

/** What each kind of keyword takes. Texts may be numbers too: `name: 5` is one. */
const byType: Readonly<Record<KeywordType, JsonSchema>> = {
  text: { type: ["string", "number", "null"] },
  boolean: computed({ type: "boolean" }),
  integer: computed({ type: "integer" }),
  names: orList(text),
  condition: orList(condition),
  value: {},
  variables: computed({ type: "object" }),
  entries: { type: ["array", "null"], items: named("task") },
  roles: { type: ["array", "null"], items: named("roleUse") },
  map: { type: ["object", "array", "string", "null"] },
};

/** Keywords that say more than their type does. */
const special: Readonly<Record<string, JsonSchema>> = {
  loop_control: named("loopControl"),
  include_role: { anyOf: [named("includedRole"), text] },
  include_tasks: {
    anyOf: [text, { type: "object", properties: { file: text }, required: ["file"], additionalProperties: false }],
  },
  role: named("roleName"),
  module_defaults: named("moduleDefaults"),
  handlers: { type: ["array", "null"], items: named("handler") },
  strategy: { enum: ["linear", "free"] },
  order: { enum: ["inventory", "reverse_inventory", "sorted", "reverse_sorted", "shuffle"] },
  serial: orList(computed({ type: ["integer", "string"] })),
  max_fail_percentage: computed({ type: "number", minimum: 0, maximum: 100 }),
  delay: computed({ type: ["integer", "string"] }),
  timeout: computed({ type: ["integer", "string"] }),
  async: computed({ type: ["integer", "string"] }),
  poll: computed({ type: ["integer", "string"] }),
  pause: computed({ type: ["number", "string"] }),
  extended: { type: "boolean" },
  vars_prompt: { type: ["array", "null"], items: named("question") },
  machines: { enum: ["together", "apart"] },
  meta: named("meta"),
};

/** The keywords of one place, for the properties of its schema. */
export function keywordProperties(keywords: Keywords): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries([...keywords.values()].map((keyword) => [keyword.name, keywordSchema(keyword)]));
}

function keywordSchema({ name, type, summary }: Keyword): JsonSchema {
  // In draft 7 nothing stands beside a $ref: the words that explain the keyword would be lost.
  const schema = special[name] ?? byType[type];
  return { markdownDescription: summary, ...(schema.$ref === undefined ? schema : { anyOf: [schema] }) };
}
