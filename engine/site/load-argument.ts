import type { Argument, Shape } from "../arguments/argument.ts";
import { type ArgumentType, argumentTypes, foreignTypes, isArgumentType, typeOf } from "../arguments/argument-types.ts";
import { checkArgument } from "../arguments/check-value.ts";
import { literalValue } from "../arguments/literal-value.ts";
import { placeInSource } from "../arguments/place-in-source.ts";
import type { Place } from "../errors/diagnostic.ts";
import { nearest } from "../text/nearest.ts";
import type { ValueSource } from "../value/expression.ts";
import { entryOf, type MapEntry, type MapNode, type Node } from "../value/node.ts";
import type { Value } from "../value/value.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";
import { knownEntries } from "./check-keys.ts";
import { expectBoolean, expectList, expectMap, expectText, isText, type Report, wrongType } from "./expect.ts";
import { keywords } from "./keywords.ts";
import { readValue } from "./read-value.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One argument, or one key of a map. Its default is kept by whoever keeps those: a variable of the role, or the key. */
export function loadArgument(
  { key: name, keyPlace: place, value }: MapEntry,
  inSecret: boolean,
  ofFile: VarsLayer | null,
  defaults: Map<string, Variable> | null,
  report: Report,
): Argument {
  const argument: Mutable<Argument> = {
    name,
    place,
    ...loadShape(value, name, inSecret, report),
    required: false,
    nullable: false,
    examples: [],
  };
  const map = value.kind === "map" ? value : undefined;
  const given = (key: string): Node | undefined => map && entryOf(map, key)?.value;
  const description = given("description");
  if (description) assign(argument, "description", expectText(description, "description", report));
  const required = given("required");
  argument.required = (required && expectBoolean(required, "required", report)) ?? false;
  const deprecated = given("deprecated");
  if (deprecated) assign(argument, "deprecated", expectText(deprecated, "deprecated", report));
  const examples = given("examples");
  const list = examples && expectList(examples, "examples", report);
  argument.examples = (list?.items ?? []).flatMap((item) => constant(argument, item, report) ?? []);

  const written = map && entryOf(map, "default");
  const other = ofFile?.variables.get(name);
  const fallback = written && readValue(written.value, report);
  if (written && other) {
    report({
      code: "two-defaults",
      message: `\`${name}\` has a default here and another in defaults/`,
      place: written.keyPlace,
      hint: "keep one of the two",
      related: [{ message: "the other default", place: other.place }],
    });
  }
  const source = fallback ?? (other?.content.kind === "source" ? other.content.source : undefined);
  if (argument.required && source) {
    report({
      code: "required-with-default",
      message: `\`${name}\` is required and has a default`,
      place: required?.place ?? place,
      hint: "what has a default is never missing: take one of the two out",
      related: [{ message: "its default", place: source.place }],
    });
  }
  const nothing = source?.kind === "literal" && source.value === null;
  argument.nullable = !argument.required && (source === undefined || nothing);
  if (source) {
    for (const { path, message, hint } of checkArgument(argument, literalValue(source))) {
      const at = placeInSource(source, path.slice(1)) ?? source.place;
      const where = path.length > 1 ? `: \`${path.slice(1).join(".")}\`` : "";
      report({
        code: "invalid-default",
        message: `the default of \`${name}\`${where}: ${message}`,
        place: at,
        ...(hint !== undefined && { hint }),
        related: [{ message: "declared here", place }],
      });
    }
  }
  if (fallback && written && defaults)
    defaults.set(name, { place: written.keyPlace, content: { kind: "source", source: fallback } });
  if (fallback && written && !defaults) assign(argument, "fallback", fixed(fallback, written.value.place, report));
  return argument;
}

/** A default inside of a map is put in where the map is read: it cannot be a template. */
function fixed(source: ValueSource, place: Place, report: Report): Value | undefined {
  if (source.kind === "literal") return source.value;
  const walk = (each: ValueSource): boolean =>
    each.kind === "literal" ||
    (each.kind === "list" && each.items.every(walk)) ||
    (each.kind === "map" && each.entries.every(({ value }) => walk(value)));
  if (walk(source)) return literalValue(source);
  report({
    code: "no-template-here",
    message: "the default of a key cannot be a template",
    place,
    hint: "write it out",
  });
  return undefined;
}

/** A value that is written out, such as an example; one that does not fit its argument would mislead. */
function constant(argument: Argument, node: Node, report: Report): readonly Value[] | undefined {
  const source = readValue(node, report);
  if (!source) return undefined;
  const value = literalValue(source);
  for (const { path, message, hint } of checkArgument(argument, value)) {
    const place = placeInSource(source, path.slice(1)) ?? node.place;
    report({
      code: "invalid-example",
      message: `an example of \`${argument.name}\`: ${message}`,
      place,
      ...(hint !== undefined && { hint }),
    });
  }
  return [value];
}

