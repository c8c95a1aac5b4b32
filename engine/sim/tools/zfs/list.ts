import { fails, says } from "../../tool.ts";
import type { FrozenHost } from "../../world.ts";
import { findPool } from "../../zfs/find-dataset.ts";
import { fixedWidth, humanValue } from "../../zfs/print-property.ts";
import { propertiesOf } from "../../zfs/properties.ts";
import { propertyValue, type Subject } from "../../zfs/property-value.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { namedProperties } from "./get.ts";
import { jsonDatasets, jsonProperty } from "./json.ts";
import { type ZfsCommand, zfsOptions } from "./options.ts";
import { type SubjectType, selectSubjects, subjectTypes } from "./subjects.ts";
import { table } from "./table.ts";
import { misused } from "./usage.ts";

const DEFAULT_COLUMNS = "name,used,available,referenced,mountpoint";
const SPACE = "name,available,used,usedbysnapshots,usedbydataset,usedbyrefreservation,usedbychildren";

/** `zfs list`: a line for each dataset. */
export const list: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const rules = rulesOf(host);
  const options = zfsOptions(context, "list", args, {
    letters: rules.json ? "rHpjd:o:t:s:S:" : "rHpd:o:t:s:S:",
    long: rules.json ? ["json", "json-int"] : [],
  });
  if ("failure" in options) return options.failure;
  const { flags, values, words } = options;
  const asked = (values.get("o")?.at(-1) ?? DEFAULT_COLUMNS)
    .split(",")
    .flatMap((word) => (word === "space" ? SPACE.split(",") : [word]));
  const columns = namedProperties(rules, asked);
  const wrong = (message: string) => misused(rules, "list", message);
  const given = values.get("t");
  const types = subjectTypes(given ?? ["filesystem", "volume"]);
  if ("wrong" in types) return wrong(`invalid type '${types.wrong}'`);
  if ("wrong" in columns) return wrong(`bad property list: invalid property '${columns.wrong}'`);
  const sorting = sortKeys(args);
  const keys = namedProperties(
    rules,
    sorting.map(({ property }) => property),
  );
  if ("wrong" in keys) return wrong(`invalid property '${keys.wrong}'`);
  const depth = flags.has("r") ? Number.POSITIVE_INFINITY : Number(values.get("d")?.at(-1) ?? 0);
  const wanted = new Set<SubjectType>(types.types);
  // A pool may ask for its snapshots to be listed too.
  if (given === undefined && words.length === 0 && someListsSnapshots(host)) wanted.add("snapshot");
  const { subjects, errors } = selectSubjects(session, words, { depth, types: wanted });
  const literal = flags.has("p") || flags.has("json-int");
  const value = (subject: Subject, property: string) => propertyValue(host, subject, property).value;
  const sorted = [...subjects].sort((a, b) => {
    for (const [index, name] of keys.names.entries()) {
      const order = compareValues(value(a, name), value(b, name));
      if (order !== 0) return sorting[index]?.reverse === true ? -order : order;
    }
    return 0;
  });
  const code = errors.length > 0 ? 1 : 0;
  const stderr = errors.map((error) => `${error}\n`).join("");
  if (flags.has("j") || flags.has("json")) {
    const shown = sorted.map(
      (subject) =>
        [
          subject,
          columns.names
            .filter((name) => name !== "name")
            .map((name) => jsonProperty(rules, name, propertyValue(host, subject, name), literal)),
        ] as const,
    );
    if (sorted.length === 0 && code !== 0) return fails(code, stderr);
    return { code, stderr, stdout: jsonDatasets(host, "zfs list", shown, flags.has("json-int")) };
  }
  const known = propertiesOf(rules);
  const rows = sorted.map((subject) =>
    columns.names.map((name) => {
      const text = value(subject, name) || "-";
      return literal ? text : humanValue(name, known.get(name), text);
    }),
  );
  if (rows.length === 0)
    return code === 0 && !flags.has("H")
      ? { code, stdout: "", stderr: "no datasets available\n" }
      : fails(code, stderr);
  if (flags.has("H")) return { ...says(rows.map((row) => `${row.join("\t")}\n`).join(""), stderr), code };
  const headings = columns.names.map((name) => {
    const property = known.get(name);
    const width = name === "referenced" ? rules.referColumn : (fixedWidth(name, property) ?? 0);
    const right =
      property !== undefined && property.kind !== "string" && property.kind !== "index" && property.kind !== "date";
    return { heading: property?.column ?? name.toUpperCase(), width, right };
  });
  return { code, stderr, stdout: table(headings, rows) };
};

/** `-s` and `-S` in the order in which they were said. */
function sortKeys(args: readonly string[]): readonly { readonly property: string; readonly reverse: boolean }[] {
  const keys: { property: string; reverse: boolean }[] = [];
  for (const [index, word] of args.entries()) {
    const match = /^-[a-zA-Z]*?([sS])(.*)$/.exec(word);
    const before = args[index - 1];
    if (match === null || word.startsWith("--") || before === "-o" || before === "-t") continue;
    const property = match[2] === "" ? args[index + 1] : match[2];
    if (property !== undefined) keys.push({ property, reverse: match[1] === "S" });
  }
  return keys;
}

function compareValues(a: string, b: string): number {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return Number(a) - Number(b);
  return a < b ? -1 : a > b ? 1 : 0;
}

function someListsSnapshots(host: FrozenHost): boolean {
  return Object.keys(host.zfs?.pools ?? {}).some(
    (name) => findPool(host, name)?.properties.listsnapshots?.value === "on",
  );
}
