import type { TripEvent } from "../run/events.ts";
import { bounded } from "../text/bounded.ts";
import { formatBytes } from "../text/bytes.ts";
import { formatDuration } from "../text/duration.ts";
import { plural } from "../text/plural.ts";
import { printable } from "../text/printable.ts";
import { shorten } from "../text/shorten.ts";
import { wrap } from "../text/wrap.ts";
import type { ResultContext } from "./render-result.ts";

/** `-vv`: what travelled, operation by operation, and the lines of the script for it; `-vvv`: also what it cost. */
export function renderTrip(
  event: TripEvent,
  { look, paint, width }: Pick<ResultContext, "look" | "paint" | "width">,
): string[] {
  const what = `${event.kind === "look" ? "looks" : "applies"}: ${plural(event.operations.length, "operation")} in one trip`;
  const cost = [
    formatDuration(event.durationMs),
    plural(event.forks, "fork"),
    `${formatBytes(event.bytesSent)} sent`,
    `${formatBytes(event.bytesReceived)} received`,
  ].join(", ");
  const head = look.verbosity > 2 ? `${what} (${cost})` : what;
  const lines = wrap(`    ${printable(event.host)}  ${head}`, width);
  for (const { as, text, answer } of event.operations) {
    const said = `      ${as === undefined ? "" : `as ${printable(as)}: `}${printable(bounded(text))} → ${printable(bounded(answer))}`;
    lines.push(...wrap(said, width).map((line) => paint("dim", line)));
  }
  // Lines of a script are cut, not wrapped: broken ones would be others.
  for (const line of printable(bounded(event.script)).split("\n")) {
    if (line !== "") lines.push(paint("dim", shorten(`      | ${line}`, width)));
  }
  return lines;
}
