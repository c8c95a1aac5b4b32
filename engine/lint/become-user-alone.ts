import type { Diagnostic } from "../errors/diagnostic.ts";
import { type LintRequest, tasksOf } from "./lint.ts";

/** `become_user` says who, and nothing says that anybody is to be become at all. */
export function* becomeUserAlone(request: LintRequest): Iterable<Diagnostic> {
  const said = request.runs.some(({ inventory }) =>
    [...inventory.hosts.values()].some(({ layers }) => layers.some(({ variables }) => variables.has("lab_become"))),
  );
  // Then whether it is done hangs on the host.
  if (said) return;
  for (const { source, context } of tasksOf(request)) {
    const own = source.keywords.becomeUser;
    if (own === undefined || context.become !== undefined) continue;
    yield {
      code: "become-user-alone",
      message: "`become_user` does nothing without `become: true`",
      place: own.place,
      hint: "write `become: true` beside it, or run with `-b`",
    };
  }
}
