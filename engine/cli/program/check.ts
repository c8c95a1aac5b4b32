import { Option } from "commander";
import type { CheckOptions } from "../commands/check.ts";
import { collect, examples, paragraphs, type Register } from "./registrar.ts";

export const registerCheck: Register = ({ program, width, action }) => {
  program
    .command("check")
    .description("tell everything that is wrong with a site, and connect to nothing")
    .argument("[playbook...]", "files, or names in playbooks/ (default: all of them, and every role)")
    .option("-i, --inventory <path>", "inventory file or folder; may be repeated", collect)
    .option("-e, --extra-vars <vars>", "variables: name=value, JSON, or @file; may be repeated", collect)
    .option("--strict", "warnings count as errors")
    .addOption(new Option("--format <format>", "how it is told").choices(["tty", "json", "sarif"]).default("tty"))
    .addHelpText(
      "after",
      paragraphs(width, [
        "Errors are what stops a run. Warnings are what is most likely not meant; one that is, is silenced by a comment with the reason, in the line before or at its end: `# lab: ignore CODE because REASON`. `lab explain CODE` tells more about each.",
        "Exit status: 0 nothing is wrong, 1 there are errors (with --strict: warnings too).",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab check", "the whole site: playbooks, roles, inventory"],
        ["lab check site.yml", "one playbook and what it uses"],
        ["lab check --strict", "for a commit hook: warnings count, too"],
        ["lab check --format sarif > lab.sarif", "for code scanning and editors"],
      ),
    )
    .action(
      action(async (playbooks: string[], options: CheckOptions) => {
        const { check } = await import("../commands/check.ts");
        return check(playbooks, options);
      }),
    );
};
