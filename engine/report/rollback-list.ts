import type { RunEvent } from "../run/events.ts";
import { leftTable } from "../text/left-table.ts";
import { printable } from "../text/printable.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { createAdHocReporter } from "./ad-hoc.ts";
import { createPaint, type Look } from "./look.ts";
import type { Output } from "./output.ts";
import type { Reporter } from "./reporter.ts";

/** What there is to go back to, below the dataset or guest that it is of, the newest first. What else happens is told as of any task. */
export function createRollbackListReporter(output: Output, look: Look): Reporter {
  const others = createAdHocReporter(output, look);
  const paint = createPaint(look.colour);
  return {
    on(event: RunEvent) {
      const points = event.type === "result" && event.status === "ok" ? pointsIn(event.result) : null;
      if (points === null) return others.on(event);
      if (points.length === 0) output.write("there is no snapshot\n");
      for (const of of [...new Set(points.map((point) => titleOf(point)))]) {
        const rows = points.filter((point) => titleOf(point) === of).reverse();
        const table = leftTable(rows.map(rowOf)).map((line) => `  ${line}`);
        output.write(`${paint("bold", of)}\n${table.join("\n")}\n`);
      }
    },
    end: () => others.end(),
  };
}

type Point = Readonly<Record<string, Value>>;

function pointsIn(result: Value | undefined): readonly Point[] | null {
  if (!isMap(result) || !isList(result.points)) return null;
  return result.points.filter(isMap);
}
function titleOf({ kind, of }: Point): string {
  return printable(kind === "guest" ? `guest ${of}` : String(of));
}
function rowOf({ snapshot, at, age, held, by, kind }: Point): readonly string[] {
  const notes = [held === true ? "held" : [], kind === "guest" && by === "zfs" ? "volumes only" : []].flat();
  return [
    printable(String(snapshot)),
    String(at),
    `${ageOf(Number(age))} ago`,
    ...(notes.length > 0 ? [notes.join(", ")] : []),
  ];
}
/** The largest unit of which it is two or more. */
function ageOf(seconds: number): string {
  const [size, unit] = UNITS.find(([bytes]) => seconds >= 2 * bytes) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}
const UNITS: readonly (readonly [number, string])[] = [
  [604_800, "weeks"],
  [86_400, "days"],
  [3600, "h"],
  [60, "min"],
];
