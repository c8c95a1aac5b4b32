import type { PlayOptions } from "../run-call.ts";
import { formatOption, inventoryOptions, loginOptions, shardOption, waitForLock } from "./host-options.ts";
import { collect, collectWords, examples, paragraphs, type Register } from "./registrar.ts";

export const registerPlay: Register = ({ program, width, action }) => {
  const command = program
    .command("play")
    .description("run playbooks")
    .argument("<playbook...>", "files, or names in playbooks/");
  inventoryOptions(command);
  command
    .option("-t, --tags <tags>", "only tasks with one of these tags, separated by commas", collectWords)
    .option("--skip-tags <tags>", "not the tasks with one of these tags", collectWords)
    .option("-C, --check", "show what would change; change nothing")
    .option("-D, --diff", "show what changes, field by field and line by line");
  loginOptions(command)
    .option("--list-hosts", "list the hosts of each play and stop")
    .option("--list-tasks", "list the tasks of each play and stop")
    .option("--list-tags", "list the tags of each play and stop")
    .option("--syntax-check", "check the site and stop; nothing is connected to")
    .option(...shardOption)
    .addOption(formatOption("tty", "plain", "jsonl", "junit"))
    .option("--report <file>", "also write FILE.html, FILE.xml (JUnit) or FILE.jsonl; may be repeated", collect)
    .option("--profile", "show what the run cost, host by host, and the longest tasks")
    .option("--exit-code", "with --check: end with status 3 when changes are pending")
    .option(...waitForLock)
    .option("--start-at-task <name>", "not the tasks before the first one of this name; `*` is any part of it")
    .option("--step", "ask before each task")
    .option("--resume", "go on after the last run, if it was cut off or has failed: past what was done, host by host")
    .option("--forget-pending", "drop what earlier runs have left for handlers, instead of running them")
    .option("--no-lookahead", "look at each task in its turn, not several in one trip")
    .option(
      "-v, --verbose",
      "show steps, includes and notifications; -vv what is sent, -vvv also what it costs",
      (_: string, before: number) => before + 1,
      0,
    )
    .addHelpText(
      "after",
      paragraphs(width, [
        "Passwords are also read from the files that LAB_BECOME_PASSWORD_FILE and LAB_PASSWORD_FILE name.",
        "Exit status: 0 done, 1 the site or the call is wrong and nothing was sent, 2 a task failed, 3 changes are pending (--check --exit-code), 4 a host was unreachable, 130 interrupted, 70 a fault of lab.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab play site.yml", "run playbooks/site.yml on inventory/"],
        ["lab play site.yml --check --diff", "show what would change; change nothing"],
        ["lab play site.yml -l pve1 -t cron", "only host pve1, only tasks tagged cron"],
        ["lab play storage.yml -e pool=tank", "with a variable that wins over all others"],
        ["lab play site.yml --report run.html", "with a report for the browser"],
      ),
    )
    .action(
      action(async (playbooks: string[], options: PlayOptions) => {
        const { play } = await import("../commands/play.ts");
        return play(playbooks, options);
      }),
    );
};
