import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Inventory } from "../inventory/inventory.ts";
import type { Entry, Play } from "../site/site.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { shapeOf } from "./batches.ts";
import type { PlainEntry, PlannedEntry } from "./task.ts";

/** How a play's hosts are gone through: its batches, and what does not go with its strategy. */
export function checkFlow(
  play: Play,
  entries: readonly PlainEntry[],
  world: { readonly inventory: Inventory; readonly extraVars: VarsLayer },
): readonly Diagnostic[] {
  const groups = Object.fromEntries([...world.inventory.groups].map(([name, group]) => [name, group.hosts]));
  const shape = shapeOf(play, world.extraVars, groups);
  const ofShape = shape === null || shape.ok ? [] : shape.diagnostics;
  return play.keywords.strategy === "free" ? [...ofShape, ...withFree(play, entries)] : ofShape;
}

/** With strategy free each host is on its own: what would bind hosts together has no effect there, as in Ansible. */
function withFree({ keywords, place }: Play, entries: readonly PlainEntry[]): readonly Diagnostic[] {
  const said = [
    ...(keywords.anyErrorsFatal ? [{ keyword: "any_errors_fatal", at: place }] : []),
    ...(keywords.maxFailPercentage ? [{ keyword: "max_fail_percentage", at: keywords.maxFailPercentage.place }] : []),
    ...entries.flatMap(({ context, source }) => [
      ...(context.runOnce && !isFalse(context.runOnce) ? [{ keyword: "run_once", at: context.runOnce.place }] : []),
      ...(source.keywords.anyErrorsFatal && !isFalse(source.keywords.anyErrorsFatal)
        ? [{ keyword: "any_errors_fatal", at: source.keywords.anyErrorsFatal.place }]
        : []),
    ]),
  ];
  const told = new Map(
    said.map(({ keyword, at }): [string, Diagnostic] => [
      `${keyword} ${at.file}:${at.line}:${at.column}`,
      {
        code: "not-with-free",
        severity: "warning",
        message: `\`${keyword}\` has no effect with \`strategy: free\`: each host goes on its own`,
        place: at,
        hint: "leave the strategy out, or the keyword",
      },
    ]),
  );
  return [...told.values()];
}

function isFalse(source: { readonly kind: string; readonly value?: unknown }): boolean {
  return source.kind === "literal" && source.value === false;
}

/** `meta: end_role` leaves a role: outside of one there is nothing to leave. */
export function checkOrder(entry: PlainEntry): readonly Diagnostic[] {
  if (entry.kind !== "meta" || entry.source.order !== "end_role" || entry.context.roleUses.length > 0) return [];
  return [
    {
      code: "outside-role",
      message: "`meta: end_role` stands outside of a role",
      place: entry.source.place,
      hint: "write `end_host` to end the play for the host, or `end_play` for all",
    },
  ];
}

/** Whether something is rescued somewhere: then what has failed can be read. */
export function rescues(entries: readonly PlannedEntry[]): boolean {
  return entries.some((entry) => {
    if (entry.kind === "block") {
      return entry.rescue.length > 0 || rescues([...entry.body, ...entry.always]);
    }
    return entry.kind === "dynamic-include" && rescuesIn([entry.source], new Set());
  });
}

/** `seen`: a file may include itself. */
function rescuesIn(entries: readonly Entry[], seen: Set<readonly Entry[]>): boolean {
  if (seen.has(entries)) return false;
  seen.add(entries);
  return entries.some((entry) => {
    if (entry.kind === "include-tasks") return entry.entries !== undefined && rescuesIn(entry.entries, seen);
    if (entry.kind !== "block") return false;
    return entry.rescue.length > 0 || rescuesIn(entry.body, seen) || rescuesIn(entry.always, seen);
  });
}
