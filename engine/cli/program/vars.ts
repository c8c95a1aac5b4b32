import type { VarsOptions } from "../commands/vars.ts";
import { collect, examples, paragraphs, type Register } from "./registrar.ts";

export const registerVars: Register = ({ program, width, action }) => {
  program
    .command("vars")
    .description("show the variables of a host, and where each is set")
    .argument("<host>", "a host of the inventory")
    .argument("[name]", "one variable, in full")
    .option("-p, --playbook <playbook>", "also what its plays, roles and tasks set; may be repeated", collect)
    .option("-i, --inventory <path>", "inventory file or folder; may be repeated", collect)
    .option("-e, --extra-vars <vars>", "variables: name=value, JSON, or @file; may be repeated", collect)
    .option("--offline", "ask no node for guests, and run no program of the inventory")
    .option("--json", "as JSON, for a program")
    .addHelpText(
      "after",
      paragraphs(width, [
        "Below each variable stands the file, line and column of what wins, and of all that it overrides. Secrets are shown as ***, and encrypted values are not opened.",
        "Exit status: 0 done, 1 something is wrong with the site or the call, 4 a node that knows hosts did not answer.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab vars web1", "all that the inventory says of web1"],
        ["lab vars web1 http_port", "one variable, in full, and what it overrides"],
        ["lab vars web1 -p site.yml", "as plays, roles and tasks see them"],
        ["lab vars web1 -e http_port=1 --json", "for a program"],
      ),
    )
    .action(
      action(async (host: string, name: string | undefined, options: VarsOptions) => {
        const { vars } = await import("../commands/vars.ts");
        return vars(host, name, options);
      }),
    );
};