/** What the value must be. A text alone is the name of the type. */
function loadShape(node: Node, what: string, inSecret: boolean, report: Report): Shape {
  const anything: Shape = { type: "any", secret: inSecret };
  if (node.kind !== "map") {
    if (isText(node)) return { ...anything, type: loadType(node, report) ?? "any" };
    const hint = "write its type, such as `string`, or a map with `type` and `description`";
    wrongType(node, what, "a type, or a map", report, hint);
    return anything;
  }
  const known = knownEntries(node, `the argument \`${what}\``, keywords.argument, report);
  const shape: Mutable<Shape> = { ...anything };
  const find = (key: string): Node | undefined => known.find((entry) => entry.key === key)?.value;
  const secret = find("secret");
  shape.secret = inSecret || ((secret && expectBoolean(secret, "secret", report)) ?? false);
  const type = find("type");
  shape.type = (type && loadType(type, report)) ?? impliedType(node, what, type !== undefined, report);
  for (const { key, value, keyPlace } of known) {
    if (key === "choices") assign(shape, "choices", loadChoices(value, shape, report));
    else if (key === "min" || key === "max") assign(shape, key, loadBound(value, key, shape.type, report));
    else if (key === "pattern") assign(shape, "pattern", loadPattern(value, shape.type, report));
    else if (key === "items" || key === "values" || key === "keys") {
      const wanted = key === "items" ? "list" : "map";
      if (shape.type !== wanted) {
        report({
          code: "contradictory-argument",
          message: `\`${key}\` goes with \`type: ${wanted}\`, and this is ${shape.type}`,
          place: keyPlace,
        });
      } else if (key === "keys") shape.keys = loadKeys(value, shape.secret, report);
      else shape[key] = loadShape(value, key, shape.secret, report);
    }
  }
  if (shape.keys && shape.values)
    report({
      code: "contradictory-argument",
      message: "a map has either `keys`, which it may have, or `values`, with any keys",
      place: node.place,
    });
  if (shape.min !== undefined && shape.max !== undefined && shape.min > shape.max)
    report({
      code: "contradictory-argument",
      message: "`min` is above `max`: nothing fits between them",
      place: find("min")?.place ?? node.place,
    });
  return shape;
}

function loadType(node: Node, report: Report): ArgumentType | undefined {
  const word = expectText(node, "type", report);
  if (word === undefined || isArgumentType(word)) return word;
  const names = Object.keys(argumentTypes);
  const meant = foreignTypes.get(word.toLowerCase()) ?? nearest(word, names);
  const hint = meant === undefined ? `there are ${names.join(", ")}` : `write \`${meant}\``;
  report({ code: "unknown-type", message: `there is no type \`${word}\``, place: node.place, hint });
  return undefined;
}

/** What else stands there may say it: choices, items, keys. */
function impliedType(map: MapNode, what: string, told: boolean, report: Report): ArgumentType {
  if (entryOf(map, "items")) return "list";
  if (entryOf(map, "keys") || entryOf(map, "values")) return "map";
  const choices = entryOf(map, "choices")?.value;
  const items = choices?.kind === "list" ? choices.items : [];
  if (items.length > 0 && items.every(isText)) return "string";
  if (choices || told) return "any";
  const hint = `write \`type:\`, one of ${Object.keys(argumentTypes).join(", ")}`;
  report({ code: "missing-keyword", message: `the argument \`${what}\` needs \`type\``, place: map.place, hint });
  return "any";
}

function loadChoices(node: Node, shape: Shape, report: Report): Shape["choices"] {
  const list = expectList(node, "choices", report);
  if (list?.items.length === 0)
    report({ code: "wrong-type", message: "`choices` is empty: nothing could be given", place: node.place });
  return list?.items.flatMap((item) => {
    const value = item.kind === "scalar" && item.tag === undefined ? item.value : null;
    const misfit = value === null ? { expected: "a text, a number, true or false" } : typeOf(shape.type).check(value);
    if (!misfit && value !== null) return [value];
    report({ code: "wrong-type", message: `a choice does not fit: expected ${misfit?.expected}`, place: item.place });
    return [];
  });
}

/** In the measure of the type: `1G` for a size, `5m` for a length of time. */
function loadBound(node: Node, key: string, type: ArgumentType, report: Report): number | undefined {
  const { measure, unit, check } = typeOf(type);
  if (!measure) {
    report({ code: "contradictory-argument", message: `\`${key}\` means nothing for ${type}`, place: node.place });
    return undefined;
  }
  const value = node.kind === "scalar" ? node.value : null;
  if (unit !== undefined)
    return typeof value === "number" && value >= 0
      ? value
      : wrongType(node, key, `a number of ${unit === "entry" ? "entries" : `${unit}s`}`, report);
  const misfit = check(value);
  return misfit ? wrongType(node, key, misfit.expected, report) : measure(value);
}

function loadPattern(node: Node, type: ArgumentType, report: Report): Shape["pattern"] {
  if (!isText(node)) return wrongType(node, "pattern", "a text", report);
  if (!typeOf(type).text) {
    report({
      code: "contradictory-argument",
      message: `\`pattern\` is about texts, and this is ${type}`,
      place: node.place,
    });
    return undefined;
  }
  try {
    return { source: node.value, matches: new RegExp(`^(?:${node.value})$`, "u") };
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*: /, "") : "";
    report({ code: "wrong-value", message: `\`pattern\` is no regular expression: ${why}`, place: node.place });
    return undefined;
  }
}

function loadKeys(node: Node, inSecret: boolean, report: Report): ReadonlyMap<string, Argument> {
  const map = expectMap(node, "keys", report);
  return new Map((map?.entries ?? []).map((entry) => [entry.key, loadArgument(entry, inSecret, null, null, report)]));
}

/** With exactOptionalPropertyTypes a field is left out, never set to undefined. */
function assign<T, Key extends keyof T>(target: T, key: Key, value: T[Key] | undefined): void {
  if (value !== undefined) target[key] = value;
}
