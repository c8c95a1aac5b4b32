import type { z } from "zod";
import { type ParamKind, paramKinds } from "../module/params.ts";

/**
 * What the engine needs to know of a schema before zod sees the values: where files, templates, conditions and
 * expressions stand. Everything else of zod stays behind `safeParse`.
 */
export type Shape =
  | { readonly kind: "plain" }
  | { readonly kind: "special"; readonly special: ParamKind; readonly to?: string }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, Shape>; readonly required: readonly string[] }
  | { readonly kind: "list"; readonly item: Shape }
  | { readonly kind: "record"; readonly item: Shape }
  | { readonly kind: "union"; readonly options: readonly Shape[] };

const shapes = new WeakMap<z.ZodType, Shape>();

export function shapeOf(schema: z.ZodType): Shape {
  const known = shapes.get(schema);
  if (known) return known;
  const shape = readShape(schema);
  shapes.set(schema, shape);
  return shape;
}

function readShape(schema: z.ZodType): Shape {
  const { kind: special, to } = paramKinds.get(schema) ?? {};
  // A secret is an ordinary text to bind; zod turns it into a Secret.
  if (special !== undefined && special !== "secret")
    return { kind: "special", special, ...(to !== undefined && { to }) };
  const def = schema.def as unknown as SchemaDef;
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return def.innerType ? shapeOf(def.innerType) : { kind: "plain" };
    case "pipe":
      return def.in ? shapeOf(def.in) : { kind: "plain" };
    case "array":
      return def.element ? { kind: "list", item: shapeOf(def.element) } : { kind: "plain" };
    case "record":
      return def.valueType ? { kind: "record", item: shapeOf(def.valueType) } : { kind: "plain" };
    case "union":
      return { kind: "union", options: (def.options ?? []).map(shapeOf) };
    case "object": {
      const fields = Object.entries(def.shape ?? {});
      return {
        kind: "object",
        fields: new Map(fields.map(([name, field]) => [name, shapeOf(field)])),
        required: fields.filter(([, field]) => !field.safeParse(undefined).success).map(([name]) => name),
      };
    }
    default:
      return { kind: "plain" };
  }
}

/** The part of zod 4's schema definitions that is read here. */
interface SchemaDef {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly shape?: Readonly<Record<string, z.ZodType>>;
}

/** The shape below a key of a map, or of any item of a list. A union answers with the first option that has one. */
export function fieldShape(shape: Shape, key: string): Shape {
  if (shape.kind === "object") return shape.fields.get(key) ?? { kind: "plain" };
  if (shape.kind === "record") return shape.item;
  if (shape.kind === "union") {
    const option = shape.options.find((candidate) => candidate.kind === "object" && candidate.fields.has(key));
    return option ? fieldShape(option, key) : { kind: "plain" };
  }
  return { kind: "plain" };
}

export function itemShape(shape: Shape): Shape {
  if (shape.kind === "list") return shape.item;
  if (shape.kind === "union") {
    const option = shape.options.find((candidate) => candidate.kind === "list");
    return option ? itemShape(option) : { kind: "plain" };
  }
  return { kind: "plain" };
}

/** The special kind that a single value stands for here. */
export function specialOf(shape: Shape): Exclude<ParamKind, "secret"> | null {
  if (shape.kind === "special") return shape.special === "secret" ? null : shape.special;
  if (shape.kind === "union") {
    for (const option of shape.options) {
      const special = option.kind === "special" ? specialOf(option) : null;
      if (special) return special;
    }
  }
  return null;
}

/** The parameters of a module that take what others contribute, and to what. */
export function contributionsRead({ params }: { readonly params: z.ZodType }): ReadonlyMap<string, string> {
  const known = contributions.get(params) ?? findContributions(shapeOf(params));
  contributions.set(params, known);
  return known;
}

/** Asked of each task on each host, for every window. */
const contributions = new WeakMap<z.ZodType, ReadonlyMap<string, string>>();

function findContributions(shape: Shape): ReadonlyMap<string, string> {
  if (shape.kind !== "object") return new Map();
  return new Map(
    [...shape.fields].flatMap(([name, field]): [string, string][] =>
      field.kind === "special" && field.special === "contributed" ? [[name, field.to ?? ""]] : [],
    ),
  );
}

/** Every parameter name of a module, for did-you-mean and documentation. */
export function parameterNames(shape: Shape): readonly string[] {
  if (shape.kind === "object") return [...shape.fields.keys()];
  if (shape.kind === "union") return [...new Set(shape.options.flatMap(parameterNames))];
  return [];
}
