import { z } from "zod";
import { splitWords } from "../engine/formats/shell-words.ts";
import {
  defineAction,
  runCommand,
  runCommandParams,
  runCommandProbes,
  runCommandResult,
} from "../engine/module/index.ts";

const word = z.string().refine((text) => !text.includes("\0"), { error: "an argument cannot hold a NUL character" });
const words = z
  .array(z.union([word, z.int()], { error: "a word of a command is a text or an integer" }).transform(String))
  .min(1, { error: "an empty list is no command" })
  .refine(([first]) => first !== "", { error: "the first word is the command, and it is empty" });
const sentence = word.superRefine((text, context) => {
  const split = splitWords(text);
  if ("error" in split) context.addIssue({ code: "custom", message: split.error });
  else if ((split.words[0] ?? "") === "") context.addIssue({ code: "custom", message: "an empty text is no command" });
});

const params = z
  .strictObject({
    argv: words.optional().describe("The command as a list of words. They reach it as they are, whatever is in them."),
    cmd: z
      .union([sentence, words], { error: "expected a text, or a list of words" })
      .optional()
      .describe(
        "The command as a text: split into words at blanks, with quotes as in `sh`, but without a shell: no pipes, variables, patterns.",
      ),
    unless: z
      .union([sentence, words], { error: "expected a text, or a list of words" })
      .optional()
      .describe("A command, text or list, that changes nothing: if it ends with 0, the task is unnecessary."),
    ...runCommandParams,
  })
  .superRefine(({ argv, cmd }, context) => {
    if (argv === undefined && cmd === undefined)
      context.addIssue({ code: "custom", message: "say the command: cmd (a text) or argv (a list)" });
    if (argv !== undefined && cmd !== undefined) {
      context.addIssue({ code: "custom", path: ["cmd"], message: "argv and cmd contradict each other: give one" });
    }
  });
type Params = z.output<typeof params>;

export const command = defineAction({
  name: "command",
  summary: "Run a command on the host, without a shell.",
  description: `It counts as changed each time, unless \`creates\`, \`removes\` or \`unless\` says that it is not needed. In check mode it is
not run, unless the task says \`reads: true\`. An exit code other than 0 is a failure. The result has \`rc\`, \`stdout\`, \`stderr\`, \`stdout_lines\`,
\`stderr_lines\` and \`cmd\`.`,
  params,
  shorthand: "cmd",
  probes: (given) => runCommandProbes(given, given.unless === undefined ? undefined : argvOf(given.unless).argv),
  act(given, observed) {
    const { argv, shellish } = commandOf(given);
    const [odd] = shellish;
    return runCommand(
      given,
      argv,
      observed,
      odd === undefined ? [] : [`${argv[0]} gets "${odd}" as it stands: the module shell has a shell act upon it`],
    );
  },
  result: (given, replies, { why }) => runCommandResult(commandOf(given).argv, replies, why),
  mayRead: true,
  examples: [
    "command: uname -r",
    `command:
  argv: [touch, /var/tmp/lab-example]
  creates: /var/tmp/lab-example`,
    `command: { cmd: mkdir -p /srv/lab-example, unless: test -d /srv/lab-example }`,
  ],
});

function commandOf({ argv, cmd }: Params) {
  return argvOf(argv ?? cmd ?? []);
}
function argvOf(command: string | readonly string[]): {
  readonly argv: readonly string[];
  readonly shellish: readonly string[];
} {
  if (typeof command !== "string") return { argv: command, shellish: [] };
  const split = splitWords(command);
  // The schema has let no text through that cannot be split.
  return "error" in split ? { argv: [command], shellish: [] } : { argv: split.words, shellish: split.shellish };
}
