import { z } from "zod";
import {
  absolutePath,
  defineAction,
  runCommand,
  runCommandParams,
  runCommandProbes,
  runCommandResult,
} from "../engine/module/index.ts";

const script = z
  .string()
  .max(100_000, { error: "this is too long for a command line: copy it to the host as a script" })
  .refine((text) => text.trim() !== "", { error: "an empty text is no command" })
  .refine((text) => !text.includes("\0"), { error: "a command cannot hold a NUL character" });

const params = z.strictObject({
  cmd: script.describe("What the shell shall do; several lines may be given."),
  executable: absolutePath.optional().describe("Another shell, such as `/bin/bash`. Unsaid: `sh`."),
  unless: script
    .optional()
    .describe("What the shell shall try first, and which changes nothing: if it ends with 0, the task is unnecessary."),
  ...runCommandParams,
});
type Params = z.output<typeof params>;

export const shell = defineAction({
  name: "shell",
  summary: "Run a text in a shell on the host.",
  description: `As \`command\`, but with pipes, variables and all that a shell has. A value put into the text by a template becomes part of the
program: hand it over with \`env\` or \`stdin\` if it may hold blanks or quotes.`,
  params,
  shorthand: "cmd",
  probes: (given) => runCommandProbes(given, given.unless === undefined ? undefined : argvOf(given, given.unless)),
  act: (given, observed) => runCommand(given, argvOf(given, given.cmd), observed, []),
  result: (given, replies, { why }) => runCommandResult(argvOf(given, given.cmd), replies, why),
  mayRead: true,
  examples: [
    "shell: 'cd /var/tmp && touch lab-example-$(uname -s)'",
    `shell:
  cmd: echo "$WHO was here" > /var/tmp/lab-example-shell
  env: { WHO: lab }
  creates: /var/tmp/lab-example-shell`,
  ],
});

function argvOf({ executable = "sh" }: Params, text: string): readonly string[] {
  return [executable, "-c", text];
}
