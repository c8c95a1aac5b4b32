import type { Json } from "../../engine/formats/hujson.ts";
import { notAllowedBy, type Reach, reachLines, reachOf } from "../../engine/formats/tailnet-access.ts";
import { commentLines } from "../../engine/formats/tailnet-mark.ts";
import type { NormalPolicy } from "../../engine/formats/tailnet-normal.ts";
import { entryText, isArray, isObject } from "../../engine/formats/tailnet-sections.ts";
import type { Fields, Value } from "../../engine/module/index.ts";
import type { Desired } from "./desired.ts";
import type { Remote } from "./remote.ts";

/** The two sides as a user sees them: sections, comments, and who reaches what. A line each, so that a diff shows lines. */
export function fieldsOf(
  remote: Remote,
  desired: Desired,
): { readonly before: Fields; readonly after: Record<string, Value> } {
  const sections = [...new Set([...Object.keys(remote.normal), ...Object.keys(desired.normal)])].sort();
  const side = (policy: NormalPolicy): Record<string, Value> =>
    Object.fromEntries(sections.map((section) => [section, sectionValue(section, policy[section])]));
  const access = accessOf(remote.normal, desired.normal);
  return {
    before: {
      ...side(remote.normal),
      access: access.before,
      comments: inOrder(commentLines(remote.parsed.comments)),
      applied_from_here: remote.state === "applied",
    },
    after: {
      ...side(desired.normal),
      access: access.after,
      comments: inOrder(commentLines(desired.comments)),
      applied_from_here: true,
    },
  };
}

/**
 * What the new policy allows, and beside it what of that is allowed now and what will be no more: so a diff shows who
 * gains and who loses access, not which rules are written otherwise.
 */
function accessOf(now: NormalPolicy, then: NormalPolicy): { readonly before: string; readonly after: string } {
  const [before, after] = [reachOf(now), reachOf(then)];
  // Port by port: of a rule that gets one more port only that one is gained.
  const single = after.flatMap((reach) => reach.ports.map((range): Reach => ({ ...reach, ports: [range] })));
  const kept = single.filter((reach) => notAllowedBy(reach, before).length === 0).flatMap(reachLines);
  return {
    before: lines([...kept, ...lostAccess(now, then).flatMap(reachLines)]),
    after: lines(after.flatMap(reachLines)),
  };
}

/** What is allowed now and will be no more. */
export function lostAccess(now: NormalPolicy, then: NormalPolicy): readonly Reach[] {
  const after = reachOf(then);
  return reachOf(now).flatMap((reach) => {
    const ports = notAllowedBy(reach, after);
    return ports.length === 0 ? [] : [{ ...reach, ports }];
  });
}

function sectionValue(name: string, section: Json | undefined): Value {
  if (section === undefined) return null;
  if (isArray(section)) return lines(section.map((each) => entryText(name, each)));
  return isObject(section) ? Object.fromEntries(Object.entries(section)) : section;
}

function lines(texts: readonly string[]): string {
  return inOrder([...new Set(texts)].sort());
}
/** Of comments the order is a difference, and the second one of two that are alike. */
function inOrder(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
