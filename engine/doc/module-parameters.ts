import type { Module } from "../module/define-module.ts";
import { fieldShape, itemShape, type Shape, shapeOf, specialOf } from "../plan/param-schema.ts";
import { inputSchema } from "../schema/input-schema.ts";
import type { JsonSchema } from "../schema/json-schema.ts";

/** A parameter of a module, or a field of a map that one takes: `auth.api_key`, `folders[].id`. */
export interface ParameterDoc {
  readonly name: string;
  /** In words: "text", "list of text", "`present`, `absent`". */
  readonly type: string;
  readonly required: boolean;
  /** As JSON. */
  readonly fallback?: string;
  readonly description: string;
}

/** From the module's own schema: what is documented is what is checked. */
export function parametersOf(module: Module): readonly ParameterDoc[] {
  return fieldsOf(inputSchema(module.params), "", shapeOf(module.params));
}

/** The fields of a map, and below each those of the maps that it holds. */
function fieldsOf(schema: JsonSchema, prefix: string, shape: Shape): readonly ParameterDoc[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const inside = fieldShape(shape, name);
    const special = specialOf(inside);
    const type = special === null ? typeInWords(field) : specials[special];
    // What others contribute is there unless somebody says false; the schema's default is the engine's own.
    const given = special === "contributed" ? true : field.default;
    const parameter: ParameterDoc = {
      name: `${prefix}${name}`,
      type: type === "" ? "any value" : type,
      required: schema.required?.includes(name) ?? false,
      ...(given !== undefined && { fallback: JSON.stringify(given) }),
      description: field.description ?? "",
    };
    return special === null ? [parameter, ...fieldsBelow(field, `${prefix}${name}`, inside)] : [parameter];
  });
}

function fieldsBelow(schema: JsonSchema, at: string, shape: Shape): readonly ParameterDoc[] {
  const named = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
  const fields = [
    ...fieldsOf(schema, `${at}.`, shape),
    ...(named === undefined ? [] : fieldsBelow(named, `${at}.NAME`, fieldShape(shape, "NAME"))),
    ...(schema.items === undefined ? [] : fieldsBelow(schema.items, `${at}[]`, itemShape(shape))),
    // One or a list of them: the fields are the same, and are told once.
    ...(schema.anyOf ?? [])
      .filter(({ type }, _, all) => type !== "array" || !all.some((other) => other.properties !== undefined))
      .flatMap((option) => fieldsBelow(option, at, shape)),
  ];
  // Forms of one map have fields in common.
  return [...new Map(fields.map((field) => [field.name, field])).values()];
}

const specials: Readonly<Record<NonNullable<ReturnType<typeof specialOf>>, string>> = {
  localFile: "file of the site",
  localTree: "folder of the site",
  templateFile: "template of the site",
  localDest: "path on the controller",
  varsFile: "file of variables of the site",
  varsTree: "folder of variables of the site",
  condition: "condition",
  expression: "expression",
  contributed: "true or false",
};

/** A type in the words of the manual. */
export function typeInWords(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.anyOf !== undefined)
    return [...new Set(schema.anyOf.map(typeInWords))].filter((type) => type !== "").join(" or ");
  if (schema.type === "array") {
    const item = typeInWords(schema.items ?? {});
    return item === "" ? "list" : `list of ${item}`;
  }
  const words: Readonly<Record<string, string>> = { string: "text", object: "map", number: "number" };
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  return types.map((type) => words[type] ?? type).join(" or ");
}
