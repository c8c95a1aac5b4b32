import type { Diagnostic } from "../errors/diagnostic.ts";
import { type LintRequest, tasksOf } from "./lint.ts";

/** What these do shows in what they say. */
const speaking = new Set(["assert", "debug", "fail", "meta", "pause", "set_fact", "add_host", "group_by"]);

/** Plays and tasks without a name: reports call them by their hosts or their module, which says little. */
export function* missingName(request: LintRequest): Iterable<Diagnostic> {
  for (const { plays } of request.runs.flatMap(({ site }) => site.playbooks)) {
    for (const { name, hosts, place } of plays) {
      if (name !== hosts.pattern) continue;
      yield {
        code: "missing-name",
        message: "this play has no name",
        place,
        hint: `write \`- name: …\`: what shall hold on ${hosts.pattern}`,
      };
    }
  }
  for (const { source, handler } of tasksOf(request)) {
    if (source.name !== null || speaking.has(source.module) || handler) continue;
    yield {
      code: "missing-name",
      message: `this task of \`${source.module}\` has no name`,
      place: source.place,
      hint: "write `- name: …`: what shall hold when it is done",
    };
  }
}
