import type { Place } from "../errors/diagnostic.ts";
import type { ValueSource } from "../value/expression.ts";
import { entryOf, type MapEntry, type MapNode } from "../value/node.ts";
import { reportUnknownKeyword } from "./check-keys.ts";
import { expectText } from "./expect.ts";
import { includeKeywords } from "./include-keywords.ts";
import { includeHints, keywords } from "./keywords.ts";
import type { LoadContext } from "./load-context.ts";
import { loadKeywords } from "./load-keywords.ts";
import { hasTemplate, readTextValue } from "./read-value.ts";
import type { IncludeRole } from "./site.ts";

/** An `include_role`. A role that is named literally is wanted from now on. */
export function loadIncludeRole(
  map: MapNode,
  include: MapEntry,
  playbookFolder: string,
  context: LoadContext,
): IncludeRole | undefined {
  const { report } = context;
  const { name, keywords: loaded } = loadKeywords(
    includeKeywords(map, keywords.includeRole, "`include_role`", context),
    report,
  );
  const asMap = include.value.kind === "map" ? include.value : undefined;
  for (const entry of asMap?.entries ?? []) {
    if (entry.key !== "name" && entry.key !== "tasks_from")
      reportUnknownKeyword(entry, "`include_role`", ["name", "tasks_from"], report, includeHints.get(entry.key));
  }
  const roleNode = asMap ? entryOf(asMap, "name")?.value : include.value;
  if (roleNode === undefined) {
    report({
      code: "missing-keyword",
      message: "`include_role` needs `name`",
      place: include.keyPlace,
      hint: "write `include_role: { name: ROLE }`",
    });
    return undefined;
  }
  const role = readTextValue(roleNode, "include_role", report);
  const fromNode = asMap && entryOf(asMap, "tasks_from")?.value;
  const from = fromNode && readTextValue(fromNode, "tasks_from", report);
  if (role === undefined) return undefined;
  if (!hasTemplate(roleNode)) {
    const literal = expectText(roleNode, "include_role", report);
    if (literal !== undefined) {
      context.wantedRoles.push({ name: literal, place: roleNode.place, playbookFolder });
    }
  }
  return {
    kind: "include-role",
    id: idOf(map.place),
    name,
    place: map.place,
    role,
    tasksFrom: from === undefined ? null : withoutEnding(from),
    keywords: loaded,
  };
}

/** Task files of a role are known by their names without ending. */
function withoutEnding(source: ValueSource): ValueSource {
  if (source.kind !== "literal" || typeof source.value !== "string") return source;
  return { ...source, value: source.value.replace(/\.ya?ml$/, "") };
}

/** Stable between runs of an unchanged site. */
export function idOf({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
