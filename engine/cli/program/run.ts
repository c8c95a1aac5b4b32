import type { RunOptions } from "../commands/run.ts";
import { formatOption, inventoryOptions, loginOptions, waitForLock } from "./host-options.ts";
import { examples, paragraphs, type Register } from "./registrar.ts";

export const registerRun: Register = ({ program, width, action }) => {
  const command = program
    .command("run")
    .description("run one module or one command on hosts, without a playbook")
    .argument("<pattern>", "hosts and groups of the inventory, such as web:!staging")
    .argument("[command...]", "after --: a command and its words")
    .option("-m, --module <name>", "the module (lab doc lists them)")
    .option("-a, --args <args>", "its parameters: a YAML map, or name=value words");
  inventoryOptions(command)
    .option("-C, --check", "show what would change; change nothing")
    .option("-D, --diff", "show what changes, field by field and line by line");
  loginOptions(command)
    .addOption(formatOption("tty", "plain", "jsonl", "junit"))
    .option(...waitForLock)
    .option("--exit-code", "with --check: end with status 3 when changes are pending")
    .option("-v, --verbose", "show steps; -vv what is sent", (_: string, before: number) => before + 1, 0)
    .addHelpText(
      "after",
      paragraphs(width, [
        "What stands after -- is run as it is, word by word, with no shell: for pipes use -m shell. It counts as a change each time.",
        "Exit status: 0 done, 1 the call is wrong and nothing was sent, 2 it failed on a host, 3 changes are pending (--check --exit-code), 4 a host was unreachable.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab run all -- uname -a", "a command on every host"],
        ["lab run web -m reboot -b", "a module, as root"],
        ["lab run all -m stat -a path=/etc/motd", "look at something"],
        ["lab run web -m file -a 'path=/x state=absent' -C", "what would change"],
        ["lab run all -m shell -a 'df -h | tail -1'", "with a shell, on real hosts"],
      ),
    )
    .action(
      action(async (pattern: string, words: string[], options: RunOptions) => {
        const { run } = await import("../commands/run.ts");
        return run(pattern, words, options);
      }),
    );
};
