import { parseDuration } from "../text/duration.ts";
import type { Node } from "../value/node.ts";
import { reportUnknownKeyword } from "./check-keys.ts";
import { expectMap, type Report } from "./expect.ts";
import type { RunSettings } from "./site.ts";

const most = 100_000;

/** `runs:` of lab.yml: how many journals are kept, or for how long. */
export function loadRunSettings(node: Node, report: Report): RunSettings | undefined {
  const map = expectMap(node, "runs", report);
  let settings: RunSettings | undefined;
  for (const entry of map?.entries ?? []) {
    if (entry.key !== "keep") {
      reportUnknownKeyword(entry, "`runs`", ["keep"], report);
      continue;
    }
    const { value } = entry;
    const given = value.kind === "scalar" ? value.value : null;
    const seconds = typeof given === "string" ? parseDuration(given) : undefined;
    if (typeof given === "number" && Number.isInteger(given) && given >= 1 && given <= most)
      settings = { count: given, ms: 0 };
    else if (typeof given === "string" && seconds !== undefined && seconds > 0 && !/^\d+$/.test(given)) {
      settings = { count: 1, ms: seconds * 1000 };
    } else {
      report({
        code: "wrong-value",
        message: "`keep`: expected how many runs, or for how long",
        place: value.place,
        hint: `a number from 1 to ${most}, or a text such as 30d or 12w`,
      });
    }
  }
  return settings;
}
