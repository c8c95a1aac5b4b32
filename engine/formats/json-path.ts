import { member } from "./json.ts";

/** The steps of `items.0.name` or of the JSON pointer `/items/0/name`; the empty path is the whole. */
export function jsonSteps(path: string): readonly string[] {
  if (path === "" || path === "$") return [];
  if (path.startsWith("/")) {
    return path
      .slice(1)
      .split("/")
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  }
  return path
    .replace(/^\$\.?/, "")
    .replace(/\[(\d+)\]/g, ".$1")
    .split(".")
    .filter((step, index) => step !== "" || index > 0);
}

/** What stands at a path; undefined where there is nothing. */
export function atJsonPath(value: unknown, path: string): unknown {
  let at = value;
  for (const step of jsonSteps(path)) {
    if (Array.isArray(at)) at = /^(0|[1-9]\d*)$/.test(step) ? at[Number(step)] : undefined;
    else at = member(at, step);
    if (at === undefined) return undefined;
  }
  return at;
}
