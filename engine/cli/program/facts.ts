import type { FactsOptions } from "../commands/facts.ts";
import { inventoryOptions, loginOptions } from "./host-options.ts";
import { examples, paragraphs, type Register } from "./registrar.ts";

export const registerFacts: Register = ({ program, width, action }) => {
  const command = program
    .command("facts")
    .description("show the facts of hosts, as playbooks read them")
    .argument("<host...>", "hosts, groups or patterns");
  inventoryOptions(command);
  loginOptions(command)
    .option("--json", "as JSON: a map of hosts")
    .addHelpText(
      "after",
      paragraphs(width, [
        "Hosts are looked at over connections that cannot write. A playbook gathers only the groups that it reads; here all of them are shown.",
        "Exit status: 0 done, 1 the site or the call is wrong, 2 a host's facts cannot be had, 4 a host was unreachable.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab facts backup1", "what is known of backup1"],
        ["lab facts proxmox --json", "of a group, for a program"],
      ),
    )
    .action(
      action(async (patterns: string[], options: FactsOptions) => {
        const { facts } = await import("../commands/facts.ts");
        return facts(patterns, options);
      }),
    );
};
