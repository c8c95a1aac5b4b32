import { argumentTypes } from "../arguments/argument-types.ts";
import { connectionVars } from "../inventory/connection-vars.ts";
import type { Module } from "../module/define-module.ts";
import { keywords } from "../site/keywords.ts";
import { metaOrders } from "../site/meta-orders.ts";
import { computed, type JsonSchema } from "./json-schema.ts";
import { keywordProperties } from "./keyword-schema.ts";
import { moduleSchema } from "./module-schema.ts";

/** What the schemas are made of. */
export interface SchemaSources {
  readonly modules: readonly Module[];
  /** Names to offer where a role is named. */
  readonly roles: readonly string[];
}

/** One schema for each kind of file of a site, each whole in itself: an editor needs no other file to read it. */
export function siteSchemas(sources: SchemaSources): Readonly<Record<SchemaName, JsonSchema>> {
  const definitions = definitionsOf(sources);
  const root = { $schema: "http://json-schema.org/draft-07/schema#" };
  const listOf = (name: string): JsonSchema => ({ type: ["array", "null"], items: { $ref: `#/definitions/${name}` } });
  return {
    playbook: { ...root, ...listOf("play"), definitions },
    tasks: { ...root, ...listOf("task"), definitions },
    handlers: { ...root, ...listOf("handler"), definitions },
    "role-arguments": { ...root, ...argumentsSchema() },
    "role-meta": {
      ...root,

      type: ["object", "null"],
      properties: keywordProperties(keywords.roleMeta),
      additionalProperties: false,
      definitions,
    },
    inventory: { ...root, ...inventorySchema() },
    variables: { ...root, ...variables },
    settings: {
      ...root,

      type: ["object", "null"],
      properties: {
        ...keywordProperties(keywords.settings),
        secrets: { type: "object", properties: keywordProperties(keywords.secrets), additionalProperties: false },
      },
      additionalProperties: false,
    },
  };
}
export type SchemaName =
  | "playbook"
  | "tasks"
  | "handlers"
  | "role-meta"
  | "role-arguments"
  | "inventory"
  | "variables"
  | "settings";

/** Which files of a site each is for, as patterns of paths below its folder. */
export const schemaFiles: Readonly<Record<SchemaName, readonly string[]>> = {
  playbook: ["playbooks/*.yml", "site.yml"],
  tasks: ["roles/*/tasks/**/*.yml", "playbooks/tasks/**/*.yml"],
  handlers: ["roles/*/handlers/*.yml"],
  "role-meta": ["roles/*/meta/main.yml"],
  "role-arguments": ["roles/*/meta/arguments.yml"],
  inventory: ["inventory/*.yml"],
  variables: [
    "group_vars/**/*.yml",
    "host_vars/**/*.yml",
    "inventory/group_vars/**/*.yml",
    "inventory/host_vars/**/*.yml",
    "roles/*/defaults/*.yml",
    "roles/*/vars/*.yml",
  ],
  settings: ["lab.yml"],
};

function definitionsOf({ modules, roles }: SchemaSources): Readonly<Record<string, JsonSchema>> {
  const ofModules = modules.map((module) => ({ name: module.name, ...moduleSchema(module) }));
  const byName = new Map(ofModules.map(({ name, schema }) => [name, schema]));
  const blockModule = byName.get("block");
  const task = (own: (typeof keywords)["task"] | (typeof keywords)["handler"]): JsonSchema => {
    const words = keywordProperties(own);
    const { block: entries, ...others } = words;
    return {
      type: "object",
      properties: {
        ...Object.fromEntries(byName),
        ...others,
        // A list is a block of tasks, a map the module that keeps lines in a file.
        block: { anyOf: [entries, blockModule].flatMap((either) => either ?? []) },
      },
      additionalProperties: false,
    };
  };
  return {
    ...Object.assign({}, ...ofModules.map(({ definitions }) => definitions)),
    play: {
      type: "object",
      properties: keywordProperties(keywords.play),
      anyOf: [{ required: ["hosts"] }, { required: ["import_playbook"] }],
      additionalProperties: false,
    },
    task: task(keywords.task),
    handler: task(keywords.handler),
    // Other keys are the role's parameters.
    roleUse: {
      anyOf: [
        { type: "object", properties: keywordProperties(keywords.roleUse), required: ["role"] },
        { $ref: "#/definitions/roleName" },
      ],
    },
    roleName: roles.length === 0 ? { type: "string" } : { anyOf: [{ enum: roles }, { type: "string" }] },
    includedRole: {
      type: "object",
      properties: { name: { anyOf: [{ $ref: "#/definitions/roleName" }] }, tasks_from: { type: "string" } },
      required: ["name"],
      additionalProperties: false,
    },
    loopControl: {
      type: "object",
      properties: keywordProperties(keywords.loopControl),
      additionalProperties: false,
    },
    moduleDefaults: {
      type: "object",
      // Those that are always given are given here or in the task: neither can be asked for here.
      properties: Object.fromEntries([...byName].map(([name, schema]) => [name, withoutRequired(schema)])),
      additionalProperties: false,
    },
    meta: { enum: Object.keys(metaOrders) },
    question: {
      type: "object",
      properties: keywordProperties(keywords.varsPrompt),
      required: ["name"],
      additionalProperties: false,
    },
  };
}

