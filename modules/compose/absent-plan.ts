import type { Plan, Step, Value } from "../../engine/module/index.ts";
import { change, refuse } from "../../engine/module/index.ts";
import { compose } from "./commands.ts";
import { readContainers } from "./containers.ts";
import { groundTrouble } from "./ground.ts";
import { parseJsonLines, textAt } from "./json.ts";
import type { Seen } from "./look.ts";
import type { Params } from "./params.ts";

/** Nothing of it is left but its files, and its volumes unless the task says otherwise. */
export function absentPlan({ project, volumes }: Params, seen: Seen): Plan {
  const ground = groundTrouble(seen);
  // Where there is no engine, there are no containers.
  if (ground !== null && seen.engine.code === 127) return change({}, {}, []);
  if (ground !== null) return refuse(ground.why, ground.hint);
  const before: Record<string, Value> = {};
  for (const { name, state } of readContainers(project, [seen.inspected, seen.others])) before[name] = state;
  for (const each of parseJsonLines(seen.networks?.stdout ?? "")) before[`network ${textAt(each, "Name")}`] = "there";
  if (volumes === "remove") {
    for (const each of parseJsonLines(seen.volumes?.stdout ?? "")) before[`volume ${textAt(each, "Name")}`] = "there";
  }
  const after = Object.fromEntries(Object.keys(before).map((field): [string, Value] => [field, null]));
  const steps: readonly Step[] =
    Object.keys(before).length === 0 ? [] : [compose.down(project, volumes === "remove", [])];
  return change(before, after, steps);
}
