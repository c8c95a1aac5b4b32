import type { Place } from "../errors/diagnostic.ts";
import type { Report } from "../site/expect.ts";
import type { Variable } from "../vars/layer.ts";
import { expandRange } from "./expand-range.ts";

/** What the inventory files say, merged, before groups are flattened. */
export interface RawInventory {
  readonly hosts: Map<string, RawHost>;
  readonly groups: Map<string, RawGroup>;
  /** Variables of groups that no file has made so far. */
  readonly strayVars: Map<string, Pick<RawGroup, "name" | "vars">>;
}

export function emptyInventory(): RawInventory {
  return { hosts: new Map(), groups: new Map(), strayVars: new Map() };
}
export interface RawHost {
  readonly name: string;
  readonly place: Place;
  readonly vars: Map<string, Variable>;
}
export interface RawGroup {
  readonly name: string;
  readonly place: Place;
  readonly hosts: Set<string>;
  readonly children: Map<string, Place>;
  readonly vars: Map<string, Variable>;
}

/** A group that a file speaks of and expects to be made elsewhere. */
export interface Mention {
  readonly name: string;
  readonly place: Place;
  readonly as: "children" | "vars";
}

export function rawGroup(name: string, place: Place, raw: RawInventory): RawGroup {
  const known = raw.groups.get(name);
  if (known) return known;
  const vars = raw.strayVars.get(name)?.vars ?? new Map<string, Variable>();
  raw.strayVars.delete(name);
  const group: RawGroup = { name, place, hosts: new Set(), children: new Map(), vars };
  raw.groups.set(name, group);
  return group;
}

/** The hosts that a name or a range stands for, those too that nobody has named yet. */
export function rawHosts(written: string, place: Place, raw: RawInventory, report: Report): readonly RawHost[] {
  const names = expandRange(written);
  if (names === undefined) {
    const hint = "a range is `web[01:10]` or `web[a:c]`, from low to high";
    report({ code: "bad-range", message: `\`${written}\` is no range of host names`, place, hint });
    return [];
  }
  return names.flatMap((name): readonly RawHost[] => {
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name)) {
      const hint = "give it a name of letters, digits, _, - and ., and its address as `lab_host`";
      report({ code: "bad-name", message: `\`${name}\` cannot be the name of a host`, place, hint });
      return [];
    }
    const host = raw.hosts.get(name) ?? { name, place, vars: new Map<string, Variable>() };
    raw.hosts.set(name, host);
    return [host];
  });
}

/** Whether a group may have this name; what is wrong with one that may not is reported. */
export function checkGroupName(name: string, place: Place, report: Report): boolean {
  if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) return true;
  report({
    code: "bad-name",
    message: `\`${name}\` cannot be the name of a group`,
    place,
    hint: "letters, digits, _ and -, no digit first",
  });
  return false;
}
