import { unreachable } from "../../../errors/bug.ts";

/** Says what is wrong with a value; null if nothing is. */
export type Format = (value: string) => string | null;

/** What a parameter, a key of a guest's configuration or a sub-option of one may be. */
export type Schema = { readonly required?: true } & (
  | { readonly kind: "boolean" }
  | { readonly kind: "integer"; readonly min?: number; readonly max?: number; readonly format?: Format }
  | { readonly kind: "number"; readonly min?: number; readonly max?: number }
  | {
      readonly kind: "string";
      readonly values?: readonly string[];
      readonly pattern?: RegExp;
      readonly format?: Format;
      readonly minLength?: number;
      readonly maxLength?: number;
      /** May be given several times; the values are joined by commas. */
      readonly list?: true;
    }
  | PropertySchema
);
/** Comma-separated sub-options. */
export interface PropertySchema {
  readonly kind: "properties";
  readonly options: Readonly<Record<string, Schema>>;
  /** The sub-option that a piece without `=` belongs to. */
  readonly bare?: string;
  /** Other names of sub-options. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Sub-options whose name is a value itself: `virtio=ADDRESS` says `model=virtio` and `macaddr=ADDRESS`. */
  readonly named?: { readonly names: readonly string[]; readonly key: string; readonly value: string };
  readonly required?: true;
}

/** A property string cannot be taken apart, or what is in it is wrong. The text ends in a line feed. */
export class FormatError extends Error {}

/** Puts what is wrong with a value into `errors`, under the names that the tools give it. */
export function checkValue(errors: Map<string, string>, name: string, schema: Schema, value: string): void {
  const wrong = valueFault(schema, value, name);
  if (wrong !== null) errors.set(name, wrong);
}

/** Why a value is refused, in the tools' words; null: it is fine. Sub-options are named with `name` in front. */
export function valueFault(schema: Schema, value: string, name: string): string | null {
  switch (schema.kind) {
    case "boolean":
      return parseBoolean(value) !== null ? null : typeCheck("boolean", value);
    case "integer":
      if (!/^[+-]?\d+$/.test(value)) return typeCheck("integer", value);
      return formatted(schema.format, value) ?? outside(Number(value), schema);
    case "number":
      if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(value)) return typeCheck("number", value);
      return outside(Number(value), schema);
    case "string":
      return stringObjection(schema, value);
    case "properties":
      try {
        parseProperties(schema, value, `${name}.`);
        return null;
      } catch (error) {
        if (error instanceof FormatError) return `invalid format - ${error.message}`;
        throw error;
      }
    default:
      return unreachable(schema);
  }
}

function typeCheck(type: string, value: string): string {
  return `type check ('${type}') failed - got '${value}'`;
}

function outside(value: number, { min, max }: { readonly min?: number; readonly max?: number }): string | null {
  if (min !== undefined && value < min) return `value must have a minimum value of ${min}`;
  if (max !== undefined && value > max) return `value must have a maximum value of ${max}`;
  return null;
}

// A format's own words end in a line feed, which the tools print as it is: an empty line follows.
function formatted(format: Format | undefined, value: string): string | null {
  const wrong = format?.(value) ?? null;
  return wrong === null ? null : `invalid format - ${wrong}\n`;
}

function stringObjection(schema: Schema & { readonly kind: "string" }, value: string): string | null {
  const { minLength, maxLength, pattern, values } = schema;
  const wrong = formatted(schema.format, value);
  if (wrong !== null) return wrong;
  if (maxLength !== undefined && value.length > maxLength) return `value may only be ${maxLength} characters long`;
  if (minLength !== undefined && value.length < minLength) return `value must be at least ${minLength} characters long`;
  if (pattern?.test(value) === false) return "value does not match the regex pattern";
  if (values?.includes(value) === false)
    return `value '${value}' does not have a value in the enumeration '${values.join(", ")}'`;
  return null;
}

/** Takes a property string apart and checks it; booleans become 1 and 0. Throws FormatError. */
export function parseProperties(schema: PropertySchema, text: string, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const piece of text.split(",")) {
    if (piece.trim() === "") continue;
    const pair = /^([^=]+)=(.+)$/s.exec(piece);
    if (pair === null && piece.includes("=")) throw new FormatError("missing key in comma-separated list property\n");
    const { named } = schema;
    if (pair !== null && named?.names.includes(pair[1] ?? "")) {
      found.set(named.key, pair[1] ?? "");
      found.set(named.value, pair[2] ?? "");
      continue;
    }
    const spelled = pair?.[1] ?? schema.bare;
    const name = spelled === undefined ? undefined : (schema.aliases?.[spelled] ?? spelled);
    if (name === undefined) throw new FormatError("value without key, but schema does not define a default key\n");
    if (found.has(name)) throw new FormatError(`duplicate key in comma-separated list property: ${name}\n`);
    const value = pair?.[2] ?? piece;
    found.set(name, schema.options[name]?.kind === "boolean" ? (parseBoolean(value) ?? value) : value);
  }
  const errors = new Map<string, string>();
  for (const [name, option] of Object.entries(schema.options)) {
    const value = found.get(name);
    if (value !== undefined) checkValue(errors, `${prefix}${name}`, option, value);
    else if (option.required) errors.set(`${prefix}${name}`, "property is missing and it is not optional");
  }
  for (const name of found.keys()) {
    if (Object.hasOwn(schema.options, name)) continue;
    errors.set(
      `${prefix}${name}`,
      "property is not defined in schema and the schema does not allow additional properties",
    );
  }
  if (errors.size === 0) return found;
  throw new FormatError(`format error\n${[...errors].map(([name, message]) => `${name}: ${message}\n`).join("")}`);
}

/** As the tools write one: the bare sub-option, those that must be there, then the others, each sorted by name. */
export function printProperties(schema: PropertySchema, values: ReadonlyMap<string, string>): string {
  const { named } = schema;
  const both = named === undefined ? undefined : values.get(named.value);
  if (named !== undefined && both !== undefined) {
    const rest = new Map([...values].filter(([name]) => name !== named.key && name !== named.value));
    const head = `${values.get(named.key)}=${both}`;
    return rest.size === 0 ? head : `${head},${printProperties(schema, rest)}`;
  }
  const names = [...values.keys()].filter((name) => name !== schema.bare).sort();
  const required = names.filter((name) => schema.options[name]?.required);
  const rest = names.filter((name) => !schema.options[name]?.required);
  const first = schema.bare === undefined ? undefined : values.get(schema.bare);
  return [
    ...(first === undefined ? [] : [first]),
    ...[...required, ...rest].map((name) => `${name}=${values.get(name)}`),
  ].join(",");
}

/** `1`, `0`, or null if it is no boolean. */
export function parseBoolean(text: string): "0" | "1" | null {
  if (/^(1|on|yes|true)$/i.test(text)) return "1";
  return /^(0|off|no|false)$/i.test(text) ? "0" : null;
}
