import { fails, says } from "../../tool.ts";
import type { FrozenHost } from "../../world.ts";
import { findDataset } from "../../zfs/find-dataset.ts";
import { parentName } from "../../zfs/names.ts";
import { fixedWidth, humanValue, sourceText } from "../../zfs/print-property.ts";
import {
  isUserProperty,
  isWrittenProperty,
  type Property,
  propertiesOf,
  propertyNamed,
  quotaProperty,
} from "../../zfs/properties.ts";
import { appliesTo, propertyValue, type Subject } from "../../zfs/property-value.ts";
import type { Resolved } from "../../zfs/resolve-property.ts";
import { rulesOf, type ZfsRules } from "../../zfs/versions.ts";
import { jsonDatasets, jsonProperty } from "./json.ts";
import { type ZfsCommand, zfsOptions } from "./options.ts";
import { selectSubjects, subjectTypes } from "./subjects.ts";
import { table } from "./table.ts";
import { misused } from "./usage.ts";

const FIELDS = ["name", "property", "value", "received", "source"] as const;
type Field = (typeof FIELDS)[number];
const SOURCES = ["local", "default", "inherited", "received", "temporary", "none"];

/** `zfs get`: a line for each dataset and property. */
export const get: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const rules = rulesOf(host);
  const options = zfsOptions(context, "get", args, {
    letters: rules.json ? "rHpjd:o:t:s:" : "rHpd:o:t:s:",
    long: rules.json ? ["json", "json-int"] : [],
  });
  if ("failure" in options) return options.failure;
  const { flags, values } = options;
  const [asked, ...names] = options.words;
  if (asked === undefined) return misused(rules, "get", "missing property argument");
  const fields = fieldsOf(values.get("o")?.at(-1) ?? "name,property,value,source");
  if ("wrong" in fields) return misused(rules, "get", `invalid column name '${fields.wrong}'`);
  const sources = (values.get("s")?.at(-1) ?? SOURCES.join(",")).split(",");
  const strange = sources.find((source) => !SOURCES.includes(source));
  if (strange !== undefined) return misused(rules, "get", `invalid source '${strange}'`);
  const properties = asked === "all" ? null : namedProperties(rules, asked.split(","));
  if (properties !== null && "wrong" in properties) {
    return misused(rules, "get", `bad property list: invalid property '${properties.wrong}'`);
  }
  const types = subjectTypes(values.get("t") ?? ["all"]);
  if ("wrong" in types) return misused(rules, "get", `invalid type '${types.wrong}'`);
  const depth = flags.has("r") ? Number.POSITIVE_INFINITY : Number(values.get("d")?.at(-1) ?? 0);
  const { subjects, errors } = selectSubjects(session, names, {
    depth: names.length === 0 ? 99 : depth,
    types: types.types,
  });
  const wanted = (resolved: Resolved) => sources.includes(resolved.source.kind);
  const literal = flags.has("p") || flags.has("json-int");

  const rowsOf = (subject: Subject): readonly Row[] =>
    (properties?.names ?? allNames(host, rules, subject))
      .map((property) => ({ subject, property, resolved: propertyValue(host, subject, property) }))
      // What does not apply is not part of all.
      .filter(({ resolved, property }) => wanted(resolved) && (properties !== null || partOfAll(property, resolved)));
  const code = errors.length > 0 ? 1 : 0;
  const stderr = errors.map((error) => `${error}\n`).join("");
  if (flags.has("j") || flags.has("json")) {
    const shown = subjects.map(
      (subject) =>
        [
          subject,
          rowsOf(subject).map(({ property, resolved }) => jsonProperty(rules, property, resolved, literal)),
        ] as const,
    );
    if (subjects.length === 0 && code !== 0) return fails(code, stderr);
    return { code, stderr, stdout: jsonDatasets(host, "zfs get", shown, flags.has("json-int")) };
  }
  const rows = subjects.flatMap(rowsOf).map((row) => fields.fields.map((field) => cell(rules, row, field, literal)));
  if (flags.has("H")) return { code, stderr, stdout: rows.map((row) => `${row.join("\t")}\n`).join("") };
  if (rows.length === 0) return code === 0 ? says("") : fails(code, stderr);
  // The column of values is as wide as any value of these properties may be, not only as those that are there.
  const known = propertiesOf(rules);
  const shown = properties?.names ?? [...known.keys()];
  const widest = Math.max(
    ...shown.map((name) => fixedWidth(name, known.get(name)) ?? known.get(name)?.column.length ?? 0),
  );
  const headings = fields.fields.map((field) => ({
    heading: field.toUpperCase(),
    width: field === "value" ? widest : 0,
    right: false,
  }));
  return { code, stderr, stdout: table(headings, rows) };
};

interface Row {
  readonly subject: Subject;
  readonly property: string;
  readonly resolved: Resolved;
}

function cell(rules: ZfsRules, { subject, property, resolved }: Row, field: Field, literal: boolean): string {
  switch (field) {
    case "name":
      return subject.name;
    case "property":
      return property;
    case "value":
      return literal ? resolved.value : humanValue(property, propertiesOf(rules).get(property), resolved.value);
    case "received":
      return subject.dataset.received?.[property] ?? "-";
    default:
      return sourceText(resolved.source);
  }
}

function fieldsOf(text: string): { readonly fields: readonly Field[] } | { readonly wrong: string } {
  if (text === "all") return { fields: FIELDS };
  const fields: Field[] = [];
  for (const word of text.split(",")) {
    const field = FIELDS.find((each) => each === word);
    if (field === undefined) return { wrong: word };
    fields.push(field);
  }
  return { fields };
}

/** Full names of what is asked for. */
export function namedProperties(
  rules: ZfsRules,
  words: readonly string[],
): { readonly names: readonly string[] } | { readonly wrong: string } {
  const names: string[] = [];
  for (const word of words) {
    const name = propertyNamed(rules, word)?.name;
    const other = isUserProperty(word) || quotaProperty(word) !== undefined || isWrittenProperty(word);
    if (name === undefined && !other) return { wrong: word };
    names.push(name ?? word);
  }
  return { names };
}

/** All that a dataset has: the native ones in their order, then anyone's own by name. */
function allNames(host: FrozenHost, rules: ZfsRules, subject: Subject): readonly string[] {
  const native = [...propertiesOf(rules).values()].filter(
    (property: Property) => !property.hidden && appliesTo(property, subject),
  );
  return [...native.map(({ name }) => name), ...userNames(host, subject)];
}
/** Those of datasets above it are its own as well. */
function userNames(host: FrozenHost, subject: Subject): readonly string[] {
  const own = subject.kind === "snapshot" ? subject.snapshot.properties : {};
  const names = [...Object.keys(own), ...Object.keys(subject.dataset.properties)];
  for (let above = parentName(subject.dataset.name); above !== null; above = parentName(above))
    names.push(...Object.keys(findDataset(host, above)?.properties ?? {}));
  return [...new Set(names.filter(isUserProperty))].sort();
}
/** Some have no value, which `all` leaves out. */
function partOfAll(property: string, { value, source }: Resolved): boolean {
  if (property === "clones" && value === "") return false;
  return value !== "-" || source.kind !== "none";
}
