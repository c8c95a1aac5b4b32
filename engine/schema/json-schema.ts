/** As much of JSON Schema, draft 7, as editors complete and check by. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  /** Shown instead of `description` by editors that know Markdown. */
  readonly markdownDescription?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly propertyNames?: JsonSchema;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly defaultSnippets?: readonly { readonly label: string; readonly body: unknown }[];
}

/** A text with an expression in it, whose value is known only while a play runs. */
const template: JsonSchema = { type: "string", pattern: "\\{\\{" };

/** What an editor takes `!expr …` for, by the setting that `tagSettings` makes: a kind of its own, which no other value has. */
const expression: JsonSchema = { type: "null" };

/** The schema of a value that may be computed. A text can always hold a template: it is only an expression more. */
export function computed(schema: JsonSchema): JsonSchema {
  if (Object.keys(schema).length === 0) return schema;
  if (schema.type === "string" && schema.enum === undefined) return { ...schema, type: ["string", "null"] };
  const { markdownDescription, default: fallback, ...rest } = schema;
  return {
    // Both: of several alternatives the YAML language server shows the plain one alone.
    ...(markdownDescription !== undefined && { description: markdownDescription, markdownDescription }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [...(rest.anyOf ?? [rest]), template, expression],
  };
}

/** The language's YAML tags, as the YAML language server wants them told. */
export const tagSettings: readonly string[] = [
  "!raw scalar",
  "!raw sequence",
  "!raw mapping",
  "!expr scalar:null",
  "!secret scalar",
  "!merge mapping",
  "!merge scalar",
  "!append sequence",
  "!append scalar",
];
