import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Module } from "../module/define-module.ts";
import { plural } from "../text/plural.ts";
import { literalText } from "./expand.ts";
import { findHandlers, nearestHandler } from "./find-handlers.ts";
import type { Handler, PlainEntry, Task } from "./task.ts";

/** Handlers that an entry names, and nobody is called. */
export function checkNotify(entry: PlainEntry, handlers: readonly Handler[]): readonly Diagnostic[] {
  return entry.context.notify.flatMap(({ name: source, place }): Diagnostic[] => {
    const name = literalText(source);
    if (name === null || findHandlers(handlers, name, entry.context.role?.name ?? null).length > 0) return [];
    const near = nearestHandler(handlers, name);
    const known =
      handlers.length === 0
        ? "no handlers are defined here"
        : `there ${handlers.length === 1 ? "is" : "are"} ${plural(handlers.length, "handler")}`;
    return [
      {
        code: "unknown-handler",
        message: `no handler is called \`${name}\` or listens to it`,
        place,
        hint: near ? `did you mean \`${near}\`?` : `${known}; add one under \`handlers:\` of the play or the role`,
      },
    ];
  });
}

/** Keywords that only some kinds of modules can have. */
export function checkKeywords(task: Task, modules: ReadonlyMap<string, Module>): readonly Diagnostic[] {
  const module = modules.get(task.source.module);
  if (!module) return [];
  const { keywords, modulePlace: place } = task.source;
  const found: Diagnostic[] = [];
  const complain = (code: string, message: string, hint: string, at: Place = place): void => {
    found.push({ code, message, place: at, hint });
  };
  if (keywords.reads && !(module.kind === "action" && module.mayRead)) {
    complain(
      "reads-not-allowed",
      `\`reads: true\` does not go with \`${module.name}\``,
      "it is for the user's own commands, such as `command` and `shell`",
      keywords.places?.get("reads"),
    );
  }
  if (keywords.async !== undefined && !(module.kind === "action" && module.mayRead)) {
    complain(
      "async-not-allowed",
      `\`async\` does not go with \`${module.name}\``,
      "it is for the user's own commands, `command` and `shell`; modules with long steps detach these by themselves",
      keywords.async.place,
    );
  } else if (keywords.async !== undefined && keywords.reads) {
    complain(
      "async-not-allowed",
      "`async` and `reads: true` contradict each other",
      "a job is left to run on the host, which no look may do: leave one of the two out",
      keywords.async.place,
    );
  }
  if (keywords.poll !== undefined && keywords.async === undefined) {
    complain(
      "poll-without-async",
      "`poll` says how often a job is looked at, and without `async` there is none",
      "add `async: SECONDS`, how long it may take at most",
      keywords.poll.place,
    );
  }
  if (keywords.checkMode === false && !keywords.reads && module.kind !== "controller") {
    complain(
      "check-mode-false",
      `\`check_mode: false\` would let \`${module.name}\` change the host in a dry run`,
      "it is allowed on commands with `reads: true` and on what touches only the run",
      keywords.places?.get("check_mode"),
    );
  }
  if (keywords.wait && module.kind !== "state") {
    complain(
      "wait-not-allowed",
      `\`wait: true\` does not go with \`${module.name}\``,
      "only a declared state is waited for",
      keywords.places?.get("wait"),
    );
  }
  return found;
}
