import type { Module } from "../module/define-module.ts";
import { inputSchema } from "./input-schema.ts";
import { computed, type JsonSchema } from "./json-schema.ts";

/**
 * What stands below a module's name in a task: its parameters, each of which a template may make, or its shorthand.
 * `definitions` are of those that hold themselves, under names that no other module's have.
 */
export function moduleSchema(module: Module): {
  readonly schema: JsonSchema;
  readonly definitions: Readonly<Record<string, JsonSchema>>;
} {
  const { definitions = {}, ...given } = inputSchema(module.params);
  const params = editable(given, module.name);
  const text = `${module.summary}\n\n${module.description ?? ""}`.trim();
  const described = { description: text, markdownDescription: text };
  const short = module.shorthand && (params.properties?.[module.shorthand] ?? { type: "string" });
  return {
    schema: short ? { ...described, anyOf: [params, short] } : { ...described, ...whole(params) },
    definitions: Object.fromEntries(
      Object.entries(definitions).map(([name, schema]) => [ownName(module.name, name), editable(schema, module.name)]),
    ),
  };
}

/** Where no parameter has to be named, all of them may come from one variable. */
function whole(params: JsonSchema): JsonSchema {
  return (params.required ?? []).length > 0 ? params : { ...params, type: ["object", "string"] };
}

function ownName(module: string, definition: string): string {
  return `${module}${definition}`;
}

/**
 * Patterns and lengths of texts are left out: a text with a template fits none of them, and the engine's own words for
 * a wrong one say more than a pattern does.
 */
function editable(schema: JsonSchema, module: string, top = true): JsonSchema {
  const {
    $schema: _schema,
    $ref,
    pattern: _pattern,
    minLength: _min,
    maxLength: _max,
    format: _format,
    propertyNames: _names,
    oneOf,
    default: fallback,
    description,
    ...kept
  } = schema as JsonSchema & Unkept;
  const below = (inner: JsonSchema): JsonSchema => editable(inner, module, false);
  const inner: JsonSchema = {
    ...kept,
    ...(kept.properties && {
      properties: Object.fromEntries(Object.entries(kept.properties).map(([name, each]) => [name, below(each)])),
    }),
    ...(kept.items && { items: below(kept.items) }),
    ...(typeof kept.additionalProperties === "object" && { additionalProperties: below(kept.additionalProperties) }),
    // One of several and any of several: with templates in them more than one may fit.
    ...((kept.anyOf ?? oneOf) && {
      anyOf: [...(kept.anyOf ?? []), ...(oneOf ?? [])].map((each) => editable(each, module)),
    }),
    ...(kept.allOf && { allOf: kept.allOf.map((each) => editable(each, module)) }),
    // Nothing may stand beside a $ref in draft 7.
    ...($ref !== undefined && { anyOf: [{ $ref: $ref.replace(/[^/]+$/, (name) => ownName(module, name)) }] }),
    ...(description !== undefined && { markdownDescription: description }),
    ...(fallback !== undefined && typeof fallback !== "object" && { default: fallback }),
  };
  return top ? inner : computed(inner);
}
interface Unkept {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
  readonly oneOf?: readonly JsonSchema[];
}
