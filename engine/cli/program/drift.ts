import type { PlayOptions } from "../run-call.ts";
import { formatOption, inventoryOptions, loginOptions, shardOption } from "./host-options.ts";
import { collect, collectWords, examples, paragraphs, type Register } from "./registrar.ts";

export const registerDrift: Register = ({ program, width, action }) => {
  const command = program
    .command("drift")
    .description("show what has drifted from what the playbooks say; change nothing")
    .argument("[playbook...]", "files, or names in playbooks/ (default: site.yml)");
  inventoryOptions(command)
    .option("-t, --tags <tags>", "only tasks with one of these tags, separated by commas", collectWords)
    .option("--skip-tags <tags>", "not the tasks with one of these tags", collectWords);
  loginOptions(command)
    .option(...shardOption)
    .addOption(formatOption("tty", "plain", "jsonl", "junit"))
    .option("--report <file>", "also write FILE.html, FILE.xml (JUnit) or FILE.jsonl; may be repeated", collect)
    .option("-v, --verbose", "show more", (_: string, before: number) => before + 1, 0)
    .addHelpText(
      "after",
      paragraphs(width, [
        "Hosts are looked at over connections that cannot write. A task that cannot be decided before others have run counts as drift, too.",
        "Exit status: 0 nothing has drifted, 3 something has, 1 the site or the call is wrong, 2 a task failed, 4 a host was unreachable.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab drift", "all that site.yml says"],
        ["lab drift -l pve1 -t smart", "one host, some tasks"],
        ["lab drift --format jsonl", "for a program: the events of a check"],
        ["lab drift || lab play site.yml", "mend what has drifted"],
        ["lab drift --report drift.html", "with a page for the browser"],
      ),
    )
    .action(
      action(async (playbooks: string[], options: PlayOptions) => {
        const { drift } = await import("../commands/drift.ts");
        return drift(playbooks, options);
      }),
    );
};
