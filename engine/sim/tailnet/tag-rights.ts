import { ownersOfTags } from "../../formats/tailnet-owners.ts";
import type { Frozen } from "../world.ts";
import type { Caller } from "./caller.ts";
import type { Tailnet } from "./state.ts";

/** Why these tags may not be given; null if they may. An OAuth client gives its own tags alone, and those that they own. */
export function mayUseTags(tailnet: Frozen<Tailnet>, caller: Caller, tags: readonly string[]): string | null {
  const owners = ownersOfTags(tailnet.policy);
  const bad = tags.filter((tag) => {
    const owned = owners.get(tag);
    if (owned === undefined) return true;
    // No tags of its own: it was made before clients had to have some.
    if (caller.tags === null || caller.tags.length === 0) return false;
    return !caller.tags.includes(tag) && !owned.some((owner) => caller.tags?.includes(owner));
  });
  return bad.length === 0 ? null : `requested tags [${bad.join(" ")}] are invalid or not permitted`;
}
