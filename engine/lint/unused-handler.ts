import type { Diagnostic } from "../errors/diagnostic.ts";
import { literalText } from "../plan/expand.ts";
import { findHandlers } from "../plan/find-handlers.ts";
import type { Handler } from "../plan/task.ts";
import type { LintRequest } from "./lint.ts";

/** A handler that nothing notifies, in any play that has it. */
export function* unusedHandler({ whole, runs }: LintRequest): Iterable<Diagnostic> {
  const handlers = new Map<string, Handler>();
  const notified = new Set<string>();
  const placeOf = ({ source: { place } }: Handler): string => `${place.file}:${place.line}:${place.column}`;
  for (const { entries, handlers: ofPlay, open } of runs.flatMap(({ plays }) => plays)) {
    for (const [index, handler] of ofPlay.entries()) {
      // A role's handlers may wait for a playbook that was not asked for.
      if (handler.context.role !== null && !whole) continue;
      handlers.set(placeOf(handler), handler);
      // Hidden by a later one of its name, which is told apart.
      const name = nameOf(handler);
      const hidden = ofPlay.slice(index + 1).some((other) => name !== null && nameOf(other) === name);
      if (open || hidden) notified.add(placeOf(handler));
    }
    for (const { context } of entries) {
      for (const { name } of context.notify) {
        const text = literalText(name);
        const meant = text === null ? ofPlay : findHandlers(ofPlay, text, context.role?.name ?? null);
        for (const handler of meant) notified.add(placeOf(handler));
      }
    }
  }
  for (const [place, handler] of handlers) {
    if (notified.has(place)) continue;
    const { name } = handler.source;
    const shown = name ? `the handler \`${literalText(name) ?? "…"}\`` : "this handler";
    yield {
      code: "unused-handler",
      message: `nothing notifies ${shown}`,
      place: name?.place ?? handler.source.place,
      hint: "write `notify` at the task that it is for, with its name exactly as it stands here, or remove it",
    };
  }
}

function nameOf({ source: { name } }: Handler): string | null {
  return name ? literalText(name) : null;
}