/** By entry point: `main`, and each file of tasks that `tasks_from` names. */
function argumentsSchema(): JsonSchema {
  const types: JsonSchema = { enum: Object.keys(argumentTypes) };
  const whole: JsonSchema = {
    type: ["object", "null"],
    properties: {
      ...keywordProperties(keywords.argument),
      type: types,
      items: { anyOf: [{ $ref: "#/definitions/argument" }] },
      values: { anyOf: [{ $ref: "#/definitions/argument" }] },
      keys: { type: "object", additionalProperties: { $ref: "#/definitions/argument" } },
      pattern: { type: "string" },
    },
    additionalProperties: false,
  };
  // An argument that is only a text names its type.
  const argument: JsonSchema = { anyOf: [whole, types] };
  const entryPoint: JsonSchema = { type: ["object", "null"], additionalProperties: { $ref: "#/definitions/argument" } };
  return { type: ["object", "null"], additionalProperties: entryPoint, definitions: { argument } };
}

function withoutRequired({ required: _, ...schema }: JsonSchema): JsonSchema {
  return { ...schema, ...(schema.anyOf && { anyOf: schema.anyOf.map(withoutRequired) }) };
}

const variables: JsonSchema = {
  type: ["object", "null"],
  propertyNames: { pattern: "^[A-Za-z_][A-Za-z0-9_]*$" },
  properties: Object.fromEntries(
    connectionVars.map(({ name, type, summary, values }) => [
      name,
      { markdownDescription: summary, ...connectionType(type, values) },
    ]),
  ),
};

function connectionType(type: (typeof connectionVars)[number]["type"], values?: readonly string[]): JsonSchema {
  if (values) return computed({ enum: values });
  if (type === "text") return { type: ["string", "number", "null"] };
  return computed({ type: type === "map" ? "object" : type });
}

function inventorySchema(): JsonSchema {
  const hosts: JsonSchema = {
    type: ["object", "null"],
    markdownDescription: "Hosts by name; ranges such as `web[01:10]` are several. Below each its variables.",
    additionalProperties: { $ref: "#/definitions/variables" },
  };
  const group: JsonSchema = {
    type: ["object", "null"],
    properties: {
      hosts,
      children: {
        type: ["object", "null"],
        markdownDescription: "Groups whose hosts belong to this one too.",
        additionalProperties: { $ref: "#/definitions/group" },
      },
      vars: {
        markdownDescription: "Variables of all its hosts.",
        anyOf: [{ $ref: "#/definitions/variables" }],
      },
    },
    additionalProperties: false,
  };
  const names = { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] } as const;
  const source: JsonSchema = {
    type: "object",
    markdownDescription: "No hosts, but nodes that know them: containers and virtual machines become hosts.",
    properties: {
      source: { enum: ["proxmox"] },
      node: names,
      nodes: names,
      names: { enum: ["hostname", "vmid"] },
      groups: { type: "object" },
      filter: { type: "object" },
    },
    required: ["source"],
    additionalProperties: false,
  };
  const groups: JsonSchema = {
    type: ["object", "null"],
    additionalProperties: { anyOf: [{ $ref: "#/definitions/group" }] },
  };
  return { anyOf: [groups, source], definitions: { group, variables } };
}
