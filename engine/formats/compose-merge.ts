import type { YamlMap, YamlValue } from "./yaml-text.ts";

/** Lists of a service that a later file adds to, one by one; any other list takes the earlier one's place. */
const ADDED = new Set(
  "cap_add cap_drop configs devices device_cgroup_rules dns dns_opt dns_search env_file expose external_links group_add ports secrets security_opt tmpfs".split(
    " ",
  ),
);
/** Lists that are maps in another form. */
const KEYED = new Set("environment labels sysctls extra_hosts annotations".split(" "));

/** Two compose files as one, as Compose does it: the later one wins, key by key. */
export function mergeCompose(earlier: YamlMap, later: YamlMap): YamlMap {
  return merged(earlier, later, (key, one, other) => {
    if (key === "services" && isYamlMap(one) && isYamlMap(other)) {
      return merged(one, other, (_, from, to) => (isYamlMap(from) && isYamlMap(to) ? mergeService(from, to) : to));
    }
    return deep(one, other);
  });
}

export function mergeService(earlier: YamlMap, later: YamlMap): YamlMap {
  return merged(earlier, later, (key, one, other) => {
    if (KEYED.has(key)) return { ...assignments(one), ...assignments(other) };
    if (key === "depends_on") return deep(dependencies(one), dependencies(other));
    if (key === "networks") return deep(named(one), named(other));
    if (key === "volumes" && Array.isArray(one) && Array.isArray(other)) return byTarget(one, other);
    if (ADDED.has(key)) return [...new Set([...listOf(one), ...listOf(other)])];
    return deep(one, other);
  });
}

export function isYamlMap(value: YamlValue | undefined): value is YamlMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `[A=b, C]` and `{A: b, C: null}` are the same. A value is a text, as in an environment. */
export function assignments(value: YamlValue | undefined): Readonly<Record<string, string | null>> {
  const entries: [string, string | null][] = isYamlMap(value)
    ? Object.entries(value).map(([name, each]) => [name, each === null ? null : String(each)])
    : listOf(value ?? null).map((each) => {
        const [, name = "", given] = /^([^=]*)(?:=([\s\S]*))?$/.exec(String(each)) ?? [];
        return [name, given ?? null];
      });
  return Object.fromEntries(entries);
}

/** `[a]` is `{a: {condition: service_started}}`. */
export function dependencies(value: YamlValue | undefined): YamlMap {
  if (isYamlMap(value)) return value;
  return Object.fromEntries(listOf(value ?? null).map((name) => [String(name), { condition: "service_started" }]));
}

/** `[a]` is `{a: null}`. */
export function named(value: YamlValue | undefined): YamlMap {
  if (isYamlMap(value)) return value;
  return Object.fromEntries(listOf(value ?? null).map((name) => [String(name), null]));
}

export function listOf(value: YamlValue | undefined): readonly YamlValue[] {
  if (value === null || value === undefined) return [];
  return isList(value) ? value : [value];
}
function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

function merged(
  earlier: YamlMap,
  later: YamlMap,
  both: (key: string, one: YamlValue, other: YamlValue) => YamlValue,
): YamlMap {
  const out: Record<string, YamlValue> = { ...earlier };
  for (const [key, value] of Object.entries(later)) {
    const before = Object.hasOwn(out, key) ? out[key] : undefined;
    out[key] = before === undefined || before === null ? value : value === null ? before : both(key, before, value);
  }
  return out;
}

function deep(one: YamlValue, other: YamlValue): YamlValue {
  return isYamlMap(one) && isYamlMap(other) ? merged(one, other, (_, from, to) => deep(from, to)) : other;
}

/** Of two mounts at one place the later one counts. */
function byTarget(one: readonly YamlValue[], other: readonly YamlValue[]): readonly YamlValue[] {
  const mounts = new Map<string, YamlValue>();
  for (const mount of [...one, ...other]) mounts.set(targetOf(mount), mount);
  return [...mounts.values()];
}
function targetOf(mount: YamlValue): string {
  if (isYamlMap(mount)) return String(mount.target ?? "");
  const parts = String(mount).split(":");
  return parts[1] ?? parts[0] ?? "";
}
