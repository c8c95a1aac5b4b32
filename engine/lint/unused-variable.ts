import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import { usesInEntries } from "../plan/uses-in-play.ts";
import { keywords } from "../site/keywords.ts";
import { nearest } from "../text/nearest.ts";
import type { VarsLayer } from "../vars/layer.ts";
import type { LintRequest } from "./lint.ts";

/** Where a role is used, every other word is a parameter of it. */
const ofRoleUses = [...keywords.roleUse.keys()];

/** A variable that nothing reads, and whose name is so near to one that is read that it is most likely mistyped. */
export function* unusedVariable(request: LintRequest): Iterable<Diagnostic> {
  const read = new Set<string>();
  const defined = new Map<string, Place[]>();
  const define = (layer: VarsLayer): void => {
    for (const [name, { place }] of layer.variables) {
      const places = defined.get(name) ?? [];
      defined.set(name, places);
      places.push(place);
    }
  };
  const seen = new Set<VarsLayer>();
  const parameters = new Set<string>();
  for (const { plays, inventory, files, modules } of request.runs) {
    const ofHosts = [...inventory.hosts.values()].flatMap(({ layers }) => layers);
    for (const { entries } of plays) {
      for (const { name, path } of usesInEntries(entries, ofHosts, { modules, files })) {
        // Any variable may be meant.
        if (name === "vars" && path.length === 0) return;
        read.add(name);
        for (const key of path) read.add(key);
      }
      for (const layer of [...ofHosts, ...entries.flatMap(({ context }) => context.layers)]) seen.add(layer);
      for (const { source } of entries) {
        const { register: registered } = source.keywords;
        if (registered) defined.set(registered.name, [...(defined.get(registered.name) ?? []), registered.place]);
      }
    }
    // Of another host's variables the name stands behind an expression; every word beside it may be one.
    for (const [, text] of files.texts())
      for (const line of text.split("\n"))
        if (line.includes("hostvars")) for (const [word] of line.matchAll(/\w+/g)) read.add(word);
  }
  for (const layer of seen) {
    define(layer);
    if (layer.origin.startsWith("parameters of role")) for (const name of layer.variables.keys()) parameters.add(name);
  }
  const told = new Set<string>();
  for (const [name, places] of defined) {
    if (read.has(name) || name.startsWith("lab_") || name.length < 4) continue;
    const keyword = parameters.has(name) ? nearest(name, ofRoleUses) : undefined;
    const near = keyword ?? nearest(name, read);
    if (near === undefined || sameButForNumbers(name, near)) continue;
    for (const place of places) {
      const key = `${place.file}:${place.line}:${place.column}`;
      if (told.has(key)) continue;
      told.add(key);
      yield {
        code: "unused-variable",
        message: `nothing reads the variable \`${name}\``,
        place,
        hint: `did you mean \`${near}\`?`,
      };
    }
  }
}

/** `disk1` and `disk2` are no slips of the pen. */
function sameButForNumbers(left: string, right: string): boolean {
  return (
    left.replace(/\d+/g, "0") === right.replace(/\d+/g, "0") || left.replace(/s$/, "") === right.replace(/\d+$/, "")
  );
}
