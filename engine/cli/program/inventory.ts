import type { Command } from "commander";
import type { GraphOptions, HostOptions, ListOptions } from "../commands/inventory.ts";
import { collect, examples, paragraphs, type Register } from "./registrar.ts";

export const registerInventory: Register = ({ program, width, action }) => {
  const inventory = program
    .command("inventory")
    .description("show hosts, groups, and how each host is reached")
    .addHelpText(
      "after",
      paragraphs(width, [
        "What files say, what Proxmox VE nodes tell of their guests, and what programs of the inventory print. With --offline no node is asked and no program run.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab inventory list", "all hosts, with their groups"],
        ["lab inventory graph", "groups and hosts as a tree"],
        ["lab inventory host web1", "how web1 is reached, and its variables"],
      ),
    );
  shared(inventory.command("list").description("list hosts with their groups"))
    .argument("[pattern]", "only these, such as web:!staging (default: all)")
    .option("-l, --limit <pattern>", "the same")
    .option("--json", "with variables, in the form that Ansible's inventory programs print")
    .option("--yaml", "with variables, as an inventory file")
    .addHelpText(
      "after",
      examples(
        ["lab inventory list", "every host"],
        ["lab inventory list 'web:&berlin'", "those in both groups"],
        ["lab inventory list -i old.ini --yaml", "an inventory of Ansible's, in YAML"],
      ),
    )
    .action(
      action(async (pattern: string | undefined, options: ListOptions) => {
        const { listInventory } = await import("../commands/inventory.ts");
        return listInventory(pattern, options);
      }),
    );
  shared(inventory.command("graph").description("show groups and hosts as a tree"))
    .argument("[group]", "where it begins (default: all)")
    .option("--vars", "with the variables of each host")
    .addHelpText(
      "after",
      examples(["lab inventory graph", "all of it"], ["lab inventory graph web --vars", "one group, with variables"]),
    )
    .action(
      action(async (group: string | undefined, options: GraphOptions) => {
        const { graphInventory } = await import("../commands/inventory.ts");
        return graphInventory(group, options);
      }),
    );
  shared(inventory.command("host").description("show one host: its groups, the way in, its variables"))
    .argument("<host>", "a host of the inventory")
    .option("--json", "as JSON, for a program")
    .addHelpText(
      "after",
      examples(["lab inventory host backup1", "for reading"], ["lab inventory host backup1 --json", "for a program"]),
    )
    .action(
      action(async (host: string, options: HostOptions) => {
        const { showHost } = await import("../commands/inventory.ts");
        return showHost(host, options);
      }),
    );
};

function shared(command: Command): Command {
  return command
    .option("-i, --inventory <path>", "inventory file or folder; may be repeated", collect)
    .option("-e, --extra-vars <vars>", "variables: name=value, JSON, or @file; may be repeated", collect)
    .option("--offline", "ask no node for guests, and run no program of the inventory");
}
