import type { Hujson, Json } from "./hujson.ts";
import { flatText, parsedAgain, withAdded } from "./hujson-text.ts";
import { canonicalNetwork, normalPolicy, stableText } from "./tailnet-normal.ts";
import { canonicalPolicy, isArray, isObject, writtenName } from "./tailnet-sections.ts";

/** A part of a policy and where it comes from: `nas1, roles/nas/tasks/main.yml:12`. */
export interface PolicyPart {
  readonly value: Json;
  readonly where: string;
}
export interface MergeConflict {
  readonly conflict: string;
}

/** Names whose value is a list that several may add to; of the others a name means one thing. */
const UNITED = new Set(["groups", "tagOwners"]);

/**
 * The policy with the parts added, as text: what is written already stays as it is, comments included. Rules and the
 * members of lists are united; the same name with two values is a conflict.
 */
export function mergeParts(base: Hujson, baseName: string, parts: readonly PolicyPart[]): Hujson | MergeConflict {
  let merged = base;
  const sources = new Map<string, string>();
  for (const { value, where } of parts) {
    for (const [section, given] of Object.entries(canonicalPolicy(value))) {
      const next = mergeSection(merged, section, given, { where, sources, baseName });
      if ("conflict" in next) return next;
      merged = next;
    }
  }
  return merged;
}

interface Origin {
  readonly where: string;
  /** Where a name comes from that an earlier part has brought. */
  readonly sources: Map<string, string>;
  readonly baseName: string;
}

function mergeSection(base: Hujson, section: string, given: Json, origin: Origin): Hujson | MergeConflict {
  const name = writtenName(base.value, section);
  const there = canonicalPolicy(base.value)[section];
  if (isArray(given)) return addItems(base, [name], section, there, given);
  if (!isObject(given)) return base;
  if (section === "autoApprovers") return mergeApprovers(base, name, given);
  let merged = base;
  for (const [key, value] of Object.entries(given)) {
    const known = isObject(there) && Object.hasOwn(there, key) ? there[key] : undefined;
    if (known === undefined) {
      merged = withMember(merged, [name], key, value);
      origin.sources.set(`${section} ${key}`, origin.where);
    } else if (UNITED.has(section) && isArray(value)) {
      merged = addItems(merged, [name, key], section, known, value);
    } else if (normalText(section, { [key]: known }) !== normalText(section, { [key]: value })) {
      const first = origin.sources.get(`${section} ${key}`) ?? origin.baseName;
      return {
        conflict: `${section}: ${key} is ${flatText(known)} in ${first}, and ${flatText(value)} in ${origin.where}`,
      };
    }
  }
  return merged;
}

function mergeApprovers(base: Hujson, name: string, given: Readonly<Record<string, Json>>): Hujson {
  let merged = base;
  for (const [kind, value] of Object.entries(given)) {
    const there = current(merged, [name, kind]);
    if (isArray(value)) {
      merged = addItems(merged, [name, kind], "autoApprovers", there, value);
    } else if (isObject(value)) {
      for (const [key, who] of Object.entries(value)) {
        const routes = current(merged, [name, kind]);
        const written = isObject(routes)
          ? Object.keys(routes).find((each) => (canonicalNetwork(each) ?? each) === (canonicalNetwork(key) ?? key))
          : undefined;
        merged =
          written === undefined
            ? withMember(merged, [name, kind], key, who)
            : addItems(
                merged,
                [name, kind, written],
                "autoApprovers",
                current(merged, [name, kind, written]),
                isArray(who) ? who : [],
              );
      }
    }
  }
  return merged;
}

/** The items that are not there yet, by what they mean. */
function addItems(
  base: Hujson,
  path: readonly string[],
  section: string,
  there: Json | undefined,
  items: readonly Json[],
): Hujson {
  let merged = base;
  const seen = new Set((isArray(there) ? there : []).map((each) => itemText(section, each)));
  if (!isArray(there)) merged = withMember(merged, path.slice(0, -1), path.at(-1) ?? "", []);
  for (const item of items) {
    const text = itemText(section, item);
    if (seen.has(text)) continue;
    seen.add(text);
    merged = parsedAgain(withAdded(merged, path, { value: item }) ?? merged.text);
  }
  return merged;
}

/** With a member, and with the maps on the way to it. */
function withMember(base: Hujson, path: readonly string[], key: string, value: Json): Hujson {
  let merged = base;
  path.forEach((name, index) => {
    if (current(merged, path.slice(0, index + 1)) === undefined) {
      merged = parsedAgain(withAdded(merged, path.slice(0, index), { key: name, value: {} }) ?? merged.text);
    }
  });
  return parsedAgain(withAdded(merged, path, { key, value }) ?? merged.text);
}

function current({ value }: Hujson, path: readonly string[]): Json | undefined {
  let found: Json | undefined = value;
  for (const name of path) found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  return found;
}

/** A text of a list stands for itself; a rule for what it means. */
function itemText(section: string, item: Json): string {
  return isObject(item) ? normalText(section, [item]) : stableText(item);
}
function normalText(section: string, value: Json): string {
  return stableText(normalPolicy({ [section]: value })[section] ?? null);
}
