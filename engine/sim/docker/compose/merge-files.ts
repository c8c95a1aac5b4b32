import type { YamlMap, YamlValue } from "../../../formats/yaml-text.ts";

const isMap = (value: YamlValue | undefined): value is YamlMap =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Lists that may be written as maps: how a later file changes one entry of an earlier one. */
const PAIRS = new Set(["environment", "labels", "annotations", "sysctls", "extra_hosts"]);
/** A later file's words replace these; of other lists it adds to them. */
const REPLACED = new Set(["command", "entrypoint", "test"]);

export function mergeFiles(trees: readonly YamlMap[]): YamlMap {
  return trees.map((tree) => inPairs(tree)).reduce<YamlMap>((before, after) => merge(before, after), {});
}

function merge(before: YamlMap, after: YamlMap): YamlMap {
  const result: Record<string, YamlValue> = { ...before };
  for (const [key, value] of Object.entries(after)) {
    const was = result[key];
    if (isMap(was) && isMap(value)) result[key] = merge(was, value);
    else if (Array.isArray(was) && Array.isArray(value) && !REPLACED.has(key))
      result[key] = mergeLists(key, was, value);
    else if (key === "depends_on" && was !== undefined) result[key] = merge(dependencies(was), dependencies(value));
    else result[key] = value;
  }
  return result;
}

/** Of two mounts at one place the later one counts. */
function mergeLists(key: string, before: readonly YamlValue[], after: readonly YamlValue[]): readonly YamlValue[] {
  const identity = (value: YamlValue): string => {
    if (key === "volumes" && typeof value === "string") return value.split(":")[1] ?? value;
    if (key === "volumes" && isMap(value)) return String(value.target);
    return JSON.stringify(value);
  };
  const later = new Set(after.map(identity));
  return [...before.filter((each) => !later.has(identity(each))), ...after];
}

function dependencies(value: YamlValue): YamlMap {
  if (isMap(value)) return value;
  return Object.fromEntries(
    (Array.isArray(value) ? value : []).map((name: YamlValue) => [String(name), { condition: "service_started" }]),
  );
}

function inPairs(tree: YamlMap): YamlMap {
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]): [string, YamlValue] => {
      if (PAIRS.has(key) && Array.isArray(value)) return [key, pairs(value, key === "extra_hosts" ? /[:=]/ : /=/)];
      if (isMap(value)) return [key, inPairs(value)];
      return [key, value];
    }),
  );
}

function pairs(list: readonly YamlValue[], sign: RegExp): YamlMap {
  return Object.fromEntries(
    list.map((each): [string, YamlValue] => {
      const text = String(each);
      const at = text.search(sign);
      return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
