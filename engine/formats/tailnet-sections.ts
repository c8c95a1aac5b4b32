import type { Json } from "./hujson.ts";
import { flatText } from "./hujson-text.ts";

/** The sections of a policy as the API names them. Their names are read whatever the case of their letters. */
export const SECTIONS = [
  "groups",
  "tagOwners",
  "hosts",
  "ipsets",
  "acls",
  "grants",
  "ssh",
  "autoApprovers",
  "nodeAttrs",
  "postures",
  "defaultSrcPosture",
  "attrConfig",
  "derpMap",
  "disableIPv4",
  "OneCGNATRoute",
  "randomizeClientPort",
  "tests",
  "sshTests",
] as const;

/** Fields of the entries of sections that are lists, with the names that older policies use for them. */
export const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  acls: named(["action", "proto", "src", "dst", "srcPosture"], { users: "src", ports: "dst" }),
  grants: named(["src", "dst", "ip", "app", "via", "srcPosture"]),
  ssh: named([
    "action",
    "src",
    "dst",
    "users",
    "checkPeriod",
    "acceptEnv",
    "recorder",
    "enforceRecorder",
    "srcPosture",
  ]),
  nodeAttrs: named(["target", "attr", "app", "ipPool"]),
  tests: named(["src", "proto", "accept", "deny", "srcPostureAttrs"], { user: "src", allow: "accept" }),
  sshTests: named(["src", "dst", "accept", "check", "deny", "srcPostureAttrs"]),
};

function named(
  names: readonly string[],
  older: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return { ...Object.fromEntries(names.map((name) => [name.toLowerCase(), name])), ...older };
}

const sectionNames = new Map(SECTIONS.map((name) => [name.toLowerCase(), name]));

/** The policy under the names of today; what is unknown keeps its own. A policy that is no map has no sections. */
export function canonicalPolicy(policy: Json): Readonly<Record<string, Json>> {
  if (!isObject(policy)) return {};
  const entries = Object.entries(policy).map(([key, value]): [string, Json] => {
    const section = sectionNames.get(key.toLowerCase()) ?? key;
    const fields = FIELDS[section];
    if (fields === undefined || !isArray(value)) return [section, value];
    return [section, value.map((entry) => (isObject(entry) ? renamed(entry, fields) : entry))];
  });
  return Object.fromEntries(entries);
}

/**
 * Sections and fields that are there under two spellings (`acls` and `ACLs`, `src` and `users`): which of them counts
 * nobody should have to know.
 */
export function writtenTwice(
  policy: Readonly<Record<string, Json>>,
): readonly { readonly path: readonly (string | number)[]; readonly message: string }[] {
  const twice = (
    value: Readonly<Record<string, Json>>,
    name: (key: string) => string,
    path: readonly (string | number)[],
  ) => {
    const first = new Map<string, string>();
    return Object.keys(value).flatMap((key) => {
      const known = first.get(name(key));
      first.set(name(key), known ?? key);
      return known === undefined
        ? []
        : [{ path: [...path, key], message: `${known} and ${key} are the same: say one of them` }];
    });
  };
  const sections = twice(policy, (key) => sectionNames.get(key.toLowerCase()) ?? key, []);
  const fields = Object.entries(policy).flatMap(([key, value]) => {
    const known = FIELDS[sectionNames.get(key.toLowerCase()) ?? key];
    if (known === undefined || !isArray(value)) return [];
    return value.flatMap((entry, index) =>
      isObject(entry)
        ? twice(
            entry,
            (field) => (Object.hasOwn(known, field.toLowerCase()) ? (known[field.toLowerCase()] ?? field) : field),
            [key, index],
          )
        : [],
    );
  });
  return [...sections, ...fields];
}

/** The name under which a text has a section; the canonical one where it has none. */
export function writtenName(policy: Json, section: string): string {
  if (!isObject(policy)) return section;
  return Object.keys(policy).find((key) => key.toLowerCase() === section.toLowerCase()) ?? section;
}

/** An entry of a section on one line, its fields in the order in which people write them. */
export function entryText(section: string, value: Json): string {
  if (!isObject(value)) return flatText(value);
  const order = Object.values(FIELDS[section] ?? {});
  const rank = (field: string): number => (order.includes(field) ? order.indexOf(field) : order.length);
  return flatText(Object.fromEntries(Object.entries(value).sort(([a], [b]) => rank(a) - rank(b))));
}

function renamed(entry: Readonly<Record<string, Json>>, fields: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [
      Object.hasOwn(fields, key.toLowerCase()) ? (fields[key.toLowerCase()] ?? key) : key,
      value,
    ]),
  );
}

export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
