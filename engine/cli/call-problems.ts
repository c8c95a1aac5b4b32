import type { Diagnostic } from "../errors/diagnostic.ts";
import { isError } from "../errors/is-error.ts";
import type { Inventory } from "../inventory/inventory.ts";
import type { CheckedPlay } from "../plan/check-site.ts";
import type { SiteFiles } from "../site/files.ts";
import { nearest } from "../text/nearest.ts";

/**
 * What to tell where there is no inventory to speak of, null where there is one: unknown hosts and undefined variables of
 * every task would be that one mistake, told many times.
 */
export function withoutInventory(
  { hosts, sources: open }: Inventory,
  ofInventory: readonly Diagnostic[],
  ofSite: readonly Diagnostic[],
  sources: readonly string[],
): readonly Diagnostic[] | null {
  const besides = ofSite.filter(({ code }) => !["no-hosts", "unknown-host", "undefined-variable"].includes(code));
  if (ofInventory.some(({ code }) => code === "missing-inventory")) return [...ofInventory, ...besides];
  // A site that works on the controller alone needs no hosts.
  const wanted = ofSite.some(({ code }) => code === "no-hosts" || code === "unknown-host");
  if (hosts.size > 0 || open.length > 0 || !wanted) return null;
  if (ofInventory.some(isError)) return [...ofInventory, ...besides];
  return [
    ...ofInventory,
    ...besides,
    {
      code: "empty-inventory",
      message: `the inventory ${sources.join(", ")} has no hosts`,
      hint: "write them into inventory/hosts.yml (`all: { hosts: { NAME: } }`), or name another inventory: -i FILE",
    },
  ];
}

/** What is missed may be defined in a part of the site that could not be read: that part has been told of. */
export function perhapsLost(code: string, message: string, files: SiteFiles): boolean {
  const missed =
    code === "undefined-variable" || code === "unknown-handler"
      ? /`([^`]+)`/.exec(message)?.[1]
      : code === "unknown-host" || code === "unknown-group"
        ? /(\S+?)(?:\.ya?ml)?(?: belongs to no group)?$/.exec(message)?.[1]?.replace(/^.*\//, "")
        : undefined;
  return missed !== undefined && files.mayBeLost(missed);
}

/** A tag that no task has is most likely mistyped, and would run nothing at all. */
export function unknownTags(
  { tags = [], skipTags = [] }: { readonly tags?: readonly string[]; readonly skipTags?: readonly string[] },
  plays: readonly CheckedPlay[],
): readonly Diagnostic[] {
  const special = ["all", "always", "never", "tagged", "untagged"];
  const known = new Set([...plays.flatMap(({ tags: ofPlay }) => [...ofPlay]), ...special]);
  return [...tags, ...skipTags].flatMap((tag): Diagnostic[] => {
    if (known.has(tag)) return [];
    const near = nearest(tag, known);
    return [
      {
        code: "unknown-tag",
        message: `no task has the tag \`${tag}\``,
        hint: near ? `did you mean \`${near}\`?` : "lab play … --list-tags shows them",
      },
    ];
  });
}
