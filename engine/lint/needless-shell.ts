import type { Diagnostic } from "../errors/diagnostic.ts";
import { commandWords, parameter } from "./command-words.ts";
import { type LintRequest, tasksOf } from "./lint.ts";

/** Words that a shell knows by itself, and that are no programs. */
const ofShell = new Set(
  ". : alias break case cd command eval exec exit export for function hash if read set shift source trap type ulimit umask unset until wait while".split(
    " ",
  ),
);

/** `shell` without anything that wants a shell: `command` gives the words to the program as they are. */
export function* needlessShell(request: LintRequest): Iterable<Diagnostic> {
  for (const task of tasksOf(request)) {
    const { module, params, modulePlace } = task.source;
    if (module !== "shell") continue;
    if (params.kind === "map" && parameter(params, "executable") !== undefined) continue;
    const words = commandWords(task)?.words;
    const [first = ""] = words ?? [];
    if (words == null || ofShell.has(first) || /^\w+=/.test(first)) continue;
    yield {
      code: "needless-shell",
      message: `nothing in \`${first} …\` wants a shell`,
      place: modulePlace,
      hint: "write `command`: a value with blanks or quotes in it cannot become part of the program then",
    };
  }
}
