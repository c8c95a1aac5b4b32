import { isHujsonError, parseHujson } from "./hujson.ts";
import { canonicalPolicy } from "./tailnet-sections.ts";

/** Who may give a device which tag, by tag, from the text of a policy. A tag that nobody owns is one that no device can have. */
export function ownersOfTags(policy: string): ReadonlyMap<string, readonly string[]> {
  const parsed = parseHujson(policy);
  const owners = isHujsonError(parsed) ? undefined : canonicalPolicy(parsed.value).tagOwners;
  if (typeof owners !== "object" || owners === null || Array.isArray(owners)) return new Map();
  return new Map(
    Object.entries(owners).map(([tag, given]) => [tag, Array.isArray(given) ? given.map(String) : []] as const),
  );
}
