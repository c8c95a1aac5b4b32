import { createAdHocReporter } from "../../report/ad-hoc.ts";
import { complain } from "../complain.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import { oneTask, type Wanted } from "../one-task.ts";
import type { PlayOptions } from "../run-call.ts";
import { wantsColourOn } from "../wants-colour-on.ts";
import { play } from "./play.ts";

export interface RunOptions extends Omit<PlayOptions, "tags"> {
  readonly module?: string;
  readonly args?: string;
}

/** `lab run PATTERN -m MODULE -a ARGS`, `lab run PATTERN -- COMMAND …` */
export async function run(pattern: string, words: readonly string[], options: RunOptions): Promise<number> {
  const wanted = wantedOf(words, options);
  if (typeof wanted === "string") return wrong(wanted);
  const made = oneTask(pattern, wanted, process.cwd(), diskFiles);
  if ("wrong" in made) {
    complain([made.wrong], { source: () => undefined });
    return exitCodes.wrong;
  }
  const { module: _module, args: _args, ...rest } = options;
  return play([made.playbook], rest, {
    source: made.source,
    ...(options.format === undefined && {
      reporter: (call) =>
        createAdHocReporter(process.stdout, {
          colour: wantsColourOn(process.stdout),
          diff: options.diff ?? false,
          profile: options.profile ?? false,
          verbosity: options.verbose,
          source: (file) => call.files.source(file),
        }),
    }),
  });
}

function wantedOf(words: readonly string[], { module, args }: RunOptions): Wanted | string {
  if (module !== undefined) {
    if (words.length > 0) return `a command (${words.join(" ")}) and --module ${module} do not go together`;
    return { kind: "module", module, args };
  }
  if (words.length > 0 && args !== undefined) return "--args goes with --module";
  if (words.length > 0) return { kind: "command", words };
  return args === undefined ? "there is nothing to run" : "--args needs --module MODULE";
}

function wrong(message: string): number {
  const hint = "lab run PATTERN -m MODULE -a ARGS, or lab run PATTERN -- COMMAND; see lab run --help";
  complain([{ code: "usage", message, hint }], { source: () => undefined });
  return exitCodes.wrong;
}
