import { formatValue } from "../report/format-value.ts";
import type { ResultEvent } from "../run/events.ts";
import { equalValues } from "../value/equal.ts";
import { Unknown } from "../value/unknown.ts";
import { isList, isMap, type Value } from "../value/value.ts";

/** What a check called certain, beside what the run did. */
export function compareForetold(
  foretold: readonly ResultEvent[],
  done: readonly ResultEvent[],
): { readonly certain: number; readonly differences: readonly string[] } {
  const became = new Map(done.map((event) => [keyOf(event), event]));
  const certain = foretold.filter(({ status, certainty }) => certainty === "certain" && status !== "deferred");
  const differences = certain.flatMap((event) => {
    const real = became.get(keyOf(event));
    const what = `${event.name} on ${event.host} (${event.position.file}:${event.position.line})`;
    if (!real) return [`${what}: the check foretold "${event.status}", and it never came to it`];
    if (real.status !== event.status) return [`${what}: the check foretold "${event.status}", it was "${real.status}"`];
    return [
      ...differing(what, "before", event.before, real.before),
      ...differing(what, "after", event.after, real.after),
    ];
  });
  return { certain: certain.length, differences };
}

function keyOf({ taskId, host, kind, index }: ResultEvent): string {
  return [taskId, host, kind, index ?? ""].join("\0");
}

function differing(what: string, side: string, foretold: Value | undefined, real: Value | undefined): string[] {
  if (foretold === undefined || real === undefined || agrees(foretold, real)) return [];
  return [`${what}: ${side} was foretold as ${formatValue(foretold)}, it was ${formatValue(real)}`];
}

/** What is known after the change only may come to anything. */
function agrees(foretold: Value, real: Value): boolean {
  if (foretold instanceof Unknown) return true;
  if (isList(foretold) && isList(real))
    return foretold.length === real.length && foretold.every((item, index) => agrees(item, real[index] ?? null));
  if (isMap(foretold) && isMap(real)) {
    const keys = new Set([...Object.keys(foretold), ...Object.keys(real)]);
    return [...keys].every((key) => agrees(foretold[key] ?? null, real[key] ?? null));
  }
  return equalValues(foretold, real);
}
