import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import { literalText } from "../plan/expand.ts";
import type { HandlerSource } from "../site/site.ts";
import type { LintRequest } from "./lint.ts";

/** Two handlers of one name in one list: which of them is meant? */
export function* duplicateHandler({ runs }: LintRequest): Iterable<Diagnostic> {
  for (const { site } of runs) {
    const lists: readonly (readonly HandlerSource[])[] = [
      ...site.playbooks.flatMap(({ plays }) => plays.map(({ handlers }) => handlers)),
      ...[...site.roles.values()].map(({ handlers }) => handlers),
    ];
    for (const list of lists) {
      const first = new Map<string, Place>();
      for (const { name } of list) {
        const text = name ? literalText(name) : null;
        if (!name || text === null) continue;
        const before = first.get(text);
        if (before) {
          yield {
            code: "duplicate-handler",
            message: `a second handler is called \`${text}\``,
            place: name.place,
            hint: "give it another name, and let both `listen` to one if both shall run",
            related: [{ message: "the first one", place: before }],
          };
        } else first.set(text, name.place);
      }
    }
  }
}
